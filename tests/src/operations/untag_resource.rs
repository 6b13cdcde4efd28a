//! `UntagResource`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

use super::tag_resource::{tag, tags_of};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id, "TagKeys": ["Purpose"]})
}

#[test]
fn the_tags_named_are_gone_and_no_others() {
    let kms = kms();
    let key = kms.key();
    let tags = json!([tag("Dept", ""), tag("Purpose", ""), tag("dept", "")]);
    kms.ok("TagResource", json!({"KeyId": key.id, "Tags": tags}));
    kms.ok("UntagResource", json!({"KeyId": key.id, "TagKeys": ["Dept", "Absent", "Dept"]}));
    assert_eq!(tags_of(&kms, &key), json!([tag("Purpose", ""), tag("dept", "")]));
    kms.ok("UntagResource", json!({"KeyId": key.id, "TagKeys": []}));
    kms.ok("UntagResource", json!({"KeyId": key.id, "TagKeys": ["Purpose", "dept"]}));
    assert_eq!(tags_of(&kms, &key), json!([]));
}

#[test]
fn names_that_no_tag_can_have_are_refused() {
    let kms = kms();
    let key = kms.key();
    for (name, message) in [
        ("aws:cloudformation:stack-name", "Tags beginning with aws: are reserved"),
        ("a*", "Invalid tag"),
    ] {
        let input = json!({"KeyId": key.id, "TagKeys": [name]});
        kms.refuses("UntagResource", input, "TagException", message);
    }
    let message = "1 validation error detected: Value '' at 'tagKeys.2.member' failed to satisfy \
                   constraint: Member must have length greater than or equal to 1";
    let input = json!({"KeyId": key.id, "TagKeys": ["a", ""]});
    kms.refuses("UntagResource", input, "ValidationException", message);
}
