//! `GetPublicKey`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, kms};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key_of("ECC_NIST_P256", "SIGN_VERIFY").id})
}

#[test]
fn every_key_pair_tells_its_public_half_and_what_it_is_for() {
    let kms = kms();
    for (spec, usage, list, length) in [
        ("ECC_NIST_P256", "SIGN_VERIFY", "SigningAlgorithms", 91),
        ("ECC_NIST_P384", "KEY_AGREEMENT", "KeyAgreementAlgorithms", 120),
        ("ECC_NIST_P521", "KEY_AGREEMENT", "KeyAgreementAlgorithms", 158),
        ("ECC_SECG_P256K1", "SIGN_VERIFY", "SigningAlgorithms", 88),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "SigningAlgorithms", 44),
        ("ML_DSA_44", "SIGN_VERIFY", "SigningAlgorithms", 1334),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", 1206),
        ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", 294),
    ] {
        let key = match spec {
            "RSA_2048" => kms.rsa_key(usage),
            _ => kms.key_of(spec, usage),
        };
        let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
        let output = kms.ok("GetPublicKey", json!({"KeyId": key.id}));
        assert_eq!(decode(&output["PublicKey"]).len(), length, "{spec}");
        let expected = json!({
            "KeyId": key.arn,
            "PublicKey": output["PublicKey"],
            "CustomerMasterKeySpec": spec,
            "KeySpec": spec,
            "KeyUsage": usage,
            list: metadata[list],
        });
        assert_eq!(output, expected);
        assert_eq!(kms.ok("GetPublicKey", json!({"KeyId": key.arn})), output);
    }
}

#[test]
fn keys_that_are_no_pairs_have_no_public_half() {
    let kms = kms();
    for key in [kms.key(), kms.key_of("HMAC_256", "GENERATE_VERIFY_MAC")] {
        let input = json!({"KeyId": key.id});
        kms.refuses("GetPublicKey", input, "UnsupportedOperationException", "");
    }
}

#[test]
fn a_key_that_waits_for_its_material_has_nothing_to_tell() {
    let kms = kms();
    let key = kms.external_key("ECC_NIST_P256", "SIGN_VERIFY");
    let message = format!("{} is pending import.", key.arn);
    kms.refuses("GetPublicKey", json!({"KeyId": key.id}), "KMSInvalidStateException", &message);
}
