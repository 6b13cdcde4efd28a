//! `Verify`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, encode, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    let input = super::sign::example(kms);
    let signature = kms.ok("Sign", input.clone())["Signature"].take();
    with(input, json!({"Signature": signature}))
}

#[test]
fn a_signature_is_the_keys_or_an_error() {
    let kms = kms();
    for (key, algorithm, ..) in super::sign::signers(&kms) {
        let input = json!({
            "KeyId": key.id, "Message": encode("signed"), "SigningAlgorithm": algorithm,
        });
        let signature = kms.ok("Sign", input.clone())["Signature"].take();
        let good = with(input, json!({"Signature": signature}));
        let expected = json!({
            "KeyId": key.arn, "SignatureValid": true, "SigningAlgorithm": algorithm,
        });
        assert_eq!(kms.ok("Verify", good.clone()), expected);
        let refuses = |members: Value| {
            let input = with(good.clone(), members);
            kms.refuses("Verify", input.clone(), "KMSInvalidSignatureException", "");
            let dry = with(input, json!({"DryRun": true}));
            kms.refuses("Verify", dry, "KMSInvalidSignatureException", "");
        };
        refuses(json!({"Message": encode("unsigned")}));
        let mut bytes = decode(&signature);
        *bytes.last_mut().expect("it has bytes") ^= 1;
        refuses(json!({"Signature": encode(&bytes)}));
        bytes.pop();
        refuses(json!({"Signature": encode(&bytes)}));
        refuses(json!({"Signature": encode([1; 6144])}));
    }
}

#[test]
fn a_signature_of_another_key_is_none_of_this() {
    let kms = kms();
    let input = example(&kms);
    let other = kms.key_of("ECC_NIST_P256", "SIGN_VERIFY");
    let input = with(input, json!({"KeyId": other.id}));
    kms.refuses("Verify", input, "KMSInvalidSignatureException", "");
}

#[test]
fn messages_and_algorithms_are_checked_as_sign_checks_them() {
    let kms = kms();
    let good = example(&kms);
    let digest = with(good.clone(), json!({"MessageType": "DIGEST"}));
    let message = "Digest is invalid length for algorithm ECDSA_SHA_256.";
    kms.refuses("Verify", digest, "ValidationException", message);
    let other = with(good.clone(), json!({"SigningAlgorithm": "ECDSA_SHA_512"}));
    let message = "Algorithm ECDSA_SHA_512 is incompatible with key spec ECC_NIST_P256.";
    kms.refuses("Verify", other, "InvalidKeyUsageException", message);
    let long = with(good, json!({"Signature": encode([1; 6145])}));
    let message = "1 validation error detected: Value at 'signature' failed to satisfy constraint: \
                   Member must have length less than or equal to 6144";
    kms.refuses("Verify", long, "ValidationException", message);
}
