//! `EnableKey`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.disabled_key().id})
}

#[test]
fn an_enabled_key_serves_again_and_is_as_before() {
    let kms = kms();
    let key = kms.key();
    let (ciphertext, input) = (kms.encrypt(&key, "before"), json!({"KeyId": key.id}));
    let before = kms.ok("DescribeKey", input.clone());
    kms.ok("DisableKey", input.clone());
    kms.ok("EnableKey", input.clone());
    assert_eq!(kms.ok("DescribeKey", input), before);
    assert_eq!(kms.decrypt(&ciphertext), b"before");
}

#[test]
fn an_enabled_key_may_be_enabled() {
    let kms = kms();
    kms.ok("EnableKey", json!({"KeyId": kms.key().arn}));
}

#[test]
fn of_many_changes_at_once_none_is_lost() {
    let kms = kms();
    let key = kms.key();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (other, key) = (kms.in_region(&kms.region), &key);
            scope.spawn(move || {
                let description = format!("words of {number}");
                for _ in 0..4 {
                    match number {
                        0 => other.ok("DisableKey", json!({"KeyId": key.id})),
                        1 => other.ok("EnableKey", json!({"KeyId": key.id})),
                        _ => other.ok(
                            "UpdateKeyDescription",
                            json!({"KeyId": key.id, "Description": description}),
                        ),
                    };
                }
            });
        }
    });
    kms.ok("EnableKey", json!({"KeyId": key.id}));
    let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
    assert_eq!(metadata["KeyState"], "Enabled");
    let description = metadata["Description"].as_str().expect("a text");
    assert!(description.starts_with("words of "), "{description}");
}
