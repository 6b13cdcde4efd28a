//! `GetKeyPolicy`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id, "PolicyName": "default"})
}

#[test]
fn the_default_is_shown_as_aws_writes_it() {
    let kms = kms();
    let policy = r#"{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::OWNER:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}"#;
    let policy = policy.replace("OWNER", &kms.credentials.account);
    let expected = json!({"Policy": policy, "PolicyName": "default"});
    assert_eq!(kms.ok("GetKeyPolicy", example(&kms)), expected);
    assert_eq!(kms.ok("GetKeyPolicy", json!({"KeyId": kms.key().arn})), expected);
    // Whoever writes it back changes nothing.
    let key = kms.key();
    kms.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": expected["Policy"]}));
    assert_eq!(kms.ok("GetKeyPolicy", json!({"KeyId": key.id})), expected);
}

#[test]
fn there_is_no_other_policy() {
    let kms = kms();
    for name in ["AWS_RAM", "Default"] {
        let input = json!({"KeyId": kms.key().id, "PolicyName": name});
        kms.refuses("GetKeyPolicy", input, "NotFoundException", "No such policy exists");
    }
    let message = "1 validation error detected: Value 'a-b' at 'policyName' failed to satisfy \
                   constraint: Member must satisfy regular expression pattern: [\\w]+";
    let input = json!({"KeyId": kms.key().id, "PolicyName": "a-b"});
    kms.refuses("GetKeyPolicy", input, "ValidationException", message);
}

#[test]
fn a_key_that_waits_for_material_has_a_policy() {
    let kms = kms();
    let key = kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    assert_eq!(kms.ok("GetKeyPolicy", json!({"KeyId": key.id}))["PolicyName"], "default");
}
