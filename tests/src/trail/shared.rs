//! Records of what one account does with another's keys and roles: one in each account.

use serde_json::{Value, json};

use crate::kit::{Answer, Client, Key, kms, policy, unique};

/// A key of the owner's that another account may use for everything.
fn shared(owner: &Client, other: &Client) -> Key {
    let key = owner.key();
    let accounts = [&owner.credentials.account, &other.credentials.account];
    let statements = accounts.map(|account| {
        json!({
            "Effect": "Allow",
            "Principal": {"AWS": account},
            "Action": "kms:*",
            "Resource": "*",
        })
    });
    let text = policy(json!(statements));
    owner.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": text}));
    key
}

fn send(client: &Client, operation: &str, input: Value) -> Answer {
    client.send(&client.signed(operation, input.to_string()))
}

#[test]
fn the_owner_of_a_key_has_a_record_that_does_not_tell_who_has_used_it() {
    let owner = kms();
    let other = owner.stranger();
    let key = shared(&owner, &other);
    let input = json!({"KeyId": key.arn, "Plaintext": "AAAA", "EncryptionContext": {"a": "b"}});
    let answer = send(&other, "Encrypt", input);
    assert_eq!(answer.status, 200, "{answer:?}");
    let (own, others) = other.trail.records(&answer);

    let [copy] = others.as_slice() else { panic!("{others:?}") };
    let (account, theirs) = (&owner.credentials.account, &other.credentials.account);
    assert_eq!(own["recipientAccountId"], **theirs);
    assert_eq!(copy["recipientAccountId"], **account);
    let identity = json!({"type": "AWSAccount", "principalId": theirs, "accountId": theirs});
    assert_eq!(copy["userIdentity"], identity);
    // All else is the same.
    for name in ["eventName", "eventTime", "requestParameters", "resources", "readOnly"] {
        assert_eq!(copy[name], own[name], "{name}");
    }
    assert_eq!(copy["additionalEventData"], own["additionalEventData"]);
    assert_eq!(copy["resources"][0]["ARN"], *key.arn);
    assert!(copy["additionalEventData"]["keyMaterialId"].is_string(), "{copy}");
}

#[test]
fn of_two_keys_each_owner_is_told_of_its_own() {
    let owner = kms();
    let other = owner.stranger();
    let (key, own) = (shared(&owner, &other), other.key());
    let ciphertext = other.encrypt(&own, "x");
    let input = json!({"CiphertextBlob": ciphertext, "DestinationKeyId": key.arn});
    let answer = send(&other, "ReEncrypt", input);
    assert_eq!(answer.status, 200, "{answer:?}");
    let (record, others) = other.trail.records(&answer);
    assert_eq!(record["resources"].as_array().map(Vec::len), Some(2), "{record}");
    assert_eq!(others.len(), 1);
    assert_eq!(others[0]["resources"].as_array().map(Vec::len), Some(1));
    assert_eq!(others[0]["resources"][0]["ARN"], *key.arn);
}

#[test]
fn a_change_is_recorded_in_both_accounts() {
    let owner = kms();
    let other = owner.stranger();
    let key = shared(&owner, &other);
    let grantee = format!("arn:aws:iam::{}:root", other.credentials.account);
    let input = json!({
        "KeyId": key.arn, "GranteePrincipal": grantee, "Operations": ["Encrypt"],
    });
    let answer = send(&other, "CreateGrant", input);
    assert_eq!(answer.status, 200, "{answer:?}");
    let (own, others) = other.trail.records(&answer);
    assert_eq!(others.len(), 1);
    assert_eq!(others[0]["responseElements"], own["responseElements"]);
    assert!(own["responseElements"]["grantId"].is_string());
}

#[test]
fn a_denial_stays_in_the_callers_account_and_another_failure_does_not() {
    let owner = kms();
    let other = owner.stranger();
    let hidden = owner.key();
    let denied = send(&other, "Encrypt", json!({"KeyId": hidden.arn, "Plaintext": "AAAA"}));
    let (own, others) = other.trail.records(&denied);
    assert_eq!((&own["errorCode"], others.len()), (&json!("AccessDenied"), 0));

    let key = shared(&owner, &other);
    owner.ok("DisableKey", json!({"KeyId": key.id}));
    let failed = send(&other, "Encrypt", json!({"KeyId": key.arn, "Plaintext": "AAAA"}));
    let (own, others) = other.trail.records(&failed);
    assert_eq!(own["errorCode"], "DisabledException");
    assert_eq!(others.len(), 1);
    assert_eq!(others[0]["errorCode"], "DisabledException");
}

#[test]
fn the_owner_of_a_role_is_told_that_it_was_assumed() {
    let owner = kms();
    let other = owner.stranger();
    let user = other.user_with(json!([crate::kit::allow("sts:AssumeRole")]));
    let name = unique("role");
    let trust = policy(json!({
        "Effect": "Allow",
        "Principal": {"AWS": other.credentials.account},
        "Action": "sts:AssumeRole",
    }));
    let form = [("RoleName", &*name), ("AssumeRolePolicyDocument", &*trust)];
    let arn = owner.iam().ok("CreateRole", &form).text("Role.Arn").to_owned();
    let sts = user.client.sts();
    let answer = user
        .client
        .send(&sts.signed("AssumeRole", &[("RoleArn", &*arn), ("RoleSessionName", "across")]));
    assert_eq!(answer.status, 200, "{answer:?}");
    let (own, others) = owner.trail.records(&answer);
    let [copy] = others.as_slice() else { panic!("{others:?}") };
    assert_eq!(own["userIdentity"]["type"], "IAMUser");
    assert_eq!(copy["recipientAccountId"], *owner.credentials.account);
    assert_eq!(copy["userIdentity"]["principalId"], own["userIdentity"]["principalId"]);
    assert!(copy["userIdentity"]["arn"].is_null() && copy["userIdentity"]["userName"].is_null());
    assert_eq!(copy["resources"][0]["ARN"], *arn);
}
