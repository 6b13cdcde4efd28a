//! What grants allow: their operations, under their constraints, for as long as there are grants.

use serde_json::{Value, json};

use crate::kit::{Client, Key, encode, kms, with};

use super::{
    EXAMPLES, action,
    create_grant::{Made, make, principal},
    keys::{fresh, of_key},
    put_key_policy::{owner, policy},
};

/// What another account is told that may not.
fn denied(kms: &Client, action: &str) -> String {
    format!(
        "User: {} is not authorized to perform: {action} on this resource because the resource \
         does not exist in this Region, no resource-based policies allow access, or a \
         resource-based policy explicitly denies access",
        principal(kms)
    )
}

#[track_caller]
fn refuses(kms: &Client, operation: &str, input: Value) {
    let text = denied(kms, &format!("kms:{operation}"));
    kms.refuses(operation, input, "AccessDeniedException", &text);
}

#[track_caller]
fn grant(by: &Client, key: &Key, to: &Client, operations: Value, constraints: Value) -> Made {
    let input = json!({
        "GranteePrincipal": principal(to),
        "Operations": operations,
        "Constraints": constraints,
    });
    make(by, key, input)
}

#[track_caller]
fn revoke(by: &Client, key: &Key, made: &Made) {
    by.ok("RevokeGrant", json!({"KeyId": key.arn, "GrantId": made.id}));
}

#[test]
fn each_operation_is_allowed_by_a_grant_for_it_and_by_no_other() {
    let owner = kms();
    let stranger = owner.stranger();
    let mut count = 0;
    for example in EXAMPLES.iter().filter(|example| example.takes_aliases()) {
        for member in example.key_members() {
            let operation = example.operation;
            let action = action(operation, member);
            let name = action.strip_prefix("kms:").expect("an action");
            let key = fresh(&owner, operation);
            let own = of_key(&owner, operation, member, &key);
            let input = with((example.input)(&stranger), own);
            let input = with(input, json!({member: key.arn}));
            let text = denied(&stranger, &action);
            let refused = || {
                stranger.refuses(operation, input.clone(), "AccessDeniedException", &text);
            };
            refused();
            let other = if name == "DescribeKey" { "RetireGrant" } else { "DescribeKey" };
            grant(&owner, &key, &stranger, json!([other, "CreateGrant"]), json!(null));
            refused();
            let made = grant(&owner, &key, &stranger, json!([name]), json!(null));
            let (outcome, record) = stranger.call_recorded(operation, input.clone());
            outcome.unwrap_or_else(|refusal| panic!("{operation} by a grant: {refusal:?}"));
            assert_eq!(record["additionalEventData"]["grantId"], made.id, "{record}");
            stranger.ok(operation, with(input.clone(), json!({"GrantTokens": [made.token]})));
            revoke(&owner, &key, &made);
            refused();
            count += 1;
        }
    }
    assert_eq!(count, 17);
}

#[test]
fn a_grant_is_for_its_grantee_and_its_key() {
    let owner = kms();
    let stranger = owner.stranger();
    let (key, other) = (owner.key(), owner.key());
    let made = grant(&owner, &key, &owner, json!(["Encrypt"]), json!(null));
    let user = stranger.new_user().arn;
    make(&owner, &key, json!({"GranteePrincipal": user, "Operations": ["Encrypt"]}));
    let input = json!({"KeyId": key.arn, "Plaintext": encode("x")});
    refuses(&stranger, "Encrypt", input.clone());
    // Whoever has a token has no more than without it.
    refuses(&stranger, "Encrypt", with(input.clone(), json!({"GrantTokens": [made.token]})));
    grant(&owner, &key, &stranger, json!(["Encrypt"]), json!(null));
    stranger.ok("Encrypt", input.clone());
    refuses(&stranger, "Encrypt", with(input, json!({"KeyId": other.arn})));
}

#[test]
fn constraints_are_about_the_encryption_context() {
    let owner = kms();
    let stranger = owner.stranger();
    let contexts = [
        json!({}),
        json!({"a": "1"}),
        json!({"A": "1"}),
        json!({"a": "2"}),
        json!({"a": "1", "b": "2"}),
        json!({"a": "1", "b": "2", "c": "3"}),
        json!({"b": "2"}),
    ];
    for (constraints, allowed) in [
        (json!({}), [true; 7]),
        (
            json!({"EncryptionContextSubset": {"a": "1"}}),
            [false, true, true, false, true, true, false],
        ),
        (
            json!({"EncryptionContextEquals": {"a": "1"}}),
            [false, true, true, false, false, false, false],
        ),
        (
            json!({"EncryptionContextEquals": {"B": "2", "a": "1"}}),
            [false, false, false, false, true, false, false],
        ),
        (json!({"SourceArn": "arn:aws:s3:us-east-1:111122223333:x"}), [false; 7]),
    ] {
        let key = owner.key();
        let operations = json!(["Encrypt", "Decrypt", "DescribeKey"]);
        grant(&owner, &key, &stranger, operations, constraints.clone());
        for (context, is_allowed) in contexts.iter().zip(allowed) {
            let input = json!({
                "KeyId": key.arn,
                "Plaintext": encode("x"),
                "EncryptionContext": context,
            });
            let made = owner.ok("Encrypt", input.clone());
            let blob = json!({
                "CiphertextBlob": made["CiphertextBlob"],
                "EncryptionContext": context,
            });
            if is_allowed {
                stranger.ok("Encrypt", input);
                stranger.ok("Decrypt", blob);
            } else {
                refuses(&stranger, "Encrypt", input);
                let refusal = stranger.call("Decrypt", blob).expect_err("it is refused");
                assert_eq!(refusal.code, "AccessDeniedException");
                assert!(refusal.message.starts_with("The ciphertext refers to"), "{refusal:?}");
            }
        }
        // Operations without an encryption context have none to be looked at.
        if constraints.get("SourceArn").is_none() {
            stranger.ok("DescribeKey", json!({"KeyId": key.arn}));
        } else {
            refuses(&stranger, "DescribeKey", json!({"KeyId": key.arn}));
        }
    }
}

#[test]
fn a_denial_in_the_key_policy_goes_before_all_grants() {
    let kms = kms();
    let stranger = kms.stranger();
    let key = kms.key();
    grant(&kms, &key, &stranger, json!(["Encrypt", "DescribeKey"]), json!(null));
    let input = json!({"KeyId": key.arn, "Plaintext": encode("x")});
    stranger.ok("Encrypt", input.clone());
    let deny = json!({
        "Effect": "Deny",
        "Principal": {"AWS": stranger.credentials.account},
        "Action": "kms:Encrypt",
        "Resource": "*",
    });
    let text = policy(json!([owner(&kms), deny]));
    kms.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": text}));
    refuses(&stranger, "Encrypt", input);
    stranger.ok("DescribeKey", json!({"KeyId": key.arn}));
}

#[test]
fn a_grant_made_by_a_grant_gives_on_no_more_than_that() {
    let owner = kms();
    let stranger = owner.stranger();
    let key = owner.key();
    let subset = |pairs: Value| json!({"EncryptionContextSubset": pairs});
    let operations = json!(["Encrypt", "CreateGrant", "RetireGrant"]);
    let parent = grant(&owner, &key, &stranger, operations, subset(json!({"a": "1"})));
    let another = stranger.new_user().arn;
    let child = |operations: Value, constraints: Value| {
        json!({
            "KeyId": key.arn,
            "GranteePrincipal": another,
            "Operations": operations,
            "Constraints": constraints,
        })
    };
    for (operations, constraints) in [
        (json!(["Encrypt"]), json!(null)),
        (json!(["Encrypt"]), subset(json!({"b": "2"}))),
        (json!(["Encrypt"]), subset(json!({"a": "2"}))),
        (json!(["Encrypt"]), json!({"EncryptionContextEquals": {"b": "2"}})),
        (json!(["Encrypt", "Decrypt"]), subset(json!({"a": "1"}))),
        (json!(["DescribeKey"]), subset(json!({"a": "1"}))),
    ] {
        refuses(&stranger, "CreateGrant", child(operations, constraints));
    }
    let dry = with(child(json!(["Encrypt"]), subset(json!({"a": "1"}))), json!({"DryRun": true}));
    let message = "The request would have succeeded, but the DryRun option is set.";
    stranger.refuses("CreateGrant", dry, "DryRunOperationException", message);
    for (operations, constraints) in [
        (json!(["Encrypt"]), subset(json!({"a": "1"}))),
        (json!(["CreateGrant", "Encrypt", "RetireGrant"]), subset(json!({"a": "1", "b": "2"}))),
        (json!(["Encrypt"]), json!({"EncryptionContextEquals": {"A": "1"}})),
    ] {
        let (made, record) = stranger.call_recorded("CreateGrant", child(operations, constraints));
        let id = made.expect("it is no wider")["GrantId"].take();
        assert_eq!(record["additionalEventData"]["grantId"], parent.id);
        let mut listed = owner.ok("ListGrants", json!({"KeyId": key.id, "GrantId": id}));
        let entry = listed["Grants"][0].take();
        assert_eq!(entry["IssuingAccount"], principal(&stranger));
        // The account that made it may retire it, and the key's owner revoke it.
        stranger.ok("RetireGrant", json!({"KeyId": key.arn, "GrantId": id}));
    }
    revoke(&owner, &key, &parent);
    refuses(&stranger, "CreateGrant", child(json!(["Encrypt"]), subset(json!({"a": "1"}))));
}

#[test]
fn two_grants_together_give_on_no_more_than_each() {
    let owner = kms();
    let stranger = owner.stranger();
    let key = owner.key();
    grant(&owner, &key, &stranger, json!(["Encrypt", "CreateGrant"]), json!(null));
    grant(&owner, &key, &stranger, json!(["Decrypt"]), json!(null));
    let input = json!({
        "KeyId": key.arn,
        "GranteePrincipal": principal(&owner),
        "Operations": ["Encrypt", "Decrypt"],
    });
    refuses(&stranger, "CreateGrant", input.clone());
    grant(&owner, &key, &stranger, json!(["Decrypt", "Encrypt", "CreateGrant"]), json!(null));
    stranger.ok("CreateGrant", input);
}

#[test]
fn a_grant_lets_nobody_do_what_no_grant_can_allow() {
    let owner = kms();
    let stranger = owner.stranger();
    let key = owner.key();
    let all = json!([
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
        "CreateGrant",
        "RetireGrant",
        "DescribeKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
    ]);
    let made = grant(&owner, &key, &stranger, all, json!(null));
    for operation in ["DisableKey", "ListGrants", "GetKeyPolicy", "ListResourceTags"] {
        refuses(&stranger, operation, json!({"KeyId": key.arn}));
    }
    let input = json!({"KeyId": key.arn, "GrantId": made.id});
    refuses(&stranger, "RevokeGrant", input);
    refuses(&stranger, "TagResource", json!({"KeyId": key.arn, "Tags": []}));
}

#[test]
fn a_grant_is_there_whatever_the_key_is_in_for() {
    let owner = kms();
    let stranger = owner.stranger();
    let key = owner.key();
    let made = grant(&owner, &key, &stranger, json!(["Encrypt", "DescribeKey"]), json!(null));
    owner.ok("DisableKey", json!({"KeyId": key.id}));
    let input = json!({"KeyId": key.arn, "Plaintext": encode("x")});
    let message = format!("{} is disabled.", key.arn);
    stranger.refuses("Encrypt", input.clone(), "DisabledException", &message);
    stranger.ok("DescribeKey", json!({"KeyId": key.arn}));
    owner.ok("EnableKey", json!({"KeyId": key.id}));
    stranger.ok("Encrypt", input.clone());
    owner.ok("DisableKey", json!({"KeyId": key.id}));
    revoke(&owner, &key, &made);
    refuses(&stranger, "Encrypt", input);
}
