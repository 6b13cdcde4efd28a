//! `ListKeyPolicies`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id, "Limit": 1})
}

#[test]
fn a_key_has_one_policy() {
    let kms = kms();
    let expected = json!({"PolicyNames": ["default"], "Truncated": false});
    assert_eq!(kms.ok("ListKeyPolicies", example(&kms)), expected);
    assert_eq!(kms.ok("ListKeyPolicies", json!({"KeyId": kms.disabled_key().arn})), expected);
}

#[test]
fn no_marker_was_ever_given_out() {
    let kms = kms();
    let input = json!({"KeyId": kms.key().id, "Marker": "a marker"});
    kms.refuses("ListKeyPolicies", input, "InvalidMarkerException", "");
}
