//! `UpdateAlias`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

use super::every::key_and_alias;

pub(super) fn example(kms: &Client) -> Value {
    let (_, alias) = key_and_alias(kms);
    json!({"AliasName": alias, "TargetKeyId": kms.key().id})
}

#[test]
fn an_alias_moves_on_to_another_key() {
    let kms = kms();
    let ((old, alias), new) = (key_and_alias(&kms), kms.key());
    let ciphertext = kms.encrypt(&old, "of the old key");
    kms.ok("UpdateAlias", json!({"AliasName": alias, "TargetKeyId": new.arn}));
    let described = kms.ok("DescribeKey", json!({"KeyId": alias}));
    assert_eq!(described["KeyMetadata"]["KeyId"], new.id);
    let aliases_of =
        |id: &str| kms.ok("ListAliases", json!({"KeyId": id}))["Aliases"].as_array().map(Vec::len);
    assert_eq!((aliases_of(&old.id), aliases_of(&new.id)), (Some(0), Some(1)));
    // What was encrypted under the alias stays with the key that it then meant.
    assert_eq!(kms.decrypt(&ciphertext), b"of the old key");
    let input = json!({"CiphertextBlob": ciphertext, "KeyId": alias});
    let message = "The key ID in the request does not identify a CMK that can perform this \
                   operation.";
    kms.refuses("Decrypt", input, "IncorrectKeyException", message);
}

#[test]
fn an_alias_that_moved_remembers_when_it_was_made() {
    let kms = kms();
    let ((_, alias), new) = (key_and_alias(&kms), kms.key());
    kms.ok("UpdateAlias", json!({"AliasName": alias, "TargetKeyId": new.id}));
    let entry = kms.ok("ListAliases", json!({"KeyId": new.id}))["Aliases"][0].take();
    let date = |name: &str| entry[name].as_f64().expect("seconds");
    assert!(date("LastUpdatedDate") > date("CreationDate"), "{entry}");
}

#[test]
fn an_alias_may_stay_where_it_is() {
    let kms = kms();
    let (key, alias) = key_and_alias(&kms);
    kms.ok("UpdateAlias", json!({"AliasName": alias, "TargetKeyId": key.id}));
    let described = kms.ok("DescribeKey", json!({"KeyId": alias}));
    assert_eq!(described["KeyMetadata"]["KeyId"], key.id);
}

#[test]
fn an_alias_stays_with_keys_of_one_kind() {
    let kms = kms();
    let (_, alias) = key_and_alias(&kms);
    let message = "The current KMS key and the new KMS key of an alias must be of the same type \
                   and have the same key usage.";
    for key in [kms.key_of("HMAC_256", "GENERATE_VERIFY_MAC"), kms.rsa_key("ENCRYPT_DECRYPT")] {
        let input = json!({"AliasName": alias, "TargetKeyId": key.id});
        kms.refuses("UpdateAlias", input, "ValidationException", message);
    }
}

#[test]
fn there_must_be_such_an_alias() {
    let kms = kms();
    let input = json!({"AliasName": "alias/absent", "TargetKeyId": kms.key().id});
    let message = format!("Alias {} is not found.", kms.arn("alias/absent"));
    kms.refuses("UpdateAlias", input, "NotFoundException", &message);
}

#[test]
fn aliases_of_aws_and_names_without_prefix_are_refused() {
    let kms = kms();
    let key = kms.key();
    let input = |name: &str| json!({"AliasName": name, "TargetKeyId": key.id});
    kms.refuses("UpdateAlias", input("alias/aws/s3"), "NotAuthorizedException", "");
    let refusal = kms.call("UpdateAlias", input("name")).expect_err("there is no prefix");
    assert_eq!(refusal.code, "ValidationException");
}

#[test]
fn a_key_with_fifty_aliases_takes_no_other() {
    let kms = kms();
    let (full, (_, alias)) = (kms.key(), key_and_alias(&kms));
    let aliases: Vec<_> = (0..50).map(|_| kms.alias(&full)).collect();
    let input = json!({"AliasName": alias, "TargetKeyId": full.id});
    let message = format!("{} cannot have more than 50 aliases", full.arn);
    kms.refuses("UpdateAlias", input.clone(), "LimitExceededException", &message);
    // One that it has already is no other.
    kms.ok("UpdateAlias", json!({"AliasName": aliases[0], "TargetKeyId": full.id}));
    kms.ok("UpdateAlias", json!({"AliasName": aliases[0], "TargetKeyId": kms.key().id}));
    kms.ok("UpdateAlias", input);
}
