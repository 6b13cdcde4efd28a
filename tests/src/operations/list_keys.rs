//! `ListKeys`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

use super::paging::{marker, pages, refuses_marker, spoilt};

pub(super) fn example(_: &Client) -> Value {
    json!({"Limit": 1})
}

#[test]
fn a_region_without_keys_lists_none() {
    let kms = kms().elsewhere();
    assert_eq!(kms.ok("ListKeys", json!({})), json!({"Keys": [], "Truncated": false}));
}

#[test]
fn all_keys_come_in_pages_each_once() {
    let kms = kms().elsewhere();
    let mut made: Vec<_> = (0..5).map(|_| kms.key()).collect();
    made.sort_by(|a, b| a.id.cmp(&b.id));
    let entries = |keys: &[crate::kit::Key]| -> Vec<Value> {
        keys.iter().map(|key| json!({"KeyId": key.id, "KeyArn": key.arn})).collect()
    };
    let expected = [entries(&made[..2]), entries(&made[2..4]), entries(&made[4..])];
    assert_eq!(pages(&kms, "ListKeys", "Keys", &json!({}), 2), expected);
    assert_eq!(pages(&kms, "ListKeys", "Keys", &json!({}), 5), [entries(&made)]);
    assert_eq!(pages(&kms, "ListKeys", "Keys", &json!({}), 1000), [entries(&made)]);
}

#[test]
fn a_page_has_a_hundred_keys_if_nobody_says_otherwise() {
    let kms = kms().elsewhere();
    (0..101).for_each(|_| drop(kms.key()));
    let page = kms.ok("ListKeys", json!({}));
    assert_eq!(page["Keys"].as_array().map(Vec::len), Some(100));
    let rest = kms.ok("ListKeys", json!({"Marker": page["NextMarker"]}));
    assert_eq!(rest["Keys"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_marker_outlives_keys_that_are_made_meanwhile() {
    let kms = kms().elsewhere();
    let known: Vec<_> = (0..3).map(|_| kms.key().arn).collect();
    let first = kms.ok("ListKeys", json!({"Limit": 1}));
    (0..3).for_each(|_| drop(kms.key()));
    let rest = kms.ok("ListKeys", json!({"Marker": first["NextMarker"]}));
    let listed = format!("{}{}", first["Keys"], rest["Keys"]);
    known.iter().for_each(|arn| assert!(listed.contains(arn), "{listed}"));
}

#[test]
fn only_markers_of_this_list_are_taken() {
    let kms = kms();
    let (here, there) = (kms.elsewhere(), kms.elsewhere());
    for client in [&here, &there] {
        let key = client.key();
        client.key();
        client.alias(&key);
        client.alias(&key);
    }
    let own = marker(&here, "ListKeys", json!({}));
    let mut wrong = spoilt(&own);
    wrong.push(marker(&there, "ListKeys", json!({})));
    wrong.push(marker(&here, "ListAliases", json!({})));
    for marker in wrong {
        refuses_marker(&here, "ListKeys", &json!({}), &marker);
    }
    here.ok("ListKeys", json!({"Marker": own}));
}

#[test]
fn nothing_is_shared_by_other_accounts() {
    let kms = kms().elsewhere();
    let keys = [kms.key(), kms.key()];
    let own = kms.ok("ListKeys", json!({}));
    assert_eq!(own["Keys"].as_array().map(Vec::len), Some(keys.len()));
    let listed = |owners: Value| kms.ok("ListKeys", json!({"ResourceOwners": owners}));
    for owners in [
        json!(["SELF"]),
        json!(["SELF", "OTHER_ACCOUNTS_VIA_RAM"]),
        json!(["OTHER_ACCOUNTS_VIA_RAM", "SELF"]),
        Value::Null,
    ] {
        assert_eq!(listed(owners), own);
    }
    let none = json!({"Keys": [], "Truncated": false});
    assert_eq!(listed(json!(["OTHER_ACCOUNTS_VIA_RAM"])), none);
    let input = json!({"ResourceOwners": ["OTHER_ACCOUNTS_VIA_RAM"], "Limit": 5});
    let (_, record) = kms.call_recorded("ListKeys", input);
    let shown = json!({"resourceOwners": ["OTHER_ACCOUNTS_VIA_RAM"], "limit": 5});
    assert_eq!(record["requestParameters"], shown, "{record}");
    let input = json!({"ResourceOwners": ["OTHER_ACCOUNTS_VIA_RAM"], "Marker": "other"});
    kms.refuses("ListKeys", input, "InvalidMarkerException", "");
}

#[test]
fn resource_owners_are_one_or_two_of_those_that_there_are() {
    let kms = kms();
    let refuses = |owners: Value, told: &str, rule: &str| {
        let message = format!(
            "1 validation error detected: Value '{told}' at 'resourceOwners' failed to satisfy \
             constraint: Member must {rule}"
        );
        let input = json!({"ResourceOwners": owners});
        kms.refuses("ListKeys", input, "ValidationException", &message);
    };
    refuses(json!([]), "[]", "have length greater than or equal to 1");
    let three = "[SELF, SELF, SELF]";
    refuses(json!(["SELF", "SELF", "SELF"]), three, "have length less than or equal to 2");
    let rule = "satisfy constraint: [Member must satisfy enum value set: [SELF, \
                OTHER_ACCOUNTS_VIA_RAM]]";
    refuses(json!(["ALL"]), "[ALL]", rule);
}
