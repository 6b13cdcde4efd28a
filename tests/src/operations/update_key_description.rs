//! `UpdateKeyDescription`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id, "Description": "other words"})
}

#[test]
fn the_new_words_replace_the_old_and_nothing_else() {
    let kms = kms();
    let mut made = kms.ok("CreateKey", json!({"Description": "old"}));
    let id = made["KeyMetadata"]["KeyId"].clone();
    for words in ["new", "", "schlüssel \u{1F511}\n"] {
        kms.ok("UpdateKeyDescription", json!({"KeyId": id, "Description": words}));
        made["KeyMetadata"]["Description"] = json!(words);
        assert_eq!(kms.ok("DescribeKey", json!({"KeyId": id})), made);
    }
}

#[test]
fn a_disabled_key_stays_disabled() {
    let kms = kms();
    let key = kms.disabled_key();
    kms.ok("UpdateKeyDescription", json!({"KeyId": key.id, "Description": "still off"}));
    let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
    assert_eq!(metadata["KeyState"], "Disabled");
}
