//! `ReEncrypt`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, encode, kms, with};

use super::decrypt::UNKNOWN;

pub(super) fn example(kms: &Client) -> Value {
    let source = super::decrypt::example(kms);
    json!({
        "CiphertextBlob": source["CiphertextBlob"],
        "SourceEncryptionContext": source["EncryptionContext"],
        "SourceKeyId": source["KeyId"],
        "DestinationKeyId": kms.key().id,
        "DestinationEncryptionContext": {"moved": "yes"},
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    })
}

#[test]
fn a_plaintext_moves_to_another_key() {
    let kms = kms();
    let (from, to) = (kms.key(), kms.key());
    let ciphertext = kms.encrypt(&from, "moving");
    let input = json!({"CiphertextBlob": ciphertext, "DestinationKeyId": to.id});
    let output = kms.ok("ReEncrypt", input);
    let material = |id: &str| {
        kms.ok("DescribeKey", json!({"KeyId": id}))["KeyMetadata"]["CurrentKeyMaterialId"].take()
    };
    let expected = json!({
        "CiphertextBlob": output["CiphertextBlob"],
        "SourceKeyId": from.arn,
        "KeyId": to.arn,
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "SourceKeyMaterialId": material(&from.id),
        "DestinationKeyMaterialId": material(&to.id),
    });
    assert_eq!(output, expected);
    let back = kms.ok("Decrypt", json!({"CiphertextBlob": output["CiphertextBlob"]}));
    assert_eq!((&back["KeyId"], &back["Plaintext"]), (&json!(to.arn), &json!(encode("moving"))));
    assert_eq!(kms.decrypt(&ciphertext), b"moving");
}

#[test]
fn a_plaintext_moves_to_another_encryption_context_of_the_same_key() {
    let kms = kms();
    let key = kms.key();
    let context = json!({"is": "old"});
    let input = json!({"KeyId": key.id, "Plaintext": "AAAA", "EncryptionContext": context});
    let ciphertext = kms.ok("Encrypt", input)["CiphertextBlob"].take();
    let input = json!({
        "CiphertextBlob": ciphertext,
        "SourceEncryptionContext": context,
        "DestinationKeyId": key.arn,
        "DestinationEncryptionContext": {"is": "new"},
    });
    let moved = kms.ok("ReEncrypt", input)["CiphertextBlob"].take();
    let input = json!({"CiphertextBlob": moved, "EncryptionContext": {"is": "new"}});
    assert_eq!(kms.ok("Decrypt", input.clone())["Plaintext"], "AAAA");
    let old = with(input, json!({"EncryptionContext": context}));
    kms.refuses("Decrypt", old, "InvalidCiphertextException", "");
}

#[test]
fn the_longest_plaintext_moves_too() {
    let kms = kms();
    let ciphertext = kms.encrypt(&kms.key(), [9; 4096]);
    let input = json!({"CiphertextBlob": ciphertext, "DestinationKeyId": kms.key().id});
    let moved = kms.ok("ReEncrypt", input)["CiphertextBlob"].take();
    assert_eq!(kms.decrypt(moved.as_str().expect("a text")), [9; 4096]);
}

#[test]
fn the_source_is_checked_as_decrypt_checks_it() {
    let kms = kms();
    let (key, other) = (kms.key(), kms.key());
    let ciphertext = kms.encrypt(&key, "secret");
    let good = json!({"CiphertextBlob": ciphertext, "DestinationKeyId": other.id});
    let message = "The key ID in the request does not identify a CMK that can perform this \
                   operation.";
    let wrong_key = with(good.clone(), json!({"SourceKeyId": other.id}));
    kms.refuses("ReEncrypt", wrong_key, "IncorrectKeyException", message);
    let wrong_context = with(good.clone(), json!({"SourceEncryptionContext": {"a": "b"}}));
    kms.refuses("ReEncrypt", wrong_context, "InvalidCiphertextException", "");
    let mut bytes = decode(&good["CiphertextBlob"]);
    bytes[40] ^= 1;
    let spoilt = with(good.clone(), json!({"CiphertextBlob": encode(&bytes)}));
    kms.refuses("ReEncrypt", spoilt.clone(), "InvalidCiphertextException", "");
    let dry = with(spoilt, json!({"DryRun": true}));
    kms.refuses("ReEncrypt", dry, "InvalidCiphertextException", "");
    bytes[1] ^= 1;
    let unknown = with(good, json!({"CiphertextBlob": encode(&bytes)}));
    kms.refuses("ReEncrypt", unknown, "AccessDeniedException", UNKNOWN);
}

#[test]
fn both_algorithms_must_go_with_their_keys() {
    let kms = kms();
    let input = example(&kms);
    for member in ["SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"] {
        let input = with(input.clone(), json!({member: "RSAES_OAEP_SHA_1"}));
        let message = "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.";
        kms.refuses("ReEncrypt", input, "InvalidKeyUsageException", message);
    }
}

#[test]
fn a_plaintext_moves_between_kinds_of_keys() {
    let kms = kms();
    let (symmetric, rsa) = (kms.key(), kms.rsa_key("ENCRYPT_DECRYPT"));
    let ciphertext = kms.encrypt(&symmetric, "moving");
    let to = json!({
        "CiphertextBlob": ciphertext,
        "DestinationKeyId": rsa.id,
        "DestinationEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
    });
    let there = kms.ok("ReEncrypt", to.clone());
    assert!(there.get("DestinationKeyMaterialId").is_none(), "{there}");
    assert!(there.get("SourceKeyMaterialId").is_some(), "{there}");
    let back = json!({
        "CiphertextBlob": there["CiphertextBlob"],
        "SourceKeyId": rsa.id,
        "SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
        "DestinationKeyId": symmetric.id,
    });
    let back = kms.ok("ReEncrypt", back);
    assert!(back.get("SourceKeyMaterialId").is_none(), "{back}");
    assert!(back.get("DestinationKeyMaterialId").is_some(), "{back}");
    assert_eq!(kms.decrypt(back["CiphertextBlob"].as_str().expect("a text")), b"moving");

    let context = with(to.clone(), json!({"DestinationEncryptionContext": {"a": "b"}}));
    kms.refuses("ReEncrypt", context, "ValidationException", super::encrypt::NO_CONTEXT);
    let long = with(to, json!({"CiphertextBlob": kms.encrypt(&symmetric, [1; 191])}));
    let message = "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger \
                   than 190 bytes.";
    kms.refuses("ReEncrypt", long, "ValidationException", message);
}

#[test]
fn a_ciphertext_of_another_account_stays_there() {
    let owner = kms();
    let ciphertext = owner.encrypt(&owner.key(), "secret");
    let stranger = owner.stranger();
    let input = json!({"CiphertextBlob": ciphertext, "DestinationKeyId": stranger.key().id});
    stranger.refuses("ReEncrypt", input, "AccessDeniedException", UNKNOWN);
}

#[test]
fn the_record_names_both_keys_and_both_contexts() {
    let kms = kms();
    let input = example(&kms);
    let (output, record) = kms.call_recorded("ReEncrypt", input.clone());
    let output = output.expect("it is moved");
    let arns: Vec<_> = record["resources"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|resource| &resource["ARN"])
        .collect();
    assert_eq!(arns, [&output["SourceKeyId"], &output["KeyId"]]);
    let parameters = json!({
        "sourceEncryptionContext": input["SourceEncryptionContext"],
        "sourceKeyId": input["SourceKeyId"],
        "destinationKeyId": input["DestinationKeyId"],
        "destinationEncryptionContext": input["DestinationEncryptionContext"],
        "sourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    });
    assert_eq!(record["requestParameters"], parameters);
}

#[test]
fn a_dry_run_may_do_without_the_ciphertext_and_asks_for_both_keys() {
    let kms = kms();
    let (from, to) = (kms.key(), kms.key());
    let dry = json!({
        "SourceKeyId": from.id,
        "DestinationKeyId": to.id,
        "DryRun": true,
        "DryRunModifiers": ["IGNORE_CIPHERTEXT"],
    });
    kms.refuses("ReEncrypt", dry.clone(), "DryRunOperationException", super::every::DRY_RUN);
    let nameless = with(dry.clone(), json!({"SourceKeyId": null}));
    kms.refuses("ReEncrypt", nameless, "ValidationException", "KeyId must not be null");
    let missing = "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy \
                   constraint: Member must not be null";
    let wet = with(dry.clone(), json!({"DryRun": false}));
    kms.refuses("ReEncrypt", wet, "ValidationException", missing);
    let stranger = kms.stranger();
    let own = stranger.key();
    for (member, other) in [("SourceKeyId", &from), ("DestinationKeyId", &to)] {
        let input = with(dry.clone(), json!({"SourceKeyId": own.id, "DestinationKeyId": own.id}));
        let input = with(input, json!({member: other.arn}));
        let refusal = stranger.call("ReEncrypt", input).expect_err("it is somebody else's");
        assert_eq!(refusal.code, "AccessDeniedException", "{member}");
    }
    kms.ok("DisableKey", json!({"KeyId": to.id}));
    let message = format!("{} is disabled.", to.arn);
    kms.refuses("ReEncrypt", dry, "DisabledException", &message);
}
