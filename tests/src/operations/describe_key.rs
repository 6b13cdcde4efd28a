//! `DescribeKey`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id})
}

#[test]
fn a_key_is_described_as_its_creation_told() {
    let kms = kms();
    let made = kms.ok("CreateKey", json!({"Description": "described"}));
    let id = &made["KeyMetadata"]["KeyId"];
    assert_eq!(kms.ok("DescribeKey", json!({"KeyId": id})), made);
}

#[test]
fn the_record_names_the_key_as_asked_and_as_found() {
    let kms = kms();
    let key = kms.key();
    let alias = kms.alias(&key);
    let (_, record) = kms.call_recorded("DescribeKey", json!({"KeyId": alias}));
    assert_eq!(record["requestParameters"], json!({"keyId": alias}));
    assert_eq!(record["resources"][0]["ARN"], key.arn);
}
