//! Which policies limit what a grant allows: a row for each kind of grantee and each issuer.

use serde_json::{Value, json};

use crate::kit::{Client, Key, allow, kms, policy};

use super::{HIDDEN, beginner, boundary, encrypts, no, no_keys, refused, refused_here, session};

#[track_caller]
fn grant(by: &Client, key: &Key, to: &str) {
    let input = json!({"KeyId": key.arn, "GranteePrincipal": to, "Operations": ["Encrypt"]});
    by.ok("CreateGrant", input);
}

/// The text for another account's caller whose own policies of that kind lack it.
fn not_here(kind: &str) -> String {
    format!("on this resource {}", no(kind))
}

#[test]
fn a_user_a_session_and_a_federated_user_need_nothing_else_in_their_own_account() {
    let kms = kms();
    let user = kms.new_user();
    let boundary = boundary(&kms);
    let form = [("UserName", &*user.name), ("PermissionsBoundary", &*boundary)];
    kms.iam().ok("PutUserPermissionsBoundary", &form);
    let key = kms.key();
    grant(&kms, &key, &user.arn);
    encrypts(&user.client, &key);
    // A session that there is not yet.
    let (role, beginner) = (kms.new_role(), beginner(&kms));
    let form = [("RoleName", &*role.name), ("PermissionsBoundary", &*boundary)];
    kms.iam().ok("PutRolePermissionsBoundary", &form);
    let account = &kms.credentials.account;
    grant(&kms, &key, &format!("arn:aws:sts::{account}:assumed-role/{}/target", role.name));
    encrypts(&session(&beginner, &role, "target", no_keys()).0, &key);
    let deny = json!({"Effect": "Deny", "Action": "kms:*", "Resource": "*"});
    let (denied, arn) = session(&beginner, &role, "target", Some(json!([deny])));
    refused_here(&denied, &arn, &key, "with an explicit deny in a session policy");
    let (sibling, arn) = session(&beginner, &role, "sibling", None);
    refused_here(&sibling, &arn, &key, &no("identity-based policy"));
    // A federated user, whose session policy lets him do nothing with keys.
    grant(&kms, &key, &format!("arn:aws:sts::{account}:federated-user/guest"));
    let limit = policy(json!([allow("s3:*")]));
    let guest = |name: &str| {
        let form = [("Name", name), ("Policy", &*limit)];
        let made = beginner.client.sts().ok("GetFederationToken", &form);
        beginner.client.as_caller(crate::kit::session_of(account, &made))
    };
    encrypts(&guest("guest"), &key);
    let arn = format!("arn:aws:sts::{account}:federated-user/other");
    refused_here(&guest("other"), &arn, &key, &no("identity-based policy"));
}

#[test]
fn a_role_is_limited_by_its_sessions_and_its_boundary() {
    let kms = kms();
    let (role, beginner, key) = (kms.new_role(), beginner(&kms), kms.key());
    grant(&kms, &key, &role.arn);
    encrypts(&session(&beginner, &role, "one", None).0, &key);
    let (limited, arn) = session(&beginner, &role, "one", no_keys());
    refused_here(&limited, &arn, &key, &no("session policy"));
    let boundary = boundary(&kms);
    let form = [("RoleName", &*role.name), ("PermissionsBoundary", &*boundary)];
    kms.iam().ok("PutRolePermissionsBoundary", &form);
    let (bounded, arn) = session(&beginner, &role, "one", None);
    refused_here(&bounded, &arn, &key, &no("permissions boundary"));
}

#[test]
fn who_has_a_grant_of_another_account_needs_his_own_policies_too() {
    let kms = kms();
    let there = kms.stranger();
    let (role, beginner, key) = (there.new_role(), beginner(&there), kms.key());
    let user = there.new_user();
    let account = &there.credentials.account;
    refused(&user.client, &user.arn, &key, HIDDEN);
    grant(&kms, &key, &user.arn);
    refused(&user.client, &user.arn, &key, &not_here("identity-based policy"));
    there.iam().put_user_policy(&user.name, json!([allow("kms:Encrypt")]));
    encrypts(&user.client, &key);
    let by_session = kms.key();
    let target = format!("arn:aws:sts::{account}:assumed-role/{}/target", role.name);
    grant(&kms, &by_session, &target);
    grant(&kms, &key, &role.arn);
    let begin = |limit: Option<Value>| session(&beginner, &role, "target", limit).0;
    for key in [&key, &by_session] {
        refused(&begin(None), &target, key, &not_here("identity-based policy"));
    }
    there.put_role_policy(&role, json!([allow("kms:Encrypt")]));
    for key in [&key, &by_session] {
        encrypts(&begin(None), key);
        refused(&begin(no_keys()), &target, key, &not_here("session policy"));
    }
}

#[test]
fn a_grant_of_the_callers_own_account_stands_for_its_own_policies() {
    let kms = kms();
    let there = kms.stranger();
    let (role, beginner) = (there.new_role(), beginner(&there));
    let account = &there.credentials.account;
    let target = format!("arn:aws:sts::{account}:assumed-role/{}/target", role.name);
    let begin = |limit: Option<Value>| session(&beginner, &role, "target", limit).0;
    let trusted = || {
        let key = kms.key();
        let input = json!({
            "KeyId": key.id,
            "GranteePrincipal": format!("arn:aws:iam::{account}:root"),
            "Operations": ["CreateGrant", "Encrypt"],
        });
        kms.ok("CreateGrant", input);
        key
    };
    let key = trusted();
    grant(&there, &key, &role.arn);
    encrypts(&begin(None), &key);
    refused(&begin(no_keys()), &target, &key, &not_here("session policy"));
    let key = trusted();
    grant(&there, &key, &target);
    encrypts(&begin(None), &key);
    encrypts(&begin(no_keys()), &key);
}
