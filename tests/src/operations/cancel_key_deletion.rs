//! `CancelKeyDeletion`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

pub(super) fn example(kms: &Client) -> Value {
    let key = kms.key();
    kms.ok("ScheduleKeyDeletion", json!({"KeyId": key.id}));
    json!({"KeyId": key.id})
}

#[test]
fn a_key_that_stays_is_disabled() {
    let kms = kms();
    let key = kms.key();
    let ciphertext = kms.encrypt(&key, "still there");
    let input = json!({"KeyId": key.id});
    kms.ok("ScheduleKeyDeletion", input.clone());
    assert_eq!(kms.ok("CancelKeyDeletion", input.clone()), json!({"KeyId": key.arn}));
    let metadata = kms.ok("DescribeKey", input.clone())["KeyMetadata"].take();
    assert_eq!((&metadata["KeyState"], &metadata["Enabled"]), (&json!("Disabled"), &json!(false)));
    assert!(metadata.get("DeletionDate").is_none(), "{metadata}");
    kms.ok("EnableKey", input);
    assert_eq!(kms.decrypt(&ciphertext), b"still there");
}

#[test]
fn a_key_without_material_waits_for_it_again() {
    let kms = kms();
    let key = kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    kms.ok("ScheduleKeyDeletion", json!({"KeyId": key.id}));
    assert_eq!(kms.state(&key), "PendingDeletion");
    kms.ok("CancelKeyDeletion", json!({"KeyId": key.id}));
    assert_eq!(kms.state(&key), "PendingImport");
}

#[test]
fn there_must_be_something_to_cancel() {
    let kms = kms();
    for key in
        [kms.key(), kms.disabled_key(), kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")]
    {
        let message = format!("{} is not pending deletion.", key.arn);
        let input = json!({"KeyId": key.id});
        kms.refuses("CancelKeyDeletion", input, "KMSInvalidStateException", &message);
    }
}
