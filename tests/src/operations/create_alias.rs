//! `CreateAlias`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

use super::every::key_and_alias;

pub(super) fn example(kms: &Client) -> Value {
    let name = format!("alias/of-{}", keycell::service::uuid());
    json!({"AliasName": name, "TargetKeyId": kms.key().id})
}

#[test]
fn an_alias_stands_for_its_key_at_once() {
    let kms = kms();
    let (key, alias) = key_and_alias(&kms);
    let output = kms.ok("DescribeKey", json!({"KeyId": alias}));
    assert_eq!(output["KeyMetadata"]["Arn"], key.arn);
}

#[test]
fn the_record_names_the_alias_and_the_key() {
    let kms = kms();
    let key = kms.key();
    let input = json!({"AliasName": "alias/Recorded/a_b-1", "TargetKeyId": key.arn});
    let (_, record) = kms.call_recorded("CreateAlias", input);
    let account = &kms.credentials.account;
    let resource = |arn: &str| json!({"accountId": account, "type": "AWS::KMS::Key", "ARN": arn});
    let alias = kms.arn("alias/Recorded/a_b-1");
    assert_eq!(record["resources"], json!([resource(&alias), resource(&key.arn)]));
}

#[test]
fn a_name_is_taken_once_in_an_account_and_region() {
    let kms = kms();
    let (_, alias) = key_and_alias(&kms);
    let message = format!("An alias with the name {} already exists", kms.arn(&alias));
    let again = json!({"AliasName": alias, "TargetKeyId": kms.key().id});
    kms.refuses("CreateAlias", again, "AlreadyExistsException", &message);
    for other in [kms.in_region("eu-west-1"), kms.stranger()] {
        let there = json!({"AliasName": alias, "TargetKeyId": other.key().id});
        other.ok("CreateAlias", there);
    }
    let other_case = json!({"AliasName": alias.replace("of", "OF"), "TargetKeyId": kms.key().id});
    kms.ok("CreateAlias", other_case);
}

#[test]
fn of_many_who_want_a_name_one_gets_it() {
    let kms = kms();
    let name = format!("alias/of-{}", keycell::service::uuid());
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (other, name) = (kms.in_region(&kms.region), &name);
                scope.spawn(move || {
                    let key = other.key();
                    let input = json!({"AliasName": name, "TargetKeyId": key.id});
                    other.call("CreateAlias", input).map(|_| key.arn)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let winners: Vec<_> = outcomes.iter().flatten().collect();
    let losers = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    losers.for_each(|refusal| assert_eq!(refusal.code, "AlreadyExistsException"));
    let output = kms.ok("DescribeKey", json!({"KeyId": name}));
    assert_eq!(output["KeyMetadata"]["Arn"], **winners[0]);
}

#[test]
fn names_keep_to_the_rules_of_aws() {
    let kms = kms();
    let key = kms.key();
    let refuses = |name: &str, code: &str, message: &str| {
        let input = json!({"AliasName": name, "TargetKeyId": key.id});
        kms.refuses("CreateAlias", input, code, message);
    };
    let prefix = "Alias must start with the prefix \"alias/\". Please see \
                  https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
    for name in ["name", "Alias/name", "alias", "alias-name", "/alias/name"] {
        refuses(name, "ValidationException", prefix);
    }
    for name in ["alias/aws/s3", "alias/aws/"] {
        refuses(name, "NotAuthorizedException", "");
    }
    for name in ["alias/", "alias/a:b"] {
        let message = format!("{name} contains invalid characters for an alias");
        refuses(name, "ValidationException", &message);
    }
    for name in ["alias/a b", "alias/é", "alias/a.b", "alias/a\n"] {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'aliasName' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
        );
        refuses(name, "ValidationException", &message);
    }
}

#[test]
fn the_longest_name_has_256_characters() {
    let kms = kms();
    let name = format!("alias/{}", "n".repeat(250));
    kms.ok("CreateAlias", json!({"AliasName": name, "TargetKeyId": kms.key().id}));
    kms.ok("DescribeKey", json!({"KeyId": name}));
    kms.ok("DescribeKey", json!({"KeyId": kms.arn(&name)}));
}

#[test]
fn a_key_has_at_most_fifty_aliases_even_if_many_give_them_at_once() {
    let kms = kms();
    let key = kms.key();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (other, key) = (kms.in_region(&kms.region), &key);
                let create = move || {
                    let alias = format!("alias/of-{}", keycell::service::uuid());
                    let input = json!({"AliasName": alias, "TargetKeyId": key.id});
                    other.call("CreateAlias", input).map(|_| alias)
                };
                scope.spawn(move || (0..7).map(|_| create()).collect::<Vec<_>>())
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    let made: Vec<_> = outcomes.iter().flatten().collect();
    assert_eq!(made.len(), 50, "{outcomes:?}");
    let message = format!("{} cannot have more than 50 aliases", key.arn);
    for refusal in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!((&*refusal.code, &*refusal.message), ("LimitExceededException", &*message));
    }
    kms.ok("DeleteAlias", json!({"AliasName": made[0]}));
    kms.alias(&key);
}
