//! `Sign`.

use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::kit::{Client, Key, decode, encode, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "KeyId": kms.key_of("ECC_NIST_P256", "SIGN_VERIFY").id,
        "Message": encode("an example's message"),
        "MessageType": "RAW",
        "SigningAlgorithm": "ECDSA_SHA_256",
    })
}

/// A key of each family, with its algorithms and the lengths of their digests and signatures.
pub(super) fn signers(kms: &Client) -> Vec<(Key, &'static str, Option<usize>, Vec<usize>)> {
    let key = |spec| kms.key_of(spec, "SIGN_VERIFY");
    let mut signers = vec![
        (key("ECC_NIST_P256"), "ECDSA_SHA_256", Some(32), (68..=72).collect()),
        (key("ECC_NIST_P384"), "ECDSA_SHA_384", Some(48), (98..=104).collect()),
        (key("ECC_NIST_P521"), "ECDSA_SHA_512", Some(64), (132..=139).collect()),
        (key("ECC_SECG_P256K1"), "ECDSA_SHA_256", Some(32), (68..=72).collect()),
        (key("ECC_NIST_EDWARDS25519"), "ED25519_SHA_512", None, vec![64]),
        (key("ML_DSA_44"), "ML_DSA_SHAKE_256", None, vec![2420]),
        (key("ML_DSA_65"), "ML_DSA_SHAKE_256", None, vec![3309]),
        (key("ML_DSA_87"), "ML_DSA_SHAKE_256", None, vec![4627]),
    ];
    for (algorithm, digest) in [
        ("RSASSA_PSS_SHA_256", 32),
        ("RSASSA_PSS_SHA_384", 48),
        ("RSASSA_PSS_SHA_512", 64),
        ("RSASSA_PKCS1_V1_5_SHA_256", 32),
        ("RSASSA_PKCS1_V1_5_SHA_384", 48),
        ("RSASSA_PKCS1_V1_5_SHA_512", 64),
    ] {
        signers.push((kms.rsa_key("SIGN_VERIFY"), algorithm, Some(digest), vec![256]));
    }
    signers
}

#[test]
fn every_algorithm_signs_messages_and_their_digests_alike() {
    let kms = kms();
    let message = b"signed as it is, or digested before";
    for (key, algorithm, digest, lengths) in signers(&kms) {
        let input = json!({
            "KeyId": key.id, "Message": encode(message), "SigningAlgorithm": algorithm,
        });
        let output = kms.ok("Sign", input.clone());
        let signature = decode(&output["Signature"]);
        assert!(lengths.contains(&signature.len()), "{algorithm}: {}", signature.len());
        assert_eq!(
            (&output["KeyId"], &output["SigningAlgorithm"]),
            (&json!(key.arn), &json!(algorithm))
        );
        assert_eq!(output.as_object().map(serde_json::Map::len), Some(3));
        let Some(length) = digest else { continue };
        // A signature over the message is one over its digest.
        let digest = digested(message, length);
        let input = with(
            input,
            json!({
                "Message": encode(digest),
                "MessageType": "DIGEST",
                "Signature": output["Signature"],
            }),
        );
        assert_eq!(kms.ok("Verify", input)["SignatureValid"], true);
    }
}

#[test]
fn ed25519_takes_messages_and_its_prehashed_form_digests() {
    let kms = kms();
    let key = kms.key_of("ECC_NIST_EDWARDS25519", "SIGN_VERIFY");
    let input = |algorithm: &str, form: &str, length: usize| {
        json!({
            "KeyId": key.id,
            "Message": encode(vec![1; length]),
            "MessageType": form,
            "SigningAlgorithm": algorithm,
        })
    };
    let one = kms.ok("Sign", input("ED25519_PH_SHA_512", "DIGEST", 64));
    let other = kms.ok("Sign", input("ED25519_SHA_512", "RAW", 64));
    assert_ne!(one["Signature"], other["Signature"]);
    for (algorithm, form) in [("ED25519_SHA_512", "DIGEST"), ("ED25519_PH_SHA_512", "RAW")] {
        let message = format!("Message type {form} is incompatible with algorithm {algorithm}.");
        kms.refuses("Sign", input(algorithm, form, 64), "ValidationException", &message);
    }
    let message = "Digest is invalid length for algorithm ED25519_PH_SHA_512.";
    let short = input("ED25519_PH_SHA_512", "DIGEST", 32);
    kms.refuses("Sign", short, "ValidationException", message);
}

#[test]
fn ml_dsa_takes_messages_and_their_representatives() {
    let kms = kms();
    let key = kms.key_of("ML_DSA_44", "SIGN_VERIFY");
    let input = |form: &str, length: usize| {
        json!({
            "KeyId": key.id,
            "Message": encode(vec![1; length]),
            "MessageType": form,
            "SigningAlgorithm": "ML_DSA_SHAKE_256",
        })
    };
    assert_eq!(decode(&kms.ok("Sign", input("EXTERNAL_MU", 64))["Signature"]).len(), 2420);
    kms.ok("Sign", input("RAW", 4096));
    let message = "Message type DIGEST is incompatible with key spec ML_DSA_44.";
    kms.refuses("Sign", input("DIGEST", 64), "ValidationException", message);
    let message = "Digest is invalid length for algorithm ML_DSA_SHAKE_256.";
    kms.refuses("Sign", input("EXTERNAL_MU", 63), "ValidationException", message);
}

#[test]
fn a_representative_is_for_ml_dsa_alone() {
    let kms = kms();
    for spec in ["ECC_NIST_P256", "ECC_NIST_EDWARDS25519"] {
        let key = kms.key_of(spec, "SIGN_VERIFY");
        let algorithm = if spec == "ECC_NIST_P256" { "ECDSA_SHA_256" } else { "ED25519_SHA_512" };
        let input = json!({
            "KeyId": key.id,
            "Message": encode([1; 64]),
            "MessageType": "EXTERNAL_MU",
            "SigningAlgorithm": algorithm,
        });
        let message = format!("Message type EXTERNAL_MU is incompatible with key spec {spec}.");
        kms.refuses("Sign", input, "ValidationException", &message);
    }
}

#[test]
fn a_digest_has_the_length_of_its_algorithm() {
    let kms = kms();
    for (key, algorithm, digest, _) in signers(&kms) {
        let Some(length) = digest else { continue };
        for other in [20, 31, 32, 33, 48, 64].into_iter().filter(|other| *other != length) {
            let input = json!({
                "KeyId": key.id,
                "Message": encode(vec![1; other]),
                "MessageType": "DIGEST",
                "SigningAlgorithm": algorithm,
            });
            let message = format!("Digest is invalid length for algorithm {algorithm}.");
            kms.refuses("Sign", input, "ValidationException", &message);
        }
    }
}

#[test]
fn an_algorithm_must_go_with_the_key() {
    let kms = kms();
    let disabled = kms.key_of("ECC_NIST_P384", "SIGN_VERIFY");
    kms.ok("DisableKey", json!({"KeyId": disabled.id}));
    for (spec, algorithm) in [
        ("ECC_NIST_P384", "ECDSA_SHA_256"),
        ("ECC_NIST_P256", "RSASSA_PSS_SHA_256"),
        ("ECC_SECG_P256K1", "ED25519_SHA_512"),
        ("ECC_NIST_EDWARDS25519", "ML_DSA_SHAKE_256"),
        ("ML_DSA_44", "ECDSA_SHA_256"),
        ("ECC_NIST_P256", "SM2DSA"),
    ] {
        let input = json!({
            "KeyId": kms.key_of(spec, "SIGN_VERIFY").id,
            "Message": "AAAA",
            "SigningAlgorithm": algorithm,
        });
        let message = format!("Algorithm {algorithm} is incompatible with key spec {spec}.");
        kms.refuses("Sign", input.clone(), "InvalidKeyUsageException", &message);
        // The key's state is told first.
        let message = format!("{} is disabled.", disabled.arn);
        let input = with(input, json!({"KeyId": disabled.id}));
        kms.refuses("Sign", input, "DisabledException", &message);
    }
}

#[test]
fn a_message_has_1_to_4096_bytes() {
    let kms = kms();
    let key = kms.key_of("ECC_NIST_P256", "SIGN_VERIFY");
    let input = |length: usize| {
        let message = encode(vec![1; length]);
        json!({"KeyId": key.id, "Message": message, "SigningAlgorithm": "ECDSA_SHA_256"})
    };
    kms.ok("Sign", input(1));
    kms.ok("Sign", input(4096));
    for (length, rule) in [(0, "greater than or equal to 1"), (4097, "less than or equal to 4096")]
    {
        let message = format!(
            "1 validation error detected: Value at 'message' failed to satisfy constraint: Member \
             must have length {rule}"
        );
        kms.refuses("Sign", input(length), "ValidationException", &message);
    }
}

#[test]
fn the_record_tells_the_algorithm_and_the_form_of_the_message() {
    let kms = kms();
    let input = with(example(&kms), json!({"MessageType": null}));
    let (_, record) = kms.call_recorded("Sign", input.clone());
    let parameters = json!({
        "keyId": input["KeyId"], "messageType": "RAW", "signingAlgorithm": "ECDSA_SHA_256",
    });
    assert_eq!(record["requestParameters"], parameters);
    assert!(record["additionalEventData"].get("keyMaterialId").is_none(), "{record}");
}

fn digested(message: &[u8], length: usize) -> Vec<u8> {
    match length {
        32 => Sha256::digest(message).to_vec(),
        48 => Sha384::digest(message).to_vec(),
        _ => Sha512::digest(message).to_vec(),
    }
}
