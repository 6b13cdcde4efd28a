//! `GenerateDataKey`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "KeyId": kms.key().id,
        "EncryptionContext": super::encrypt::context(),
        "KeySpec": "AES_256",
    })
}

#[test]
fn a_data_key_comes_in_the_clear_and_encrypted() {
    let kms = kms();
    let key = kms.key();
    for (length, input) in lengths() {
        let input = with(input, json!({"KeyId": key.id, "EncryptionContext": {"a": "b"}}));
        let output = kms.ok("GenerateDataKey", input);
        assert_eq!(decode(&output["Plaintext"]).len(), length);
        let ciphertext = &output["CiphertextBlob"];
        let back = json!({"CiphertextBlob": ciphertext, "EncryptionContext": {"a": "b"}});
        let back = kms.ok("Decrypt", back);
        assert_eq!(back["Plaintext"], output["Plaintext"]);
        let expected = json!({
            "Plaintext": output["Plaintext"],
            "CiphertextBlob": ciphertext,
            "KeyId": key.arn,
            "KeyMaterialId": back["KeyMaterialId"],
        });
        assert_eq!(output, expected);
        kms.refuses(
            "Decrypt",
            json!({"CiphertextBlob": ciphertext}),
            "InvalidCiphertextException",
            "",
        );
    }
}

#[test]
fn no_two_data_keys_are_alike() {
    let kms = kms();
    let input = example(&kms);
    let (one, two) = (kms.ok("GenerateDataKey", input.clone()), kms.ok("GenerateDataKey", input));
    assert_ne!(one["Plaintext"], two["Plaintext"]);
    assert_ne!(one["CiphertextBlob"], two["CiphertextBlob"]);
}

#[test]
fn the_length_is_told_exactly_once() {
    refuses_other_lengths("GenerateDataKey");
}

/// Input, and how long a data key it asks for.
pub(super) fn lengths() -> [(usize, Value); 5] {
    [
        (32, json!({"KeySpec": "AES_256"})),
        (16, json!({"KeySpec": "AES_128"})),
        (1, json!({"NumberOfBytes": 1})),
        (1024, json!({"NumberOfBytes": 1024})),
        (64, json!({"NumberOfBytes": 64.0})),
    ]
}

pub(super) fn refuses_other_lengths(operation: &str) {
    let kms = kms();
    let key = json!({"KeyId": kms.key().id});
    let message = "Please specify either number of bytes or key spec.";
    for length in [json!({}), json!({"KeySpec": "AES_128", "NumberOfBytes": 16})] {
        kms.refuses(operation, with(key.clone(), length), "ValidationException", message);
    }
    let message = "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy \
                   constraint: Member must have value less than or equal to 1024";
    let input = with(key, json!({"NumberOfBytes": 1025}));
    kms.refuses(operation, input, "ValidationException", message);
}
