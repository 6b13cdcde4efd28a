//! `Encrypt`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, encode, kms, with};

/// The encryption context of all examples.
pub(super) fn context() -> Value {
    json!({"purpose": "example", "ünïcode": "\"\\\u{1F511}"})
}

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "KeyId": kms.key().id,
        "Plaintext": encode("an example's plaintext"),
        "EncryptionContext": context(),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    })
}

#[test]
fn what_is_encrypted_comes_back_by_decrypt_alone() {
    let kms = kms();
    let key = kms.key();
    let output = kms.ok("Encrypt", json!({"KeyId": key.id, "Plaintext": encode("secret")}));
    assert_eq!(output["KeyId"], key.arn);
    assert_eq!(output["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT");
    let ciphertext = decode(&output["CiphertextBlob"]);
    assert!(!ciphertext.windows(6).any(|window| window == b"secret"));
    assert_eq!(kms.decrypt(&encode(ciphertext)), b"secret");
}

#[test]
fn plaintexts_have_1_to_4096_bytes() {
    let kms = kms();
    let key = kms.key();
    for length in [1, 4095, 4096] {
        let plaintext = vec![0xa5; length];
        assert_eq!(kms.decrypt(&kms.encrypt(&key, &plaintext)), plaintext);
    }
    for (length, rule) in [(4097, "less than or equal to 4096"), (0, "greater than or equal to 1")]
    {
        let input = json!({"KeyId": key.id, "Plaintext": encode(vec![0xa5; length])});
        let message = format!(
            "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: \
             Member must have length {rule}"
        );
        kms.refuses("Encrypt", input, "ValidationException", &message);
    }
}

#[test]
fn a_plaintext_is_never_encrypted_the_same_way_twice() {
    let kms = kms();
    let key = kms.key();
    let (one, two) = (kms.encrypt(&key, "same"), kms.encrypt(&key, "same"));
    assert_ne!(one, two);
    assert_eq!(kms.decrypt(&one), kms.decrypt(&two));
}

#[test]
fn an_algorithm_of_another_spec_is_refused_but_a_disabled_key_first() {
    let kms = kms();
    let (key, disabled) = (kms.key(), kms.disabled_key());
    for algorithm in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"] {
        let input = json!({"KeyId": key.id, "Plaintext": "AAAA", "EncryptionAlgorithm": algorithm});
        let message =
            format!("Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.");
        kms.refuses("Encrypt", input.clone(), "InvalidKeyUsageException", &message);
        let input = with(input, json!({"KeyId": disabled.id}));
        let message = format!("{} is disabled.", disabled.arn);
        kms.refuses("Encrypt", input, "DisabledException", &message);
    }
}

#[test]
fn the_longest_encryption_context_has_8192_bytes_encoded() {
    let kms = kms();
    let key = kms.key();
    // Each name and each value takes its bytes and four for its length.
    let input = |length: usize| {
        let context = json!({"é": "c".repeat(length - 10)});
        json!({"KeyId": key.id, "Plaintext": "AAAA", "EncryptionContext": context})
    };
    let output = kms.ok("Encrypt", input(8192));
    let context = &input(8192)["EncryptionContext"];
    let back = json!({"CiphertextBlob": output["CiphertextBlob"], "EncryptionContext": context});
    assert_eq!(kms.ok("Decrypt", back)["Plaintext"], "AAAA");
    let message = "1 validation error detected: Value at 'encryptionContext' failed to satisfy \
                   constraint: Member must have length less than or equal to 8192";
    kms.refuses("Encrypt", input(8193), "ValidationException", message);
}

#[test]
fn the_record_names_the_key_its_material_and_the_context() {
    let kms = kms();
    let key = kms.key();
    let input = json!({
        "KeyId": key.id, "Plaintext": "AAAA", "EncryptionContext": {"a": "b"}, "GrantTokens": [],
    });
    let (_, record) = kms.call_recorded("Encrypt", input);
    let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
    assert_eq!(record["resources"][0]["ARN"], key.arn);
    let material = &record["additionalEventData"]["keyMaterialId"];
    assert_eq!(*material, metadata["CurrentKeyMaterialId"]);
    let parameters = json!({
        "keyId": key.id,
        "encryptionContext": {"a": "b"},
        "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
    });
    assert_eq!(record["requestParameters"], parameters);
}

#[test]
fn rsa_encrypts_what_its_modulus_leaves_room_for() {
    let kms = kms();
    let key = kms.rsa_key("ENCRYPT_DECRYPT");
    for (algorithm, room) in [("RSAES_OAEP_SHA_1", 214), ("RSAES_OAEP_SHA_256", 190)] {
        let input = |length: usize| {
            let plaintext = encode(vec![3; length]);
            json!({"KeyId": key.id, "Plaintext": plaintext, "EncryptionAlgorithm": algorithm})
        };
        let output = kms.ok("Encrypt", input(room));
        assert_eq!(decode(&output["CiphertextBlob"]).len(), 256);
        let expected = json!({
            "CiphertextBlob": output["CiphertextBlob"],
            "KeyId": key.arn,
            "EncryptionAlgorithm": algorithm,
        });
        assert_eq!(output, expected);
        let message = format!(
            "Algorithm {algorithm} and key spec RSA_2048 cannot encrypt data larger than {room} \
             bytes."
        );
        kms.refuses("Encrypt", input(room + 1), "ValidationException", &message);
        let dry = with(input(room + 1), json!({"DryRun": true}));
        kms.refuses("Encrypt", dry, "ValidationException", &message);
    }
}

#[test]
fn rsa_knows_no_encryption_context_and_not_the_default_algorithm() {
    let kms = kms();
    let input = json!({"KeyId": kms.rsa_key("ENCRYPT_DECRYPT").id, "Plaintext": "AAAA"});
    let message = "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.";
    kms.refuses("Encrypt", input.clone(), "InvalidKeyUsageException", message);
    let oaep = with(input, json!({"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}));
    kms.ok("Encrypt", with(oaep.clone(), json!({"EncryptionContext": {}})));
    let input = with(oaep, json!({"EncryptionContext": {"a": "b"}}));
    kms.refuses("Encrypt", input, "ValidationException", NO_CONTEXT);
}

/// What is said of a context where there can be none.
pub(super) const NO_CONTEXT: &str =
    "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_stored_bytes_do_not_open_is_not_available() {
    let inside = crate::kit::Inside::new().await;
    let made = inside.ok("CreateKey", json!({})).await;
    let key = made["KeyMetadata"]["KeyId"].clone();
    let storage = inside.service.storage();
    let (path, record) = storage.scan("key/", None, 1).await.expect("the store works").remove(0);
    let mut spoilt: Value = serde_json::from_slice(&record.value).expect("records are JSON");
    let sealed = &mut spoilt["materials"][0]["sealed"];
    let mut bytes = decode(sealed);
    *bytes.last_mut().expect("there are bytes") ^= 1;
    *sealed = encode(bytes).into();
    let spoilt = serde_json::to_vec(&spoilt).expect("it is JSON");
    storage.commit(vec![keycell::storage::Change::put(path, spoilt)]).await.expect("it works");
    let refusal = inside.call("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await;
    let refusal = refusal.expect_err("the key does not open");
    assert_eq!((refusal.status, &*refusal.code), (500, "KeyUnavailableException"));
}
