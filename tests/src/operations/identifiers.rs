//! How requests name keys: the four forms, what each operation takes of them, and what is said of
//! all others. Source: KMS API reference, "KeyId"; the texts are those of section 1.4 of AWS's
//! behaviour as observed.

use serde_json::{Value, json};

use crate::kit::{Client, Key, kms, with};

use super::{
    EXAMPLES, Example, action,
    every::key_and_alias,
    keys::{fresh, of_key},
};

/// A well-formed id that no key has.
const ABSENT: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn keys_go_by_their_id_and_by_their_arn() {
    each_key_member(|kms, example, member| {
        let (key, input) = usable(kms, example, member);
        for name in [&key.id, &key.arn] {
            kms.ok(example.operation, with(input(), json!({member: name})));
        }
    });
}

#[test]
fn keys_go_by_their_aliases_where_aliases_are_taken() {
    each_key_member(|kms, example, member| {
        let (key, input) = usable(kms, example, member);
        let alias = kms.alias(&key);
        for name in [kms.arn(&alias), alias] {
            let input = with(input(), json!({member: name}));
            if example.takes_aliases() {
                kms.ok(example.operation, input);
                continue;
            }
            let (code, message) = match member {
                "TargetKeyId" => ("ValidationException", "Aliases must refer to keys. Not aliases"),
                _ => ("InvalidArnException", "Key Aliases are not supported for this operation."),
            };
            kms.refuses(example.operation, input, code, message);
        }
    });
}

#[test]
fn an_alias_that_is_not_there_is_told_to_its_account() {
    each_key_member(|kms, example, member| {
        if example.takes_aliases() {
            let input = with((example.input)(kms), json!({member: "alias/absent"}));
            let message = format!("Alias {} is not found.", kms.arn("alias/absent"));
            kms.refuses(example.operation, input, "NotFoundException", &message);
        }
    });
}

#[test]
fn a_key_that_is_not_there_is_told_to_its_account() {
    each_key_member(|kms, example, member| {
        let arn = kms.arn(&format!("key/{ABSENT}"));
        for name in [ABSENT, &arn] {
            let input = with((example.input)(kms), json!({member: name}));
            let message = format!("Key '{arn}' does not exist");
            kms.refuses(example.operation, input, "NotFoundException", &message);
        }
    });
}

#[test]
fn what_is_no_identifier_is_refused_in_the_words_of_aws() {
    let kms = kms();
    let without_dashes = ABSENT.replace('-', "");
    let cases = [
        ("xyz", "Invalid keyId 'xyz'".to_owned()),
        ("mrk-fake", "Invalid keyId 'mrk-fake'".to_owned()),
        ("Alias/x", "Invalid keyId 'Alias/x'".to_owned()),
        (&without_dashes, format!("Invalid keyId '{without_dashes}'")),
        (&ABSENT.to_uppercase(), format!("Invalid keyId '{}'", ABSENT.to_uppercase())),
        (&kms.arn("key/xyz"), "Invalid keyId 'xyz'".to_owned()),
        ("arn:aws:kms:eu-west-1:111122223333:key/xyz", "Invalid arn eu-west-1".to_owned()),
        ("arn:aws:s3:::bucket", "Invalid arn arn:aws:s3:::bucket".to_owned()),
        ("arn:", "Invalid arn arn:".to_owned()),
    ];
    for example in EXAMPLES {
        for member in example.key_members() {
            for (name, message) in &cases {
                let input = with((example.input)(&kms), json!({member: name}));
                kms.refuses(example.operation, input, "NotFoundException", message);
            }
        }
    }
}

#[test]
fn a_key_of_another_region_is_not_to_be_had_here() {
    each_key_member(|kms, example, member| {
        let there = kms.in_region("eu-west-1");
        let key = there.key();
        let input = |name: &str| with((example.input)(kms), json!({member: name}));
        let message = format!("Key '{}' does not exist", kms.arn(&format!("key/{}", key.id)));
        kms.refuses(example.operation, input(&key.id), "NotFoundException", &message);
        let message = "Invalid arn eu-west-1";
        kms.refuses(example.operation, input(&key.arn), "NotFoundException", message);
    });
}

#[test]
fn another_account_learns_nothing_of_keys_and_aliases() {
    let owner = kms();
    let (key, alias) = key_and_alias(&owner);
    let stranger = owner.stranger();
    let caller = format!("arn:aws:iam::{}:root", stranger.credentials.account);
    let absent_key = owner.arn(&format!("key/{ABSENT}"));
    for example in EXAMPLES {
        for member in example.key_members() {
            let action = action(example.operation, member);
            // In AWS's words, and the same whether the key is there or not.
            let message = format!(
                "User: {caller} is not authorized to perform: {action} on this resource because \
                 the resource does not exist in this Region, no resource-based policies allow \
                 access, or a resource-based policy explicitly denies access"
            );
            let mut names = vec![key.arn.clone(), absent_key.clone()];
            if example.takes_aliases() {
                names.extend([owner.arn(&alias), owner.arn("alias/absent")]);
            }
            for name in names {
                let input = with((example.input)(&stranger), json!({member: name}));
                let (outcome, record) = stranger.call_recorded(example.operation, input);
                let refusal = outcome.expect_err("a stranger is refused");
                assert_eq!((refusal.status, &*refusal.code), (400, "AccessDeniedException"));
                assert_eq!(refusal.message, message);
                assert_eq!(record["errorCode"], "AccessDenied");
                assert!(!record["resources"].to_string().contains(&key.arn), "{record}");
            }
        }
    }
}

#[test]
fn a_denial_spells_message_with_a_capital_and_a_refusal_of_kms_without() {
    let owner = kms();
    let key = owner.key();
    let stranger = owner.stranger();
    let body = |client: &Client, name: &str| {
        let input = json!({"KeyId": name}).to_string();
        client.send(&client.signed("DescribeKey", input)).json()
    };
    assert!(body(&stranger, &key.arn).get("Message").is_some());
    assert!(body(&stranger, "xyz").get("message").is_some());
}

/// Runs a test for each operation and each of its members that name keys.
fn each_key_member(test: impl Fn(&Client, &Example, &'static str)) {
    let kms = kms();
    for example in EXAMPLES {
        for member in example.key_members() {
            test(&kms, example, member);
        }
    }
}

/// A key that the operation succeeds with as `member`, and the rest of the input.
fn usable<'a>(
    kms: &'a Client,
    example: &'a Example,
    member: &str,
) -> (Key, impl Fn() -> Value + 'a) {
    let key = fresh(kms, example.operation);
    let (member, own) = (member.to_owned(), key.clone());
    let input = move || {
        let own = of_key(kms, example.operation, &member, &own);
        with((example.input)(kms), own)
    };
    (key, input)
}

#[test]
fn some_operations_are_for_the_account_of_the_key_whatever_its_policy_says() {
    let owner = kms();
    let stranger = owner.stranger();
    let caller = format!("arn:aws:iam::{}:root", stranger.credentials.account);
    let everybody = json!({
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
        ]
    });
    for example in EXAMPLES.iter().filter(|example| example.has("KeyId")) {
        let crosses = example.is_cryptographic()
            || matches!(
                example.operation,
                "CreateGrant"
                    | "DescribeKey"
                    | "GetKeyRotationStatus"
                    | "GetPublicKey"
                    | "ListGrants"
                    | "RetireGrant"
                    | "RevokeGrant"
            );
        if crosses {
            continue;
        }
        let (key, input) = usable(&owner, example, "KeyId");
        let policy = everybody.to_string();
        owner.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": policy}));
        let action = action(example.operation, "KeyId");
        let message = format!(
            "User: {caller} is not authorized to perform: {action} on this resource because the \
             resource does not exist in this Region, no resource-based policies allow access, or \
             a resource-based policy explicitly denies access"
        );
        let input = with(input(), json!({"KeyId": key.arn}));
        stranger.refuses(example.operation, input, "AccessDeniedException", &message);
    }
}
