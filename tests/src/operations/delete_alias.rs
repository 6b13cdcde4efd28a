//! `DeleteAlias`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

use super::every::key_and_alias;

pub(super) fn example(kms: &Client) -> Value {
    json!({"AliasName": key_and_alias(kms).1})
}

#[test]
fn the_name_goes_and_the_key_stays() {
    let kms = kms();
    let (key, alias) = key_and_alias(&kms);
    kms.ok("DeleteAlias", json!({"AliasName": alias}));
    let message = format!("Alias {} is not found.", kms.arn(&alias));
    kms.refuses("DescribeKey", json!({"KeyId": alias}), "NotFoundException", &message);
    kms.ok("DescribeKey", json!({"KeyId": key.id}));
    let left = kms.ok("ListAliases", json!({"KeyId": key.id}));
    assert_eq!(left["Aliases"], json!([]));
}

#[test]
fn a_name_goes_once() {
    let kms = kms();
    let (_, alias) = key_and_alias(&kms);
    kms.ok("DeleteAlias", json!({"AliasName": alias}));
    let message = format!("Alias {} is not found.", kms.arn(&alias));
    kms.refuses("DeleteAlias", json!({"AliasName": alias}), "NotFoundException", &message);
}

#[test]
fn the_name_is_free_again() {
    let kms = kms();
    let ((_, alias), other) = (key_and_alias(&kms), kms.key());
    kms.ok("DeleteAlias", json!({"AliasName": alias}));
    kms.ok("CreateAlias", json!({"AliasName": alias, "TargetKeyId": other.id}));
    let described = kms.ok("DescribeKey", json!({"KeyId": alias}));
    assert_eq!(described["KeyMetadata"]["KeyId"], other.id);
}

#[test]
fn aliases_of_aws_and_of_others_are_out_of_reach() {
    let owner = kms();
    let (_, alias) = key_and_alias(&owner);
    let input = json!({"AliasName": "alias/aws/s3"});
    owner.refuses("DeleteAlias", input, "NotAuthorizedException", "");
    let stranger = owner.stranger();
    let message = format!("Alias {} is not found.", stranger.arn(&alias));
    stranger.refuses("DeleteAlias", json!({"AliasName": alias}), "NotFoundException", &message);
    owner.ok("DescribeKey", json!({"KeyId": alias}));
}

#[test]
fn the_alias_of_a_disabled_key_goes_too() {
    let kms = kms();
    let (key, alias) = key_and_alias(&kms);
    kms.ok("DisableKey", json!({"KeyId": key.id}));
    let (_, record) = kms.call_recorded("DeleteAlias", json!({"AliasName": alias}));
    let resources = record["resources"].as_array().expect("a list");
    let arns: Vec<_> = resources.iter().map(|resource| resource["ARN"].as_str()).collect();
    assert_eq!(arns, [Some(&*kms.arn(&alias)), Some(&*key.arn)]);
}
