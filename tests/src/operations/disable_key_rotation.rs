//! `DisableKeyRotation`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id})
}

#[test]
fn a_period_is_forgotten() {
    let kms = kms();
    let key = kms.key();
    let input = json!({"KeyId": key.id});
    kms.ok("EnableKeyRotation", json!({"KeyId": key.id, "RotationPeriodInDays": 90}));
    kms.ok("DisableKeyRotation", input.clone());
    let off = json!({"KeyId": key.arn, "KeyRotationEnabled": false});
    assert_eq!(kms.ok("GetKeyRotationStatus", input.clone()), off);
    kms.ok("EnableKeyRotation", input.clone());
    assert_eq!(kms.ok("GetKeyRotationStatus", input)["RotationPeriodInDays"], 365);
}
