//! `DeleteImportedKeyMaterial`.

use serde_json::{Value, json};

use crate::kit::{Client, encode, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT").id})
}

#[test]
fn a_key_serves_again_when_the_same_material_has_come_again() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    let ciphertext = kms.encrypt(&key, "before");
    let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
    let expected = json!({"KeyId": key.arn, "KeyMaterialId": metadata["CurrentKeyMaterialId"]});
    // It may be deleted twice.
    for _ in 0..2 {
        assert_eq!(kms.ok("DeleteImportedKeyMaterial", json!({"KeyId": key.id})), expected);
    }
    let message = format!("{} is pending import.", key.arn);
    let decrypt = json!({"CiphertextBlob": ciphertext});
    kms.refuses("Decrypt", decrypt.clone(), "KMSInvalidStateException", &message);
    let waiting = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
    let mut told = metadata.clone();
    let members = told.as_object_mut().expect("an object");
    members.insert("KeyState".to_owned(), json!("PendingImport"));
    members.insert("Enabled".to_owned(), json!(false));
    members.remove("ExpirationModel");
    assert_eq!(waiting, told);

    let other = parameters.input(&key, &[2; 32]);
    let id = metadata["CurrentKeyMaterialId"].as_str().expect("a text");
    let message = format!("Imported key material does not have the expected identifier ({id}).");
    kms.refuses("ImportKeyMaterial", other, "IncorrectKeyMaterialException", &message);
    assert_eq!(kms.ok("ImportKeyMaterial", parameters.input(&key, &[1; 32])), expected);
    assert_eq!(kms.ok("Decrypt", decrypt)["Plaintext"], encode("before"));
    let described = kms.ok("DescribeKey", json!({"KeyId": key.id}));
    assert_eq!(described["KeyMetadata"], metadata);
}

#[test]
fn where_there_is_nothing_nothing_is_deleted() {
    let kms = kms();
    let key = kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    let output = kms.ok("DeleteImportedKeyMaterial", json!({"KeyId": key.id}));
    assert_eq!(output, json!({"KeyId": key.arn}));
    let id = "0".repeat(64);
    let input = json!({"KeyId": key.id, "KeyMaterialId": id});
    let message =
        format!("Key material (id: {id}) has never been imported into KMS key {}.", key.arn);
    kms.refuses("DeleteImportedKeyMaterial", input, "ValidationException", &message);
}

#[test]
fn material_that_waits_for_its_rotation_goes_without_being_missed() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    let next = with(parameters.input(&key, &[2; 32]), new.clone());
    let id = kms.ok("ImportKeyMaterial", next.clone())["KeyMaterialId"].take();
    let input = json!({"KeyId": key.id, "KeyMaterialId": id});
    let expected = json!({"KeyId": key.arn, "KeyMaterialId": id});
    assert_eq!(kms.ok("DeleteImportedKeyMaterial", input), expected);
    assert_eq!(kms.state(&key), "Enabled");
    // Its place is free for others.
    let third = with(parameters.input(&key, &[3; 32]), new);
    let id = kms.ok("ImportKeyMaterial", third)["KeyMaterialId"].take();
    kms.ok("DeleteImportedKeyMaterial", json!({"KeyId": key.id, "KeyMaterialId": id}));
    kms.ok("ImportKeyMaterial", next);
}

#[test]
fn other_keys_do_not_tell_ids() {
    let kms = kms();
    let key = kms.external_key("HMAC_256", "GENERATE_VERIFY_MAC");
    let parameters = kms.parameters(&key, "RSAES_OAEP_SHA_256", "RSA_2048");
    let import = parameters.input(&key, &[1; 32]);
    assert_eq!(kms.ok("ImportKeyMaterial", import), json!({"KeyId": key.arn}));
    let output = kms.ok("DeleteImportedKeyMaterial", json!({"KeyId": key.id}));
    assert_eq!(output, json!({"KeyId": key.arn}));
    assert_eq!(kms.state(&key), "PendingImport");
}

#[test]
fn the_record_names_the_key() {
    let kms = kms();
    let (_, record) = kms.call_recorded("DeleteImportedKeyMaterial", example(&kms));
    assert_eq!(record["responseElements"]["keyId"], record["resources"][0]["ARN"]);
}
