//! `DisableKey`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id})
}

#[test]
fn a_disabled_key_says_so() {
    let kms = kms();
    let key = kms.disabled_key();
    let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
    assert_eq!(metadata["Enabled"], false);
    assert_eq!(metadata["KeyState"], "Disabled");
}

#[test]
fn a_key_may_be_disabled_twice() {
    let kms = kms();
    let key = kms.disabled_key();
    kms.ok("DisableKey", json!({"KeyId": key.arn}));
}
