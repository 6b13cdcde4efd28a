//! `GenerateDataKeyWithoutPlaintext`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, kms, with};

use super::generate_data_key::{lengths, refuses_other_lengths};

pub(super) fn example(kms: &Client) -> Value {
    super::generate_data_key::example(kms)
}

#[test]
fn a_data_key_comes_encrypted_only() {
    let kms = kms();
    let key = kms.key();
    for (length, input) in lengths() {
        let input = with(input, json!({"KeyId": key.id, "EncryptionContext": {"a": "b"}}));
        let output = kms.ok("GenerateDataKeyWithoutPlaintext", input);
        let ciphertext = &output["CiphertextBlob"];
        let back = json!({"CiphertextBlob": ciphertext, "EncryptionContext": {"a": "b"}});
        let back = kms.ok("Decrypt", back);
        assert_eq!(decode(&back["Plaintext"]).len(), length);
        let expected = json!({
            "CiphertextBlob": ciphertext,
            "KeyId": key.arn,
            "KeyMaterialId": back["KeyMaterialId"],
        });
        assert_eq!(output, expected);
    }
}

#[test]
fn the_length_is_told_exactly_once() {
    refuses_other_lengths("GenerateDataKeyWithoutPlaintext");
}
