//! `ListResourceTags`.

use serde_json::{Value, json};

use crate::kit::{Client, kms, with};

use super::{
    paging::{marker, pages, refuses_marker, spoilt},
    tag_resource::tag,
};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id})
}

#[test]
fn a_key_without_tags_lists_none() {
    let kms = kms();
    let input = json!({"KeyId": kms.key().id});
    assert_eq!(kms.ok("ListResourceTags", input), json!({"Tags": [], "Truncated": false}));
}

#[test]
fn all_tags_come_in_pages_of_fifty_at_most() {
    let kms = kms();
    let tags: Vec<_> = (0..50).map(|number| tag(&format!("é {number:02}"), "value")).collect();
    let made = kms.ok("CreateKey", json!({"Tags": tags}));
    let input = json!({"KeyId": made["KeyMetadata"]["KeyId"]});
    for limit in [1, 7, 49, 50] {
        let pages = pages(&kms, "ListResourceTags", "Tags", &input, limit);
        assert_eq!(pages.len(), 50usize.div_ceil(limit));
        assert_eq!(pages.concat(), tags);
    }
    for limit in [json!({}), json!({"Limit": 1000})] {
        let page = kms.ok("ListResourceTags", with(input.clone(), limit));
        assert_eq!(page, json!({"Tags": tags, "Truncated": false}));
    }
}

#[test]
fn only_markers_of_this_list_are_taken() {
    let kms = kms();
    let [one, other] = [(); 2].map(|()| {
        let made = kms.ok("CreateKey", json!({"Tags": [tag("a", ""), tag("b", "")]}));
        json!({"KeyId": made["KeyMetadata"]["KeyId"]})
    });
    let marker = marker(&kms, "ListResourceTags", one.clone());
    refuses_marker(&kms, "ListResourceTags", &other, &marker);
    for spoilt in spoilt(&marker) {
        refuses_marker(&kms, "ListResourceTags", &one, &spoilt);
    }
}
