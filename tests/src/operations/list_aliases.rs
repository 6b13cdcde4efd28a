//! `ListAliases`.

use serde_json::{Value, json};

use crate::kit::{Client, kms, now, with};

use super::paging::{marker, pages, refuses_marker, spoilt};

pub(super) fn example(_: &Client) -> Value {
    json!({"Limit": 1})
}

#[test]
fn a_region_without_aliases_lists_none() {
    let kms = kms().elsewhere();
    assert_eq!(kms.ok("ListAliases", json!({})), json!({"Aliases": [], "Truncated": false}));
}

#[test]
fn an_entry_tells_the_alias_its_key_and_its_dates() {
    let kms = kms();
    let key = kms.key();
    let alias = kms.alias(&key);
    let entry = kms.ok("ListAliases", json!({"KeyId": key.arn}))["Aliases"][0].take();
    let expected = json!({
        "AliasName": alias,
        "AliasArn": kms.arn(&alias),
        "TargetKeyId": key.id,
        "CreationDate": entry["CreationDate"],
        "LastUpdatedDate": entry["CreationDate"],
    });
    assert_eq!(entry, expected);
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are far below 2^52")]
    let age = now().as_second() as f64 - entry["CreationDate"].as_f64().expect("seconds");
    assert!(age.abs() < 60.0, "{entry}");
}

#[test]
fn all_aliases_come_in_pages_those_of_the_region_and_those_of_a_key() {
    let kms = kms().elsewhere();
    let (key, other) = (kms.key(), kms.key());
    let mut names: Vec<_> = (0..5).map(|_| kms.alias(&key)).collect();
    names.sort();
    let of_key = json!({"KeyId": key.id});
    let found = names_of(pages(&kms, "ListAliases", "Aliases", &of_key, 2));
    assert_eq!(found, [&names[..2], &names[2..4], &names[4..]]);
    names.extend([kms.alias(&other), kms.alias(&other)]);
    names.sort();
    let found = names_of(pages(&kms, "ListAliases", "Aliases", &json!({}), 3));
    assert_eq!(found, [&names[..3], &names[3..6], &names[6..]]);
    let disabled = json!({"KeyId": other.arn});
    kms.ok("DisableKey", disabled.clone());
    let found = names_of(pages(&kms, "ListAliases", "Aliases", &disabled, 100));
    assert_eq!(found.concat().len(), 2);
}

#[test]
fn a_page_has_fifty_aliases_if_nobody_says_otherwise_and_never_over_a_hundred() {
    let kms = kms().elsewhere();
    for _ in 0..3 {
        let key = kms.key();
        (0..34).for_each(|_| drop(kms.alias(&key)));
    }
    let count = |input: Value| kms.ok("ListAliases", input)["Aliases"].as_array().map(Vec::len);
    assert_eq!(count(json!({})), Some(50));
    assert_eq!(count(json!({"Limit": 100})), Some(100));
    assert_eq!(count(json!({"Limit": 1000})), Some(100));
}

#[test]
fn only_markers_of_this_list_are_taken() {
    let kms = kms();
    let (here, there) = (kms.elsewhere(), kms.elsewhere());
    let keys = [here.key(), here.key(), there.key()];
    for (client, key) in [(&here, &keys[0]), (&here, &keys[1]), (&there, &keys[2])] {
        client.alias(key);
        client.alias(key);
    }
    there.key();
    let of_key = json!({"KeyId": keys[0].id});
    let all = marker(&here, "ListAliases", json!({}));
    let own = marker(&here, "ListAliases", of_key.clone());
    let other_key = marker(&here, "ListAliases", json!({"KeyId": keys[1].id}));
    let other_region = marker(&there, "ListAliases", json!({}));
    let keys = marker(&there, "ListKeys", json!({}));
    let wrong = [vec![all.clone(), other_key.clone(), other_region, keys], spoilt(&own)].concat();
    for marker in &wrong {
        refuses_marker(&here, "ListAliases", &of_key, marker);
    }
    for marker in [&own, &other_key] {
        refuses_marker(&here, "ListAliases", &json!({}), marker);
    }
    here.ok("ListAliases", with(of_key, json!({"Marker": own})));
    here.ok("ListAliases", json!({"Marker": all}));
}

fn names_of(pages: Vec<Vec<Value>>) -> Vec<Vec<String>> {
    let name = |entry: &Value| entry["AliasName"].as_str().expect("a text").to_owned();
    pages.iter().map(|page| page.iter().map(name).collect()).collect()
}
