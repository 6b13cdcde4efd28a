//! `ImportKeyMaterial`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::{Client, Inside, Parameters, encode, kms, now, with};

pub(super) fn example(kms: &Client) -> Value {
    let imported = kms.shared_import();
    json!({
        "KeyId": imported.key.id,
        "ImportToken": imported.token,
        "EncryptedKeyMaterial": imported.wrapped,
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        "KeyMaterialDescription": "an example",
    })
}

#[test]
fn a_key_serves_with_the_material_that_has_come() {
    let kms = kms();
    let key = kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    assert_eq!(kms.state(&key), "PendingImport");
    for algorithm in ["RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"] {
        let parameters = kms.parameters(&key, algorithm, "RSA_2048");
        // A token may be used again, and older ones stay good.
        let mut ids = Vec::new();
        for _ in 0..2 {
            let output = kms.ok("ImportKeyMaterial", parameters.input(&key, &[5; 32]));
            ids.push(output["KeyMaterialId"].clone());
            assert_eq!(output, json!({"KeyId": key.arn, "KeyMaterialId": ids[0]}));
        }
        let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
        assert_eq!(metadata["KeyState"], "Enabled");
        assert_eq!(metadata["Origin"], "EXTERNAL");
        assert_eq!(metadata["ExpirationModel"], "KEY_MATERIAL_DOES_NOT_EXPIRE");
        assert_eq!(metadata["CurrentKeyMaterialId"], ids[0]);
        assert_eq!(kms.decrypt(&kms.encrypt(&key, "imported")), b"imported");
    }
}

#[test]
fn macs_under_imported_material_are_those_of_hmac() {
    let kms = kms();
    let key = kms.external_key("HMAC_256", "GENERATE_VERIFY_MAC");
    let parameters = kms.parameters(&key, "RSAES_OAEP_SHA_256", "RSA_2048");
    for length in [31, 129] {
        let input = parameters.input(&key, &vec![0xaa; length]);
        kms.refuses("ImportKeyMaterial", input, "InvalidCiphertextException", "");
    }
    kms.ok("ImportKeyMaterial", parameters.input(&key, &[0x0b; 32]));
    let input = json!({
        "KeyId": key.id, "Message": encode("Hi There"), "MacAlgorithm": "HMAC_SHA_256",
    });
    // Python: hmac.new(b"\x0b" * 32, b"Hi There", hashlib.sha256).
    let expected = "GYpgfrRL+8aZA6Dxzyu9xboKo/PZrjwcejsWlqC2jPc=";
    assert_eq!(kms.ok("GenerateMac", input)["Mac"], expected);
    for (name, value) in [
        ("importType", json!({"ImportType": "EXISTING_KEY_MATERIAL"})),
        ("keyMaterialId", json!({"KeyMaterialId": "0".repeat(64)})),
        ("keyMaterialDescription", json!({"KeyMaterialDescription": "words"})),
    ] {
        let input = with(parameters.input(&key, &[0x0b; 32]), value);
        let message = format!("Input parameter {name} cannot be used with HMAC_256 imported keys.");
        kms.refuses("ImportKeyMaterial", input, "ValidationException", &message);
    }
}

#[test]
fn key_pairs_come_in_wrapped_in_two_steps() {
    let kms = kms();
    let under = kms.key();
    for (spec, algorithm) in [
        ("RSA_2048", "RSASSA_PSS_SHA_256"),
        ("ECC_NIST_P256", "ECDSA_SHA_256"),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
    ] {
        let pair = json!({"KeyId": under.id, "KeyPairSpec": spec});
        let pair = kms.ok("GenerateDataKeyPair", pair);
        let material = crate::kit::decode(&pair["PrivateKeyPlaintext"]);
        let key = kms.external_key(spec, "SIGN_VERIFY");
        let parameters = kms.parameters(&key, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048");
        let output = kms.ok("ImportKeyMaterial", parameters.input(&key, &material));
        assert_eq!(output, json!({"KeyId": key.arn}));
        let public = kms.ok("GetPublicKey", json!({"KeyId": key.id}));
        assert_eq!(public["PublicKey"], pair["PublicKey"], "{spec}");
        let input = json!({"KeyId": key.id, "Message": "AAAA", "SigningAlgorithm": algorithm});
        let signature = kms.ok("Sign", input.clone())["Signature"].take();
        kms.ok("Verify", with(input, json!({"Signature": signature})));
    }
}

#[test]
fn a_token_is_good_for_its_own_key_and_wrapping_only() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    let (other, others) = kms.imported_key(&[1; 32]);
    let good = parameters.input(&key, &[1; 32]);
    let refuses = |members: Value, code: &str| {
        kms.refuses("ImportKeyMaterial", with(good.clone(), members), code, "");
    };
    let invalid = "InvalidImportTokenException";
    refuses(json!({"KeyId": other.id}), invalid);
    refuses(json!({"ImportToken": others.token}), invalid);
    for token in [&b"x"[..], &[0; 100], &[1; 6144]] {
        refuses(json!({"ImportToken": encode(token)}), invalid);
    }
    let bytes = crate::kit::decode(&good["ImportToken"]);
    for at in (0..bytes.len()).step_by(11).chain([bytes.len() - 1]) {
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 1;
        refuses(json!({"ImportToken": encode(spoilt)}), invalid);
    }
    let mut wrapped = crate::kit::decode(&good["EncryptedKeyMaterial"]);
    wrapped[17] ^= 1;
    refuses(json!({"EncryptedKeyMaterial": encode(&wrapped)}), "InvalidCiphertextException");
    refuses(json!({"EncryptedKeyMaterial": "AAAA"}), "InvalidCiphertextException");
    for length in [31, 33] {
        let short = parameters.wrap(&vec![1; length]);
        refuses(json!({"EncryptedKeyMaterial": short}), "InvalidCiphertextException");
    }
}

#[test]
fn what_is_said_of_expiry_must_fit_together() {
    let kms = kms();
    let good = example(&kms);
    let second = now().as_second();
    for (members, message) in [
        (
            json!({"ExpirationModel": null}),
            "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
        ),
        (
            json!({"ValidTo": second + 3600}),
            "A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
        ),
        (
            json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": second - 1}),
            "ValidTo must be in the future",
        ),
        (
            json!({"ExpirationModel": null, "ValidTo": second + 365 * 86400 + 60}),
            "ValidTo must be less than 365 days in the future",
        ),
    ] {
        let input = with(good.clone(), members);
        kms.refuses("ImportKeyMaterial", input, "ValidationException", message);
    }
}

#[test]
fn a_time_of_expiry_is_told_in_whole_seconds() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    let valid_to = now().as_second() + 3600;
    let expires = json!({"ExpirationModel": null, "ValidTo": format!("{valid_to}.9")});
    let text = with(parameters.input(&key, &[1; 32]), expires);
    // A time is a number.
    let refusal = kms.call("ImportKeyMaterial", text.clone()).expect_err("it is a text");
    assert_eq!(refusal.code, "SerializationException");
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are far below 2^52")]
    let number = with(text, json!({"ValidTo": valid_to as f64 + 0.9}));
    let (_, record) = kms.call_recorded("ImportKeyMaterial", number);
    let told = record["requestParameters"]["validTo"].as_str().expect("a text");
    let told = jiff::civil::DateTime::strptime("%b %d, %Y, %I:%M:%S %p", told);
    assert!(told.is_ok(), "{record}");
    let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
    assert_eq!(metadata["ExpirationModel"], "KEY_MATERIAL_EXPIRES");
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are far below 2^52")]
    let expected = json!(valid_to as f64);
    assert_eq!(metadata["ValidTo"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn material_expires_and_so_do_tokens() {
    let inside = Inside::new().await;
    let made = inside.ok("CreateKey", json!({"Origin": "EXTERNAL"})).await;
    let key = made["KeyMetadata"]["KeyId"].clone();
    let hour = SignedDuration::from_hours(1);
    let parameters = parameters(&inside, &key).await;
    let valid_to = (inside.now() + hour).as_second();
    let input = |members: Value| with(parameters.import(&key, &[1; 32]), members);
    let expiring = input(json!({"ExpirationModel": null, "ValidTo": valid_to}));
    inside.ok("ImportKeyMaterial", expiring).await;
    let encrypt = json!({"KeyId": key, "Plaintext": "AAAA"});
    let made = inside.ok("Encrypt", encrypt.clone()).await;
    let decrypt = json!({"CiphertextBlob": made["CiphertextBlob"]});

    inside.pass(hour);
    let refusal = inside.call("Encrypt", encrypt).await.expect_err("the material has expired");
    assert_eq!(refusal.code, "KMSInvalidStateException");
    assert!(refusal.message.ends_with(" is pending import."), "{refusal:?}");
    inside.call("Decrypt", decrypt.clone()).await.expect_err("the material has expired");
    let described = inside.ok("DescribeKey", json!({"KeyId": key})).await;
    let metadata = &described["KeyMetadata"];
    assert_eq!(
        (&metadata["KeyState"], &metadata["Enabled"]),
        (&json!("PendingImport"), &json!(false))
    );
    assert!(metadata.get("ValidTo").is_none() && metadata.get("ExpirationModel").is_none());

    inside.ok("ImportKeyMaterial", input(json!({}))).await;
    assert_eq!(inside.ok("Decrypt", decrypt).await["Plaintext"], "AAAA");
    inside.pass(hour * 23);
    let refusal = inside.call("ImportKeyMaterial", input(json!({}))).await;
    let refusal = refusal.expect_err("the token is a day old");
    assert_eq!((&*refusal.code, &*refusal.message), ("ExpiredImportTokenException", ""));
}

#[test]
fn importing_again_enables_a_disabled_key() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    kms.ok("DisableKey", json!({"KeyId": key.id}));
    kms.ok("ImportKeyMaterial", parameters.input(&key, &[1; 32]));
    assert_eq!(kms.state(&key), "Enabled");
}

#[test]
fn new_material_waits_for_its_rotation_and_is_the_only_one_that_does() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    let current = || {
        let described = kms.ok("DescribeKey", json!({"KeyId": key.id}));
        described["KeyMetadata"]["CurrentKeyMaterialId"].as_str().expect("a text").to_owned()
    };
    let (id, arn) = (current(), &key.arn);
    let new = |byte: u8| {
        let members = json!({"ImportType": "NEW_KEY_MATERIAL"});
        with(parameters.input(&key, &[byte; 32]), members)
    };
    let ciphertext = kms.encrypt(&key, "under the first");
    let output = kms.ok("ImportKeyMaterial", new(2));
    let next = output["KeyMaterialId"].as_str().expect("a text");
    assert_eq!(output["KeyId"], key.arn);
    assert_eq!((current(), kms.state(&key)), (id.clone(), "Enabled".to_owned()));
    assert_eq!(kms.decrypt(&ciphertext), b"under the first");
    for (byte, known) in [(1, &*id), (2, next)] {
        let message = format!(
            "Key material (id: {known}) being imported as NEW_KEY_MATERIAL is already associated \
             with KMS key {arn}."
        );
        kms.refuses("ImportKeyMaterial", new(byte), "IncorrectKeyMaterialException", &message);
    }
    let refusal = kms.call("ImportKeyMaterial", new(3)).expect_err("one waits already");
    assert_eq!(refusal.code, "KMSInvalidStateException");
    let expected = format!(
        "cannot be imported into KMS key {arn}, because another key material (id: {next}) is \
         pending rotation."
    );
    assert!(refusal.message.starts_with("New key material (id: "), "{refusal:?}");
    assert!(refusal.message.ends_with(&expected), "{refusal:?}");
}

#[test]
fn a_material_can_be_named() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    let good = parameters.input(&key, &[1; 32]);
    let id = kms.ok("ImportKeyMaterial", good.clone())["KeyMaterialId"].take();
    kms.ok("ImportKeyMaterial", with(good.clone(), json!({"KeyMaterialId": id})));
    let zeros = "0".repeat(64);
    let other = with(good.clone(), json!({"KeyMaterialId": zeros}));
    let message = format!("Imported key material does not have the expected identifier ({zeros}).");
    kms.refuses("ImportKeyMaterial", other, "IncorrectKeyMaterialException", &message);
    let both = json!({"KeyMaterialId": id, "ImportType": "NEW_KEY_MATERIAL"});
    let message = "Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.";
    kms.refuses("ImportKeyMaterial", with(good.clone(), both), "ValidationException", message);
    let upper = with(good, json!({"KeyMaterialId": "A".repeat(64)}));
    let refusal = kms.call("ImportKeyMaterial", upper).expect_err("ids are in lower case");
    assert!(refusal.message.ends_with("regular expression pattern: ^[a-f0-9]+$"), "{refusal:?}");
}

#[test]
fn material_that_was_never_there_cannot_come_again() {
    let kms = kms();
    let key = kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    let parameters = kms.parameters(&key, "RSAES_OAEP_SHA_256", "RSA_2048");
    let input =
        with(parameters.input(&key, &[1; 32]), json!({"ImportType": "EXISTING_KEY_MATERIAL"}));
    let refusal = kms.call("ImportKeyMaterial", input).expect_err("nothing was ever imported");
    let expected = format!(") has never been imported into KMS key {}.", key.arn);
    assert_eq!(refusal.code, "ValidationException");
    assert!(refusal.message.ends_with(&expected), "{refusal:?}");
}

async fn parameters(inside: &Inside, key: &Value) -> Parameters {
    let input = json!({
        "KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048",
    });
    let output = inside.ok("GetParametersForImport", input).await;
    Parameters::new("RSAES_OAEP_SHA_256", &output)
}
