//! `TagResource`, and the tags that CreateKey gives.

use serde_json::{Value, json};

use crate::kit::{Client, Key, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id, "Tags": [tag("Purpose", "test"), tag("Dept", "")]})
}

/// A tag, as it stands in requests and answers.
pub(super) fn tag(key: &str, value: &str) -> Value {
    json!({"TagKey": key, "TagValue": value})
}

/// What a key is labelled with.
#[track_caller]
pub(super) fn tags_of(kms: &Client, key: &Key) -> Value {
    kms.ok("ListResourceTags", json!({"KeyId": key.arn}))["Tags"].take()
}

#[test]
fn a_tag_is_added_and_takes_the_place_of_one_of_the_same_name() {
    let kms = kms();
    let key = kms.key();
    let add = |tags: Value| kms.ok("TagResource", json!({"KeyId": key.id, "Tags": tags}));
    add(json!([tag("b", "1"), tag("B", "1")]));
    add(json!([tag("a", ""), tag("b", "2")]));
    add(json!([]));
    assert_eq!(tags_of(&kms, &key), json!([tag("B", "1"), tag("a", ""), tag("b", "2")]));
}

#[test]
fn a_new_key_has_the_tags_that_it_was_made_with() {
    let kms = kms();
    let tags = json!([tag("Dept", "IT"), tag("Purpose", "test")]);
    let (made, record) = kms.call_recorded("CreateKey", json!({"Tags": tags}));
    let metadata = made.expect("it is made")["KeyMetadata"].take();
    let text = |name: &str| metadata[name].as_str().expect("a text").to_owned();
    let key = Key { id: text("KeyId"), arn: text("Arn") };
    assert_eq!(tags_of(&kms, &key), tags);
    let shown = json!([
        {"tagKey": "Dept", "tagValue": "IT"}, {"tagKey": "Purpose", "tagValue": "test"},
    ]);
    assert_eq!(record["requestParameters"]["tags"], shown);
}

#[test]
fn tags_that_no_key_may_have_are_refused_for_old_keys_and_for_new_ones() {
    let kms = kms();
    let key = kms.key();
    let many: Vec<_> = (0..51).map(|number| tag(&number.to_string(), "")).collect();
    for (tags, message) in [
        (json!([tag("a", "1"), tag("a", "2")]), "Duplicate tag keys"),
        (json!(many), "Too many tags"),
        (json!([tag("aws:created", "")]), "Tags beginning with aws: are reserved"),
        (json!([tag("a#", "")]), "Invalid tag"),
        (json!([tag("a", "<>")]), "Invalid tag"),
    ] {
        let input = json!({"Tags": tags});
        kms.refuses("CreateKey", input.clone(), "TagException", message);
        let input = with(input, json!({"KeyId": key.id}));
        kms.refuses("TagResource", input, "TagException", message);
    }
    assert_eq!(tags_of(&kms, &key), json!([]));
}

#[test]
fn the_members_of_a_tag_keep_their_rules() {
    let kms = kms();
    let long = "a".repeat(129);
    let tags = json!([tag("fine", ""), tag(&long, &"b".repeat(256)), {"TagKey": "c"}]);
    let message = format!(
        "2 validation errors detected: Value '{long}' at 'tags.2.member.tagKey' failed to satisfy \
         constraint: Member must have length less than or equal to 128; Value null at \
         'tags.3.member.tagValue' failed to satisfy constraint: Member must not be null"
    );
    kms.refuses("CreateKey", json!({"Tags": tags}), "ValidationException", &message);
    for wrong in [json!(["a"]), json!([null]), json!([["a"]]), json!({}), json!([{"TagKey": 1}])] {
        let refusal = kms.call("CreateKey", json!({"Tags": wrong})).expect_err("a wrong type");
        assert_eq!((refusal.status, &*refusal.code), (400, "SerializationException"));
    }
}

#[test]
fn a_key_has_fifty_tags_at_most() {
    let kms = kms();
    let key = kms.key();
    let tags = |numbers: std::ops::Range<usize>| -> Value {
        numbers.map(|number| tag(&format!("{number:02}"), "")).collect()
    };
    for numbers in [0..30, 20..50, 0..50] {
        kms.ok("TagResource", json!({"KeyId": key.id, "Tags": tags(numbers)}));
    }
    let input = json!({"KeyId": key.id, "Tags": tags(50..51)});
    kms.refuses("TagResource", input, "TagException", "Too many tags");
    assert_eq!(tags_of(&kms, &key), tags(0..50));
}
