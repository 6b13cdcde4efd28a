//! Key policies.

use serde_json::json;

use crate::kit::{allow, kms, with};

use super::{
    HIDDEN, beginner, boundary, encrypts, no, no_keys, plain, put, refused, refused_here, says,
    session, shared,
};

#[test]
fn a_key_policy_that_names_a_user_alone_leaves_out_all_other_policies() {
    let kms = kms();
    let (named, other) = (kms.new_user(), kms.user_with(json!([allow("kms:*")])));
    let key = kms.key();
    encrypts(&other.client, &key);
    put(&kms, &key, json!([says("Allow", &named.arn, "kms:Encrypt")]));
    encrypts(&named.client, &key);
    refused_here(&other.client, &other.arn, &key, &no("resource-based policy"));
    let root = format!("arn:aws:iam::{}:root", kms.credentials.account);
    refused_here(&kms, &root, &key, &no("resource-based policy"));
}

#[test]
fn a_role_that_a_key_policy_names_needs_no_identity_policy() {
    let kms = kms();
    let (role, beginner) = (kms.new_role(), beginner(&kms));
    let key = shared(&kms, &[says("Allow", &role.arn, "kms:Encrypt")]);
    encrypts(&session(&beginner, &role, "one", None).0, &key);
    let other = kms.new_role();
    let (client, arn) = session(&beginner, &other, "one", None);
    refused_here(&client, &arn, &key, &no("identity-based policy"));
}

#[test]
fn a_session_policy_limits_what_its_role_has_but_not_what_itself_has() {
    let kms = kms();
    let (role, beginner) = (kms.new_role(), beginner(&kms));
    let (limited, arn) = session(&beginner, &role, "limited", no_keys());
    let key = shared(&kms, &[says("Allow", &role.arn, "kms:Encrypt")]);
    refused_here(&limited, &arn, &key, &no("session policy"));
    let key = shared(&kms, &[says("Allow", &arn, "kms:Encrypt")]);
    encrypts(&limited, &key);
    let (sibling, arn) = session(&beginner, &role, "sibling", None);
    refused_here(&sibling, &arn, &key, &no("identity-based policy"));
}

#[test]
fn a_boundary_limits_what_a_user_has_by_his_own_policies_but_not_what_himself_has() {
    let kms = kms();
    let user = kms.user_with(json!([allow("kms:*")]));
    let boundary = boundary(&kms);
    let form = [("UserName", &*user.name), ("PermissionsBoundary", &*boundary)];
    kms.iam().ok("PutUserPermissionsBoundary", &form);
    refused_here(&user.client, &user.arn, &kms.key(), &no("permissions boundary"));
    encrypts(&user.client, &shared(&kms, &[says("Allow", &user.arn, "kms:Encrypt")]));
}

#[test]
fn a_role_is_limited_by_its_boundary_even_where_a_key_policy_names_it() {
    let kms = kms();
    let (role, beginner, boundary) = (kms.new_role(), beginner(&kms), boundary(&kms));
    let form = [("RoleName", &*role.name), ("PermissionsBoundary", &*boundary)];
    kms.iam().ok("PutRolePermissionsBoundary", &form);
    let (client, arn) = session(&beginner, &role, "one", None);
    let key = shared(&kms, &[says("Allow", &role.arn, "kms:Encrypt")]);
    refused_here(&client, &arn, &key, &no("permissions boundary"));
    encrypts(&client, &shared(&kms, &[says("Allow", &arn, "kms:Encrypt")]));
}

#[test]
fn a_grant_needs_no_identity_policy_and_gives_way_to_a_denial() {
    let kms = kms();
    let (user, key) = (kms.new_user(), kms.key());
    refused_here(&user.client, &user.arn, &key, &no("identity-based policy"));
    let grant = json!({
        "KeyId": key.id,
        "GranteePrincipal": user.arn,
        "Operations": ["Encrypt"],
    });
    kms.ok("CreateGrant", grant);
    encrypts(&user.client, &key);
    let deny = json!({"Effect": "Deny", "Action": "kms:Encrypt", "Resource": key.arn});
    kms.iam().put_user_policy(&user.name, json!([allow("kms:*"), deny]));
    let why = "with an explicit deny in an identity-based policy";
    refused_here(&user.client, &user.arn, &key, why);
}

#[test]
fn a_user_of_another_account_needs_both_policies() {
    let kms = kms();
    let there = kms.stranger();
    let (without, with) = (there.new_user(), there.user_with(json!([allow("kms:Encrypt")])));
    let key = kms.key();
    refused(&without.client, &without.arn, &key, HIDDEN);
    refused(&with.client, &with.arn, &key, HIDDEN);
    let why = format!("on this resource {}", no("identity-based policy"));
    for named in [&without.arn, &with.arn, &there.credentials.account] {
        let key = shared(&kms, &[says("Allow", named, "kms:Encrypt")]);
        match *named == with.arn || *named == there.credentials.account {
            true => encrypts(&with.client, &key),
            false => refused(&with.client, &with.arn, &key, HIDDEN),
        }
        match *named == without.arn || *named == there.credentials.account {
            true => refused(&without.client, &without.arn, &key, &why),
            false => refused(&without.client, &without.arn, &key, HIDDEN),
        }
    }
    let key = shared(&kms, &[says("Allow", &with.arn, "kms:*"), says("Deny", &with.arn, "kms:*")]);
    refused(&with.client, &with.arn, &key, HIDDEN);
}

#[test]
fn all_of_no_encryption_context_is_in_any_list() {
    let kms = kms();
    let user = kms.new_user();
    let mut statement = says("Allow", &user.arn, "kms:Encrypt");
    statement["Condition"] =
        json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["Team"]}});
    let key = shared(&kms, &[statement]);
    encrypts(&user.client, &key);
    let with_context = |pairs| with(plain(&key), json!({"EncryptionContext": pairs}));
    user.client.ok("Encrypt", with_context(json!({"Team": "blue"})));
    let refusal = user.client.call("Encrypt", with_context(json!({"Other": "x"})));
    assert_eq!(refusal.expect_err("it has another key").code, "AccessDeniedException");
}

#[test]
fn a_condition_on_the_alias_looks_at_how_the_key_was_named() {
    let kms = kms();
    let (user, key) = (kms.new_user(), kms.key());
    let (alias, other) = (kms.alias(&key), kms.alias(&key));
    let owner = says("Allow", &kms.credentials.account, "kms:*");
    let mut statement = says("Allow", &user.arn, "kms:Decrypt");
    statement["Condition"] = json!({"StringEquals": {"kms:RequestAlias": alias}});
    put(&kms, &key, json!([owner, statement]));
    let blob = kms.encrypt(&key, "x");
    let decrypt =
        |name: &str| user.client.call("Decrypt", json!({"CiphertextBlob": blob, "KeyId": name}));
    decrypt(&alias).expect("it was named so");
    for name in [&other, &key.id, &key.arn] {
        let refusal = decrypt(name).expect_err("it was named otherwise");
        assert_eq!(refusal.code, "AccessDeniedException", "{name}");
    }
    kms.ok("DeleteAlias", json!({"AliasName": alias}));
    assert_eq!(decrypt(&alias).expect_err("it is gone").code, "NotFoundException");
}

#[test]
fn who_is_called_like_somebody_who_is_gone_has_nothing_of_his() {
    let kms = kms();
    let (first, key) = (kms.new_user(), kms.key());
    let owner = says("Allow", &kms.credentials.account, "kms:*");
    put(&kms, &key, json!([owner, says("Allow", &first.arn, "kms:Encrypt")]));
    let granted = kms.key();
    let grant = json!({"GranteePrincipal": first.arn, "Operations": ["Encrypt"]});
    kms.ok("CreateGrant", with(grant, json!({"KeyId": granted.id})));
    encrypts(&first.client, &key);
    encrypts(&first.client, &granted);
    let iam = kms.iam();
    // Who is renamed keeps what is his.
    let name = format!("{}-renamed", first.name);
    iam.ok("UpdateUser", &[("UserName", &first.name), ("NewUserName", &name)]);
    encrypts(&first.client, &key);
    encrypts(&first.client, &granted);
    let shown = kms.ok("GetKeyPolicy", json!({"KeyId": key.id}))["Policy"].take();
    let shown = shown.as_str().expect("a text").to_owned();
    assert!(shown.contains(&format!("user/{name}\"")), "{shown}");
    let listed = kms.ok("ListGrants", json!({"KeyId": granted.id}))["Grants"].take();
    assert_eq!(listed[0]["GranteePrincipal"], first.arn.replace(&first.name, &name));
    // Another who has the old name has nothing.
    iam.ok("CreateUser", &[("UserName", &first.name)]);
    let second = kms.as_caller(iam.new_access_key(&first.name));
    refused_here(&second, &first.arn, &key, &no("identity-based policy"));
    refused_here(&second, &first.arn, &granted, &no("identity-based policy"));
    let access_key = &first.client.credentials.access_key_id;
    iam.ok("DeleteAccessKey", &[("UserName", &name), ("AccessKeyId", access_key)]);
    iam.ok("DeleteUser", &[("UserName", &name)]);
    let shown = kms.ok("GetKeyPolicy", json!({"KeyId": key.id}))["Policy"].take();
    assert!(shown.as_str().expect("a text").contains(&format!("\"{}\"", first.id)), "{shown}");
    let listed = kms.ok("ListGrants", json!({"KeyId": granted.id}))["Grants"].take();
    assert_eq!(listed[0]["GranteePrincipal"], first.id);
    refused_here(&second, &first.arn, &key, &no("identity-based policy"));
}
