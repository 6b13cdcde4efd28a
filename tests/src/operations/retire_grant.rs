//! `RetireGrant`: who may, and how the grant is named.

use serde_json::{Value, json};

use crate::kit::{Client, Key, kms, with};

use super::{
    create_grant::{Made, grant_of, make, principal},
    put_key_policy::{owner, policy},
};

pub(super) fn example(kms: &Client) -> Value {
    let key = kms.key();
    json!({"KeyId": key.id, "GrantId": grant_of(kms, &key, kms).id})
}

fn by_id(key: &Key, made: &Made) -> Value {
    json!({"KeyId": key.arn, "GrantId": made.id})
}

/// What another account is told that may not.
fn denied(kms: &Client) -> String {
    format!(
        "User: {} is not authorized to perform: kms:RetireGrant on this resource because the \
         resource does not exist in this Region, no resource-based policies allow access, or a \
         resource-based policy explicitly denies access",
        principal(kms)
    )
}

#[test]
fn the_retiring_principal_the_grantee_if_it_says_so_and_the_issuer_may() {
    let owner = kms();
    let stranger = owner.stranger();
    let key = owner.key();
    let to = |grantee: &Client, retiring: Value, operations: Value| {
        let grantee = principal(grantee);
        make(
            &owner,
            &key,
            json!({
                "GranteePrincipal": grantee,
                "RetiringPrincipal": retiring,
                "Operations": operations,
            }),
        )
    };
    let theirs = json!(principal(&stranger));
    for made in [
        to(&owner, theirs.clone(), json!(["Decrypt"])),
        to(&stranger, json!(null), json!(["Decrypt", "RetireGrant"])),
        to(&stranger, theirs, json!(["Decrypt"])),
    ] {
        stranger.ok("RetireGrant", with(by_id(&key, &made), json!({"DryRun": null})));
        let message = format!("Grant ID {} not found", made.id);
        owner.refuses("RetireGrant", by_id(&key, &made), "NotFoundException", &message);
    }
    let made = to(&stranger, json!(null), json!(["Decrypt"]));
    let text = denied(&stranger);
    stranger.refuses("RetireGrant", by_id(&key, &made), "AccessDeniedException", &text);
    let token = json!({"GrantToken": made.token});
    stranger.refuses("RetireGrant", token.clone(), "AccessDeniedException", &text);
    let (outcome, record) = owner.call_recorded("RetireGrant", token);
    assert_eq!(outcome.expect("its issuer retires it"), Value::Null);
    assert!(record["requestParameters"].is_null(), "{record}");
    assert_eq!(record["responseElements"], json!({"keyId": key.arn}));
    assert_eq!(record["additionalEventData"]["grantId"], made.id);
}

#[test]
fn a_policy_can_deny_it_but_not_allow_it() {
    let kms = kms();
    let stranger = kms.stranger();
    let key = kms.key();
    let put = |effect: &str| {
        let statement = json!({
            "Effect": effect,
            "Principal": {"AWS": stranger.credentials.account},
            "Action": "kms:RetireGrant",
            "Resource": "*",
        });
        let text = policy(json!([owner(&kms), statement]));
        kms.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": text}));
    };
    let made = make(
        &kms,
        &key,
        json!({"GranteePrincipal": principal(&stranger), "Operations": ["Decrypt"]}),
    );
    put("Allow");
    let text = denied(&stranger);
    stranger.refuses("RetireGrant", by_id(&key, &made), "AccessDeniedException", &text);
    put("Deny");
    let made = grant_of(&kms, &key, &stranger);
    stranger.refuses("RetireGrant", by_id(&key, &made), "AccessDeniedException", &text);
    kms.ok("RetireGrant", by_id(&key, &made));
}

#[test]
fn a_grant_is_named_by_its_token_or_by_its_key_and_id() {
    let kms = kms();
    let key = kms.key();
    let made = grant_of(&kms, &key, &kms);
    let message = "Grant token OR (grant ID, key ID) must be specified";
    for input in [
        json!({}),
        json!({"KeyId": key.id}),
        json!({"GrantId": made.id}),
        with(by_id(&key, &made), json!({"GrantToken": made.token})),
    ] {
        kms.refuses("RetireGrant", input, "ValidationException", message);
    }
    let there = kms.in_region("eu-west-1");
    there.refuses(
        "RetireGrant",
        json!({"GrantToken": made.token}),
        "InvalidGrantTokenException",
        "",
    );
    for token in ["x", &made.token[1..], &made.id] {
        kms.refuses("RetireGrant", json!({"GrantToken": token}), "InvalidGrantTokenException", "");
    }
    let wrong = json!({"KeyId": key.id, "GrantId": "x"});
    kms.refuses("RetireGrant", wrong, "InvalidGrantIdException", "");
    let dry = json!({"GrantToken": made.token, "DryRun": true});
    let message = "The request would have succeeded, but the DryRun option is set.";
    kms.refuses("RetireGrant", dry, "DryRunOperationException", message);
    kms.ok("RetireGrant", json!({"GrantToken": made.token}));
    kms.refuses("RetireGrant", json!({"GrantToken": made.token}), "InvalidGrantTokenException", "");
}
