//! `RotateKeyOnDemand`.

use serde_json::{Value, json};

use crate::kit::{Client, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id})
}

#[test]
fn a_key_has_other_material_within_seconds_and_decrypts_what_it_encrypted() {
    let kms = kms();
    let key = kms.key();
    let input = json!({"KeyId": key.id});
    let material =
        || kms.ok("DescribeKey", input.clone())["KeyMetadata"]["CurrentKeyMaterialId"].take();
    let (before, old) = (material(), kms.encrypt(&key, "old"));
    for _ in 0..2 {
        assert_eq!(kms.ok("RotateKeyOnDemand", input.clone()), json!({"KeyId": key.arn}));
    }
    let asked = kms.ok("GetKeyRotationStatus", input.clone());
    assert!(asked["OnDemandRotationStartDate"].is_f64(), "{asked}");
    kms.wait_for(|| {
        kms.ok("GetKeyRotationStatus", input.clone())["OnDemandRotationStartDate"].is_null()
    });
    assert_ne!(material(), before);
    let new = kms.encrypt(&key, "new");
    assert_eq!((kms.decrypt(&old), kms.decrypt(&new)), (b"old".to_vec(), b"new".to_vec()));
    let moved = kms.ok("ReEncrypt", json!({"CiphertextBlob": old, "DestinationKeyId": key.id}));
    assert_eq!(moved["SourceKeyMaterialId"], before);
    assert_eq!(moved["DestinationKeyMaterialId"], material());
    let rotations = kms.ok("ListKeyRotations", input.clone())["Rotations"].take();
    assert_eq!(rotations.as_array().map(Vec::len), Some(1), "{rotations}");
    assert_eq!(rotations[0]["RotationType"], "ON_DEMAND");
    assert_eq!(rotations[0]["KeyMaterialId"], material());
}

#[test]
fn imported_material_takes_its_turn() {
    let kms = kms();
    let (key, parameters) = kms.imported_key(&[1; 32]);
    let input = json!({"KeyId": key.id});
    let message = format!("No available key material pending rotation for the key: {}.", key.arn);
    kms.refuses("RotateKeyOnDemand", input.clone(), "KMSInvalidStateException", &message);
    let old = kms.encrypt(&key, "old");
    let new = with(parameters.input(&key, &[2; 32]), json!({"ImportType": "NEW_KEY_MATERIAL"}));
    let next = kms.ok("ImportKeyMaterial", new)["KeyMaterialId"].take();
    kms.ok("RotateKeyOnDemand", input.clone());
    let metadata = || kms.ok("DescribeKey", input.clone())["KeyMetadata"].take();
    kms.wait_for(|| metadata()["CurrentKeyMaterialId"] == next);
    assert_eq!(kms.decrypt(&old), b"old");
    assert_eq!(kms.decrypt(&kms.encrypt(&key, "new")), b"new");
    // The first one belongs to the key for good.
    kms.ok("DeleteImportedKeyMaterial", json!({"KeyId": key.id}));
    assert_eq!(kms.state(&key), "PendingImport");
    let again =
        with(parameters.input(&key, &[2; 32]), json!({"ImportType": "EXISTING_KEY_MATERIAL"}));
    kms.ok("ImportKeyMaterial", again);
    assert_eq!(kms.decrypt(&old), b"old");
}

#[test]
fn that_a_key_is_disabled_is_told_before_that_it_has_no_rotation() {
    let kms = kms();
    let key = kms.key_of("RSA_2048", "ENCRYPT_DECRYPT");
    let input = json!({"KeyId": key.id});
    for operation in ["RotateKeyOnDemand", "EnableKeyRotation"] {
        kms.refuses(operation, input.clone(), "UnsupportedOperationException", "");
    }
    kms.ok("DisableKey", input.clone());
    let message = format!("{} is disabled.", key.arn);
    for operation in ["RotateKeyOnDemand", "EnableKeyRotation"] {
        kms.refuses(operation, input.clone(), "DisabledException", &message);
    }
}
