//! `GetParametersForImport`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, kms, now};

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "KeyId": kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT").id,
        "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
        "WrappingKeySpec": "RSA_2048",
    })
}

#[test]
fn a_wrapping_key_and_a_token_are_good_for_a_day() {
    let kms = kms();
    let key = kms.external_key("HMAC_256", "GENERATE_VERIFY_MAC");
    let input = json!({
        "KeyId": key.id, "WrappingAlgorithm": "RSAES_OAEP_SHA_1", "WrappingKeySpec": "RSA_2048",
    });
    let output = kms.ok("GetParametersForImport", input);
    assert_eq!(decode(&output["PublicKey"]).len(), 294);
    let expected = json!({
        "KeyId": key.arn,
        "ImportToken": output["ImportToken"],
        "PublicKey": output["PublicKey"],
        "ParametersValidTo": output["ParametersValidTo"],
    });
    assert_eq!(output, expected);
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are far below 2^52")]
    let rest = output["ParametersValidTo"].as_f64().expect("seconds") - now().as_second() as f64;
    assert!((rest - 86400.0).abs() < 60.0, "{rest}");
}

#[test]
fn a_longer_wrapping_key_can_be_had() {
    let kms = kms();
    let key = kms.external_key("ECC_NIST_P521", "SIGN_VERIFY");
    let input = json!({
        "KeyId": key.id, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_3072",
    });
    let output = kms.ok("GetParametersForImport", input);
    assert_eq!(decode(&output["PublicKey"]).len(), 422);
}

#[test]
fn a_key_that_was_made_here_takes_no_material() {
    let kms = kms();
    let key = kms.key();
    let message = format!("{} origin is AWS_KMS which is not valid for this operation.", key.arn);
    let input = json!({
        "KeyId": key.id, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048",
    });
    let unsupported = "UnsupportedOperationException";
    kms.refuses("GetParametersForImport", input, unsupported, &message);
    let input = json!({"KeyId": key.id, "ImportToken": "AAAA", "EncryptedKeyMaterial": "AAAA"});
    kms.refuses("ImportKeyMaterial", input, unsupported, &message);
    kms.refuses("DeleteImportedKeyMaterial", json!({"KeyId": key.id}), unsupported, &message);
}

#[test]
fn material_is_wrapped_by_the_rules_for_its_kind() {
    let kms = kms();
    for (spec, usage, algorithm, wrapping) in [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSAES_PKCS1_V1_5", "RSA_2048"),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048"),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "SM2PKE", "SM2"),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSAES_OAEP_SHA_256", "SM2"),
        ("HMAC_224", "GENERATE_VERIFY_MAC", "RSA_AES_KEY_WRAP_SHA_1", "RSA_4096"),
        ("RSA_2048", "SIGN_VERIFY", "RSAES_OAEP_SHA_256", "RSA_4096"),
        ("ECC_NIST_P521", "SIGN_VERIFY", "RSAES_OAEP_SHA_1", "RSA_2048"),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "RSAES_OAEP_SHA_256", "RSA_2048"),
    ] {
        let key = kms.external_key(spec, usage);
        let input = json!({
            "KeyId": key.id, "WrappingAlgorithm": algorithm, "WrappingKeySpec": wrapping,
        });
        let message = format!(
            "Wrapping algorithm {algorithm} and wrapping key spec {wrapping} cannot be used to \
             import a {spec} key."
        );
        kms.refuses("GetParametersForImport", input, "ValidationException", &message);
    }
}
