//! Whom policies and grants mean: such as are there, by their ids, whatever they are called later.

use serde_json::{Value, json};

use crate::kit::{Client, Key, Role, kms, with};

use super::{
    create_grant::{make, principal},
    put_key_policy::{owner, policy},
};

const INVALID: &str = "Policy contains a statement with one or more invalid principals.";
const NOWHERE: &str = "999988887777";

/// A policy that lets these encrypt, and its owner do all.
fn naming(kms: &Client, names: Value) -> String {
    let statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": names},
        "Action": "kms:Encrypt",
        "Resource": "*",
    });
    policy(json!([owner(kms), statement]))
}

#[track_caller]
fn put(kms: &Client, key: &Key, text: &str) {
    kms.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": text}));
}

#[track_caller]
fn shown(kms: &Client, key: &Key) -> String {
    let output = kms.ok("GetKeyPolicy", json!({"KeyId": key.id}));
    output["Policy"].as_str().expect("a text").to_owned()
}

#[test]
fn a_policy_names_only_such_as_are_there() {
    let kms = kms();
    let key = kms.key();
    let multi = kms.multi_region_key();
    let (user, role) = (kms.new_user(), kms.new_role());
    let account = &kms.credentials.account;
    let other = kms.stranger().new_user();
    let absent = [
        NOWHERE.to_owned(),
        format!("arn:aws:iam::{NOWHERE}:root"),
        format!("arn:aws:iam::{NOWHERE}:user/{}", user.name),
        format!("arn:aws:sts::{NOWHERE}:federated-user/guest"),
        format!("arn:aws:iam::{account}:user/nobody"),
        // Another path, another case, another kind.
        format!("arn:aws:iam::{account}:user/path/{}", user.name),
        user.arn.to_uppercase().replacen("ARN:AWS:IAM", "arn:aws:iam", 1),
        user.arn.replace(&user.name, &user.name.to_uppercase()),
        user.arn.replace(":user/", ":role/"),
        format!("arn:aws:sts::{account}:assumed-role/nobody/session"),
        format!("arn:aws:sts::{account}:assumed-role/{}/session", user.name),
        // Of another account, and of nobody.
        other.id.clone(),
        "AIDAIOSFODNN7EXAMPLE".to_owned(),
        "AROAIOSFODNN7EXAMPLE".to_owned(),
    ];
    for name in absent {
        let text = naming(&kms, json!([user.arn, name]));
        let malformed = "MalformedPolicyDocumentException";
        let input = json!({"KeyId": key.id, "Policy": text});
        kms.refuses("PutKeyPolicy", input, malformed, INVALID);
        kms.refuses("CreateKey", json!({"Policy": text}), malformed, INVALID);
        let input = json!({"KeyId": multi.id, "ReplicaRegion": "eu-west-1", "Policy": text});
        kms.refuses("ReplicateKey", input, malformed, INVALID);
    }
    let deny = json!({
        "Effect": "Deny",
        "NotPrincipal": {"AWS": [account, format!("arn:aws:iam::{account}:user/nobody")]},
        "Action": "kms:Sign",
        "Resource": "*",
    });
    let input = json!({"KeyId": key.id, "Policy": policy(json!([owner(&kms), deny]))});
    kms.refuses("PutKeyPolicy", input, "MalformedPolicyDocumentException", INVALID);
    let names = json!([
        account,
        format!("arn:aws:iam::{}:root", other.arn.split(':').nth(4).expect("its account")),
        user.arn,
        role.arn,
        other.arn,
        format!("arn:aws:sts::{account}:assumed-role/{}/session", role.name),
        format!("arn:aws:sts::{account}:federated-user/guest"),
        "*",
    ]);
    let text = naming(&kms, names);
    put(&kms, &key, &text);
    assert_eq!(shown(&kms, &key), text);
    let made = kms.ok("CreateKey", json!({"Policy": text}))["KeyMetadata"]["KeyId"].take();
    let made = Key { id: made.as_str().expect("a text").to_owned(), arn: String::new() };
    assert_eq!(shown(&kms, &made), text);
    let input = json!({"KeyId": multi.id, "ReplicaRegion": "eu-west-1", "Policy": text});
    assert_eq!(kms.ok("ReplicateKey", input)["ReplicaPolicy"], text);
    assert_eq!(shown(&kms.in_region("eu-west-1"), &multi), text);
}

#[test]
fn who_is_gone_is_shown_by_his_id_and_who_is_called_like_him_is_another() {
    let kms = kms();
    let (key, role) = (kms.key(), kms.new_role());
    let session = |name: &str| {
        let account = &kms.credentials.account;
        format!("arn:aws:sts::{account}:assumed-role/{}/{name}", role.name)
    };
    let written = |role: &str, session: &str| {
        let text = naming(&kms, json!([role, session])).replace("[\"", " [ \"");
        text.replace("\"kms:Encrypt\"", "\"kms:\\u0045ncrypt\"")
    };
    put(&kms, &key, &written(&role.arn, &session("one")));
    let by_id = written(&role.id, &format!("{}:one", role.id));
    // The name comes back, and means another.
    kms.iam().ok("DeleteRole", &[("RoleName", &role.name)]);
    assert_eq!(shown(&kms, &key), by_id);
    let again = kms.role_called(&role.name);
    assert_eq!(again.arn, role.arn);
    assert_ne!(again.id, role.id);
    assert_eq!(shown(&kms, &key), by_id);
    // What is shown of who is gone cannot be written again.
    let input = json!({"KeyId": key.id, "Policy": by_id});
    kms.refuses("PutKeyPolicy", input, "MalformedPolicyDocumentException", INVALID);
    put(&kms, &key, &written(&again.arn, &session("one")));
    assert_eq!(shown(&kms, &key), written(&again.arn, &session("one")));
    // An id is the same as the name that it has.
    put(&kms, &key, &naming(&kms, json!(again.id)));
    assert_eq!(shown(&kms, &key), naming(&kms, json!(again.arn)));
}

#[test]
fn a_name_that_is_longer_than_any_can_be_is_nobodys() {
    let kms = kms();
    let (key, account) = (kms.key(), &kms.credentials.account);
    for kind in ["user", "role"] {
        let name = format!("arn:aws:iam::{account}:{kind}/{}", "a".repeat(1500));
        let policy = naming(&kms, json!(name));
        let input = json!({"KeyId": key.id, "PolicyName": "default", "Policy": policy});
        let message = "Policy contains a statement with one or more invalid principals.";
        kms.refuses("PutKeyPolicy", input, "MalformedPolicyDocumentException", message);
    }
}

#[test]
fn a_grant_is_for_such_as_are_there() {
    let kms = kms();
    let key = kms.key();
    let user = kms.new_user();
    let account = &kms.credentials.account;
    let other = kms.stranger().new_user();
    let absent = [
        format!("arn:aws:iam::{NOWHERE}:root"),
        format!("arn:aws:sts::{NOWHERE}:federated-user/unissued"),
        format!("arn:aws:iam::{account}:user/nobody"),
        format!("arn:aws:iam::{account}:user/path/{}", user.name),
        user.arn.replace(":user/", ":role/"),
        format!("arn:aws:sts::{account}:assumed-role/{}/unissued", user.name),
    ];
    let grant = |members: Value| {
        let terms = json!({"GranteePrincipal": principal(&kms), "Operations": ["Decrypt"]});
        with(with(json!({"KeyId": key.id}), terms), members)
    };
    for name in absent {
        let message = format!("ARN does not refer to a valid principal: {name}");
        for member in ["GranteePrincipal", "RetiringPrincipal"] {
            let input = grant(json!({member: name}));
            kms.refuses("CreateGrant", input, "InvalidArnException", &message);
        }
        let input = json!({"KeyId": key.id, "GranteePrincipal": name});
        kms.refuses("ListGrants", input, "InvalidArnException", &message);
        if !name.contains(NOWHERE) {
            let input = json!({"RetiringPrincipal": name});
            kms.refuses("ListRetirableGrants", input, "InvalidArnException", &message);
        }
    }
    for id in ["AIDAIOSFODNN7EXAMPLE", "AROAIOSFODNN7EXAMPLE:session", &other.id] {
        let message = "GranteePrincipal does not refer to a valid principal.";
        let input = grant(json!({"GranteePrincipal": id}));
        kms.refuses("CreateGrant", input, "InvalidArnException", message);
        let message = format!("Retiring principal {id} could not be found");
        let input = grant(json!({"RetiringPrincipal": id}));
        kms.refuses("CreateGrant", input, "NotFoundException", &message);
        let input = json!({"RetiringPrincipal": id});
        kms.refuses("ListRetirableGrants", input, "NotFoundException", &message);
        let message = "Input does not refer to a valid principal";
        let input = json!({"KeyId": key.id, "GranteePrincipal": id});
        kms.refuses("ListGrants", input, "InvalidArnException", message);
    }
}

#[test]
fn a_grant_tells_its_principals_by_their_names() {
    let kms = kms();
    let key = kms.key();
    let (user, role) = (kms.new_user(), kms.new_role());
    let account = &kms.credentials.account;
    let other = kms.stranger().new_user();
    let session = format!("arn:aws:sts::{account}:assumed-role/{}/unissued", role.name);
    let federated = format!("arn:aws:sts::{account}:federated-user/unissued");
    let raw = format!("{}:unissued", role.id);
    for (named, told) in [
        (&user.arn, &user.arn),
        (&user.id, &user.arn),
        (&role.arn, &role.arn),
        (&role.id, &role.arn),
        (&session, &session),
        (&raw, &session),
        (&federated, &federated),
        (&other.arn, &other.arn),
    ] {
        let holders = json!({"GranteePrincipal": named, "RetiringPrincipal": named});
        let terms = json!({"KeyId": key.id, "Operations": ["Decrypt"]});
        let id = kms.ok("CreateGrant", with(terms, holders))["GrantId"].take();
        let input = json!({"KeyId": key.id, "GrantId": id, "GranteePrincipal": named});
        let listed = kms.ok("ListGrants", input)["Grants"].take();
        assert_eq!(listed[0]["GranteePrincipal"], **told, "{listed}");
        assert_eq!(listed[0]["RetiringPrincipal"], **told, "{listed}");
    }
    // Found by either name, and told once each.
    for (name, count) in [(&session, 2), (&raw, 2), (&role.arn, 2), (&user.id, 2)] {
        let input = json!({"KeyId": key.id, "GranteePrincipal": name});
        let listed = kms.ok("ListGrants", input)["Grants"].take();
        assert_eq!(listed.as_array().map(Vec::len), Some(count), "{name}");
        let listed = kms.ok("ListRetirableGrants", json!({"RetiringPrincipal": name}));
        assert_eq!(listed["Grants"].as_array().map(Vec::len), Some(count), "{name}");
    }
}

#[test]
fn a_grant_stays_with_who_got_it_when_he_is_gone() {
    let kms = kms();
    let (key, role) = (kms.key(), kms.new_role());
    let session = |role: &Role| {
        let account = &kms.credentials.account;
        format!("arn:aws:sts::{account}:assumed-role/{}/future", role.name)
    };
    let terms = |name: &str| {
        json!({
            "Name": "bound-session",
            "GranteePrincipal": name,
            "RetiringPrincipal": name,
            "Operations": ["DescribeKey"],
        })
    };
    let first = make(&kms, &key, terms(&session(&role)));
    let raw = format!("{}:future", role.id);
    // The same grant, whether he is named by his ARN or his id.
    assert_eq!(make(&kms, &key, terms(&raw)).id, first.id);
    kms.iam().ok("DeleteRole", &[("RoleName", &role.name)]);
    let again = kms.role_called(&role.name);
    let listed = kms.ok("ListGrants", json!({"KeyId": key.id}))["Grants"].take();
    assert_eq!(listed[0]["GranteePrincipal"], raw);
    assert_eq!(listed[0]["RetiringPrincipal"], raw);
    let input = json!({"KeyId": key.id, "GranteePrincipal": session(&again)});
    assert_eq!(kms.ok("ListGrants", input)["Grants"], json!([]));
    let message = "Input does not refer to a valid principal";
    let input = json!({"KeyId": key.id, "GranteePrincipal": raw});
    kms.refuses("ListGrants", input, "InvalidArnException", message);
    assert_ne!(make(&kms, &key, terms(&session(&again))).id, first.id);
    kms.ok("RevokeGrant", json!({"KeyId": key.id, "GrantId": first.id}));
}

#[test]
fn who_may_make_no_grant_is_not_told_who_is_there() {
    let kms = kms();
    let key = kms.key();
    let stranger = kms.stranger();
    let input = json!({
        "KeyId": key.arn,
        "GranteePrincipal": format!("arn:aws:iam::{}:user/nobody", kms.credentials.account),
        "Operations": ["Decrypt"],
    });
    let refusal = stranger.call("CreateGrant", input).expect_err("it may not");
    assert_eq!(refusal.code, "AccessDeniedException");
}
