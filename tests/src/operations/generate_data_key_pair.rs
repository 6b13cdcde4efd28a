//! `GenerateDataKeyPair`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "EncryptionContext": super::encrypt::context(),
        "KeyId": kms.key().id,
        "KeyPairSpec": "ECC_NIST_P256",
    })
}

/// Specs, and how long the public halves are.
pub(super) const PAIRS: [(&str, usize); 6] = [
    ("RSA_2048", 294),
    ("ECC_NIST_P256", 91),
    ("ECC_NIST_P384", 120),
    ("ECC_NIST_P521", 158),
    ("ECC_SECG_P256K1", 88),
    ("ECC_NIST_EDWARDS25519", 44),
];

#[test]
fn a_private_key_comes_in_the_clear_and_encrypted() {
    let kms = kms();
    let key = kms.key();
    for (spec, length) in PAIRS {
        let context = json!({"a": "b"});
        let input = json!({"KeyId": key.id, "KeyPairSpec": spec, "EncryptionContext": context});
        let output = kms.ok("GenerateDataKeyPair", input);
        assert_eq!(decode(&output["PublicKey"]).len(), length, "{spec}");
        let ciphertext = &output["PrivateKeyCiphertextBlob"];
        let back = json!({"CiphertextBlob": ciphertext, "EncryptionContext": context});
        let back = kms.ok("Decrypt", back);
        assert_eq!(back["Plaintext"], output["PrivateKeyPlaintext"]);
        let expected = json!({
            "PrivateKeyCiphertextBlob": ciphertext,
            "PrivateKeyPlaintext": output["PrivateKeyPlaintext"],
            "PublicKey": output["PublicKey"],
            "KeyId": key.arn,
            "KeyPairSpec": spec,
            "KeyMaterialId": back["KeyMaterialId"],
        });
        assert_eq!(output, expected);
        let bare = json!({"CiphertextBlob": ciphertext});
        kms.refuses("Decrypt", bare, "InvalidCiphertextException", "");
    }
}

#[test]
fn no_two_pairs_are_alike() {
    let kms = kms();
    let input = example(&kms);
    let one = kms.ok("GenerateDataKeyPair", input.clone());
    let two = kms.ok("GenerateDataKeyPair", input);
    assert_ne!(one["PublicKey"], two["PublicKey"]);
    assert_ne!(one["PrivateKeyPlaintext"], two["PrivateKeyPlaintext"]);
}

#[test]
fn only_a_symmetric_key_encrypts_private_keys_and_not_of_every_kind() {
    refuses_other_keys("GenerateDataKeyPair");
}

pub(super) fn refuses_other_keys(operation: &str) {
    let kms = kms();
    let input = json!({"KeyId": kms.rsa_key("ENCRYPT_DECRYPT").id, "KeyPairSpec": "ECC_NIST_P256"});
    let message = "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.";
    kms.refuses(operation, input.clone(), "InvalidKeyUsageException", message);
    for spec in ["SM2", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"] {
        let input = with(input.clone(), json!({"KeyId": kms.key().id, "KeyPairSpec": spec}));
        let message = format!("KeyPairSpec {spec} is not supported.");
        kms.refuses(operation, input, "UnsupportedOperationException", &message);
    }
}
