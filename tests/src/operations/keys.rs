//! The kinds of keys: which the operations work with, and what is told of each.

use serde_json::{Value, json};

use crate::kit::{Client, Key, decode, encode, kms};

use super::create_grant::grant_of;

/// A fresh key that the operation works with.
pub(crate) fn fresh(kms: &Client, operation: &str) -> Key {
    match operation {
        "Sign" | "Verify" | "GetPublicKey" => kms.key_of("ECC_NIST_P256", "SIGN_VERIFY"),
        "GenerateMac" | "VerifyMac" => kms.key_of("HMAC_256", "GENERATE_VERIFY_MAC"),
        "DeriveSharedSecret" => kms.key_of("ECC_NIST_P256", "KEY_AGREEMENT"),
        "Encapsulate" | "Decapsulate" => kms.key_of("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"),
        "DeleteImportedKeyMaterial" | "GetParametersForImport" | "ImportKeyMaterial" => {
            kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
        }
        "ReplicateKey" => kms.multi_region_key(),
        "UpdatePrimaryRegion" => {
            let key = kms.multi_region_key();
            kms.replicate(&key, "eu-west-1");
            key
        }
        _ => kms.key(),
    }
}

/// A disabled key of the same kind.
pub(super) fn disabled(kms: &Client, operation: &str) -> Key {
    let key = match operation {
        "DeleteImportedKeyMaterial" | "GetParametersForImport" | "ImportKeyMaterial" => {
            kms.imported_key(MATERIAL).0
        }
        _ => fresh(kms, operation),
    };
    if matches!(operation, "RetireGrant" | "RevokeGrant") {
        grant_of(kms, &key, kms);
    }
    kms.ok("DisableKey", json!({"KeyId": key.id}));
    key
}

/// The members of the operation's input that must be the key's own.
pub(crate) fn of_key(kms: &Client, operation: &str, member: &str, key: &Key) -> Value {
    let message = json!({"KeyId": key.id, "Message": encode("an example's message")});
    match (operation, member) {
        ("Decrypt", _) | (_, "SourceKeyId") => {
            let context = super::encrypt::context();
            let input = json!({"KeyId": key.id, "Plaintext": "AAAA", "EncryptionContext": context});
            json!({"CiphertextBlob": kms.ok("Encrypt", input)["CiphertextBlob"]})
        }
        ("Verify", _) => {
            let input = crate::kit::with(message, json!({"SigningAlgorithm": "ECDSA_SHA_256"}));
            json!({"Signature": kms.ok("Sign", input)["Signature"]})
        }
        ("VerifyMac", _) => {
            let input = crate::kit::with(message, json!({"MacAlgorithm": "HMAC_SHA_256"}));
            json!({"Mac": kms.ok("GenerateMac", input)["Mac"]})
        }
        ("Decapsulate", _) => {
            let input = json!({"KeyId": key.id, "EncapsulationAlgorithm": "ML_KEM"});
            let made = kms.ok("Encapsulate", input);
            json!({"SharedSecretCiphertextBlob": made["SharedSecretCiphertextBlob"]})
        }
        ("RetireGrant" | "RevokeGrant", _) => {
            let known = kms.ok("ListGrants", json!({"KeyId": key.id}));
            match known["Grants"].get(0) {
                Some(grant) => json!({"GrantId": grant["GrantId"]}),
                None => json!({"GrantId": grant_of(kms, key, kms).id}),
            }
        }
        ("ImportKeyMaterial", _) => {
            let parameters = kms.parameters(key, "RSAES_OAEP_SHA_256", "RSA_2048");
            let material = parameters.wrap(MATERIAL);
            json!({"ImportToken": parameters.token, "EncryptedKeyMaterial": material})
        }
        ("CancelKeyDeletion", _) if !kms.state(key).starts_with("Pending") => {
            kms.ok("ScheduleKeyDeletion", json!({"KeyId": key.id}));
            json!({})
        }
        ("ScheduleKeyDeletion", _) if kms.state(key).starts_with("Pending") => {
            kms.ok("CancelKeyDeletion", json!({"KeyId": key.id}));
            json!({})
        }
        ("ReplicateKey", _) => {
            let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
            let taken = metadata["MultiRegionConfiguration"]["ReplicaKeys"].to_string();
            let free = ["eu-west-1", "eu-west-2", "eu-west-3"].into_iter();
            json!({"ReplicaRegion": free.into_iter().find(|region| !taken.contains(region))})
        }
        ("UpdatePrimaryRegion", _) => {
            let back = json!({"KeyId": key.id, "PrimaryRegion": kms.region});
            // It is here already, unless it was moved before.
            let _ = kms.in_region("eu-west-1").call("UpdatePrimaryRegion", back);
            json!({})
        }
        _ => json!({}),
    }
}

#[test]
fn every_kind_of_key_can_be_made_and_tells_its_algorithms() {
    let kms = kms();
    for (spec, usage, list, algorithms) in kinds() {
        let input = json!({"KeySpec": spec, "KeyUsage": usage});
        let metadata = kms.ok("CreateKey", input)["KeyMetadata"].take();
        assert_eq!((&metadata["KeySpec"], &metadata["KeyUsage"]), (&json!(spec), &json!(usage)));
        assert_eq!(metadata["CustomerMasterKeySpec"], spec);
        assert_eq!(metadata["KeyState"], "Enabled");
        let lists: Vec<_> = metadata.as_object().expect("an object").keys().collect();
        let lists: Vec<_> = lists.into_iter().filter(|name| name.ends_with("Algorithms")).collect();
        assert_eq!(lists, [list], "{spec} {usage}");
        assert_eq!(metadata[list], json!(algorithms), "{spec} {usage}");
        // Ciphertexts name the materials of symmetric keys only.
        let is_symmetric = spec == "SYMMETRIC_DEFAULT";
        assert_eq!(metadata.get("CurrentKeyMaterialId").is_some(), is_symmetric, "{spec}");
        let described = kms.ok("DescribeKey", json!({"KeyId": metadata["KeyId"]}));
        assert_eq!(described["KeyMetadata"], metadata);
    }
}

#[test]
fn longer_rsa_keys_encrypt_more() {
    let kms = kms();
    for (spec, room, length) in [("RSA_3072", 318, 384), ("RSA_4096", 446, 512)] {
        let key = kms.key_of(spec, ENCRYPTING);
        let input = |size: usize| {
            let plaintext = encode(vec![1; size]);
            let algorithm = "RSAES_OAEP_SHA_256";
            json!({"KeyId": key.id, "Plaintext": plaintext, "EncryptionAlgorithm": algorithm})
        };
        let output = kms.ok("Encrypt", input(room));
        assert_eq!(decode(&output["CiphertextBlob"]).len(), length);
        let message = format!(
            "Algorithm RSAES_OAEP_SHA_256 and key spec {spec} cannot encrypt data larger than \
             {room} bytes."
        );
        kms.refuses("Encrypt", input(room + 1), "ValidationException", &message);
    }
}

#[test]
fn a_key_serves_its_own_usage_only() {
    let kms = kms();
    let keys = [
        ("ENCRYPT_DECRYPT", kms.key()),
        ("SIGN_VERIFY", kms.key_of("ECC_NIST_P256", "SIGN_VERIFY")),
        ("GENERATE_VERIFY_MAC", kms.key_of("HMAC_256", "GENERATE_VERIFY_MAC")),
        ("KEY_AGREEMENT", kms.key_of("ECC_NIST_P256", "KEY_AGREEMENT")),
        ("ENCAPSULATE_DECAPSULATE", kms.key_of("ML_KEM_512", "ENCAPSULATE_DECAPSULATE")),
    ];
    for (operation, usage, input) in uses() {
        for (other, key) in keys.iter().filter(|(other, _)| *other != usage) {
            let input = crate::kit::with(input.clone(), json!({"KeyId": key.id}));
            let arn = &key.arn;
            let message = format!("{arn} key usage is {other} which is not valid for {operation}.");
            kms.refuses(operation, input, "InvalidKeyUsageException", &message);
        }
    }
}

#[test]
fn the_state_of_a_key_is_told_before_its_usage() {
    let kms = kms();
    let key = kms.disabled_key();
    let message = format!("{} is disabled.", key.arn);
    for (operation, _, input) in uses().into_iter().filter(|(_, usage, _)| *usage != ENCRYPTING) {
        let input = crate::kit::with(input, json!({"KeyId": key.id}));
        kms.refuses(operation, input, "DisabledException", &message);
    }
}

#[test]
fn a_key_without_material_serves_nothing_but_waits() {
    let kms = kms();
    for (operation, usage, input) in uses() {
        let spec = match usage {
            "SIGN_VERIFY" | "KEY_AGREEMENT" => "ECC_NIST_P256",
            "GENERATE_VERIFY_MAC" => "HMAC_256",
            ENCRYPTING => "SYMMETRIC_DEFAULT",
            // Material for ML-KEM is never made elsewhere.
            _ => continue,
        };
        let key = kms.external_key(spec, usage);
        let message = format!("{} is pending import.", key.arn);
        let input = crate::kit::with(input, json!({"KeyId": key.id}));
        kms.refuses(operation, input, "KMSInvalidStateException", &message);
        for operation in ["EnableKey", "DisableKey"] {
            let input = json!({"KeyId": key.id});
            kms.refuses(operation, input, "KMSInvalidStateException", &message);
        }
        assert_eq!(kms.state(&key), "PendingImport");
        kms.ok("UpdateKeyDescription", json!({"KeyId": key.id, "Description": "waits"}));
    }
}

/// Spec, usage, and which list of algorithms a key of them has.
type KindOfKey = (&'static str, &'static str, &'static str, Vec<&'static str>);

/// All combinations that there are, but for the longer RSA keys.
fn kinds() -> Vec<KindOfKey> {
    let (sign, encrypt) = (("SIGN_VERIFY", "SigningAlgorithms"), "EncryptionAlgorithms");
    let rsa = vec![
        "RSASSA_PKCS1_V1_5_SHA_256",
        "RSASSA_PKCS1_V1_5_SHA_384",
        "RSASSA_PKCS1_V1_5_SHA_512",
        "RSASSA_PSS_SHA_256",
        "RSASSA_PSS_SHA_384",
        "RSASSA_PSS_SHA_512",
    ];
    let oaep = vec!["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"];
    let mut kinds = vec![
        ("SYMMETRIC_DEFAULT", ENCRYPTING, encrypt, vec!["SYMMETRIC_DEFAULT"]),
        ("RSA_2048", ENCRYPTING, encrypt, oaep),
        ("RSA_2048", sign.0, sign.1, rsa),
        ("ECC_NIST_P256", sign.0, sign.1, vec!["ECDSA_SHA_256"]),
        ("ECC_NIST_P384", sign.0, sign.1, vec!["ECDSA_SHA_384"]),
        ("ECC_NIST_P521", sign.0, sign.1, vec!["ECDSA_SHA_512"]),
        ("ECC_SECG_P256K1", sign.0, sign.1, vec!["ECDSA_SHA_256"]),
        ("ECC_NIST_EDWARDS25519", sign.0, sign.1, vec!["ED25519_PH_SHA_512", "ED25519_SHA_512"]),
    ];
    for spec in ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"] {
        kinds.push((spec, sign.0, sign.1, vec!["ML_DSA_SHAKE_256"]));
    }
    for (spec, algorithm) in [
        ("HMAC_224", "HMAC_SHA_224"),
        ("HMAC_256", "HMAC_SHA_256"),
        ("HMAC_384", "HMAC_SHA_384"),
        ("HMAC_512", "HMAC_SHA_512"),
    ] {
        kinds.push((spec, "GENERATE_VERIFY_MAC", "MacAlgorithms", vec![algorithm]));
    }
    for spec in ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"] {
        kinds.push((spec, "KEY_AGREEMENT", "KeyAgreementAlgorithms", vec!["ECDH"]));
    }
    for spec in ["ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"] {
        let (usage, list) = ("ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms");
        kinds.push((spec, usage, list, vec!["ML_KEM"]));
    }
    kinds
}

/// Operations, the usage that each needs, and the rest of their input. Decrypt has an error of its
/// own.
fn uses() -> Vec<(&'static str, &'static str, Value)> {
    let message = |members| crate::kit::with(json!({"Message": "AAAA"}), members);
    let pair = json!({"KeyPairSpec": "ECC_NIST_P256"});
    vec![
        ("Encrypt", ENCRYPTING, json!({"Plaintext": "AAAA"})),
        ("GenerateDataKey", ENCRYPTING, json!({"KeySpec": "AES_128"})),
        ("GenerateDataKeyWithoutPlaintext", ENCRYPTING, json!({"KeySpec": "AES_128"})),
        ("GenerateDataKeyPair", ENCRYPTING, pair.clone()),
        ("GenerateDataKeyPairWithoutPlaintext", ENCRYPTING, pair),
        ("Sign", "SIGN_VERIFY", message(json!({"SigningAlgorithm": "ECDSA_SHA_256"}))),
        (
            "Verify",
            "SIGN_VERIFY",
            message(json!({"SigningAlgorithm": "ECDSA_SHA_256", "Signature": "AAAA"})),
        ),
        ("GenerateMac", "GENERATE_VERIFY_MAC", message(json!({"MacAlgorithm": "HMAC_SHA_256"}))),
        (
            "VerifyMac",
            "GENERATE_VERIFY_MAC",
            message(json!({"MacAlgorithm": "HMAC_SHA_256", "Mac": "AAAA"})),
        ),
        (
            "DeriveSharedSecret",
            "KEY_AGREEMENT",
            json!({"KeyAgreementAlgorithm": "ECDH", "PublicKey": "AAAA"}),
        ),
        ("Encapsulate", "ENCAPSULATE_DECAPSULATE", json!({"EncapsulationAlgorithm": "ML_KEM"})),
        (
            "Decapsulate",
            "ENCAPSULATE_DECAPSULATE",
            json!({"EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": "AAAA"}),
        ),
    ]
}

const ENCRYPTING: &str = "ENCRYPT_DECRYPT";
const MATERIAL: &[u8] = &[7; 32];
