//! `GetKeyRotationStatus`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id})
}

#[test]
fn a_disabled_key_keeps_its_schedule_and_one_that_goes_hides_it() {
    let kms = kms();
    let key = kms.key();
    let input = json!({"KeyId": key.id});
    let status = || kms.ok("GetKeyRotationStatus", json!({"KeyId": key.id}));
    kms.ok("EnableKeyRotation", input.clone());
    let on = status();
    kms.ok("DisableKey", input.clone());
    assert_eq!(status(), on);
    kms.ok("ScheduleKeyDeletion", input.clone());
    assert_eq!(status(), json!({"KeyId": key.arn, "KeyRotationEnabled": false}));
    kms.ok("CancelKeyDeletion", input);
    assert_eq!(status(), on);
}
