//! `GenerateDataKeyPairWithoutPlaintext`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, kms};

use super::generate_data_key_pair::{PAIRS, refuses_other_keys};

pub(super) fn example(kms: &Client) -> Value {
    super::generate_data_key_pair::example(kms)
}

#[test]
fn a_private_key_comes_encrypted_only() {
    let kms = kms();
    let key = kms.key();
    for (spec, length) in PAIRS {
        let context = json!({"a": "b"});
        let input = json!({"KeyId": key.id, "KeyPairSpec": spec, "EncryptionContext": context});
        let output = kms.ok("GenerateDataKeyPairWithoutPlaintext", input);
        assert_eq!(decode(&output["PublicKey"]).len(), length, "{spec}");
        let ciphertext = &output["PrivateKeyCiphertextBlob"];
        let back = json!({"CiphertextBlob": ciphertext, "EncryptionContext": context});
        let back = kms.ok("Decrypt", back);
        assert!(decode(&back["Plaintext"]).starts_with(b"\x30"), "it is DER");
        let expected = json!({
            "PrivateKeyCiphertextBlob": ciphertext,
            "PublicKey": output["PublicKey"],
            "KeyId": key.arn,
            "KeyPairSpec": spec,
            "KeyMaterialId": back["KeyMaterialId"],
        });
        assert_eq!(output, expected);
    }
}

#[test]
fn only_a_symmetric_key_encrypts_private_keys_and_not_of_every_kind() {
    refuses_other_keys("GenerateDataKeyPairWithoutPlaintext");
}
