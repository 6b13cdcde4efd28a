//! Roles: who may assume them, what they may do, how they go.

use serde_json::{Value, json};

use crate::kit::{kms, policy, unique};

fn trust(principal: Value) -> String {
    policy(json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]))
}

#[test]
fn a_role_is_made_shown_changed_and_deleted() {
    let kms = kms();
    let (iam, name) = (kms.iam(), unique("role"));
    let account = &kms.credentials.account;
    let trust = trust(json!({"AWS": account}));
    let (role, document) = (("RoleName", &*name), ("AssumeRolePolicyDocument", &*trust));
    let more = [("Path", "/r/"), ("Description", "for tests"), ("MaxSessionDuration", "7200")];
    let made = iam.ok("CreateRole", &[&[role, document][..], &more].concat());
    let arn = format!("arn:aws:iam::{account}:role/r/{name}");
    assert_eq!((made.text("Role.Arn"), made.text("Role.Path")), (&*arn, "/r/"));
    assert!(made.text("Role.RoleId").starts_with("AROA"));
    assert!(made.find("Role.MaxSessionDuration").is_none());
    assert!(made.find("Role.RoleLastUsed").is_none());
    let found = iam.ok("GetRole", &[role]);
    assert_eq!(found.text("Role.MaxSessionDuration"), "7200");
    assert_eq!(found.text("Role.Description"), "for tests");
    assert_eq!(found.text("Role.RoleLastUsed"), "");
    assert!(found.text("Role.AssumeRolePolicyDocument").starts_with("%7B%22"));
    let again = format!("Role with name {name} already exists.");
    iam.refuses("CreateRole", &[role, document], (409, "EntityAlreadyExists"), &again);
    // What is not given stays.
    iam.ok("UpdateRole", &[role, ("Description", "changed")]);
    let found = iam.ok("GetRole", &[role]);
    assert_eq!(found.text("Role.MaxSessionDuration"), "7200");
    assert_eq!(found.text("Role.Description"), "changed");
    iam.ok("UpdateRole", &[role, ("MaxSessionDuration", "3600")]);
    let described = iam.ok("UpdateRoleDescription", &[role, ("Description", "again")]);
    assert_eq!(described.text("Role.Description"), "again");
    assert_eq!(described.text("Role.MaxSessionDuration"), "3600");
    iam.ok("DeleteRole", &[role]);
    let gone = format!("The role with name {name} cannot be found.");
    for action in ["GetRole", "DeleteRole"] {
        iam.refuses(action, &[role], (404, "NoSuchEntity"), &gone);
    }
}

#[test]
fn a_trust_policy_names_who_is_there_and_no_resource() {
    let kms = kms();
    let (iam, name) = (kms.iam(), unique("role"));
    let account = &kms.credentials.account;
    let nobody = format!("arn:aws:iam::{account}:user/nobody");
    let invalid = format!("Invalid principal in policy: \"AWS\":\"{nobody}\"");
    let resource = policy(json!([{
        "Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole",
        "Resource": "*",
    }]));
    let unnamed = policy(json!([{"Effect": "Allow", "Action": "sts:AssumeRole"}]));
    for (document, message) in [
        ("{".to_owned(), "This policy contains invalid Json"),
        (resource, "Has prohibited field Resource"),
        (unnamed, "Missing required field Principal"),
        (trust(json!({"AWS": nobody})), &*invalid),
    ] {
        let form = [("RoleName", &*name), ("AssumeRolePolicyDocument", &*document)];
        iam.refuses("CreateRole", &form, (400, "MalformedPolicyDocument"), message);
    }
    let role = kms.new_role();
    let form = [("RoleName", &*role.name), ("PolicyDocument", "{")];
    let message = "This policy contains invalid Json";
    iam.refuses("UpdateAssumeRolePolicy", &form, (400, "MalformedPolicyDocument"), message);
}

/// A user of the same name is another one.
#[test]
fn a_trusted_user_who_is_gone_is_shown_by_its_id() {
    let kms = kms();
    let (iam, user, name) = (kms.iam(), unique("user"), unique("role"));
    let made = iam.ok("CreateUser", &[("UserName", &user)]);
    let (arn, id) = (made.text("User.Arn"), made.text("User.UserId"));
    let document = trust(json!({"AWS": arn}));
    let role = ("RoleName", &*name);
    iam.ok("CreateRole", &[role, ("AssumeRolePolicyDocument", &document)]);
    let shown = |role| iam.ok("GetRole", &[role]).text("Role.AssumeRolePolicyDocument").to_owned();
    assert!(!shown(role).contains(id));
    iam.ok("DeleteUser", &[("UserName", &user)]);
    assert!(shown(role).contains(id));
}

#[test]
fn what_a_role_has_must_go_before_it() {
    let kms = kms();
    let (iam, role) = (kms.iam(), kms.new_role());
    let name = ("RoleName", &*role.name);
    let arn = ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    let document = policy(json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]));
    let inline = ("PolicyName", "Inline");
    iam.ok("AttachRolePolicy", &[name, arn]);
    iam.ok("PutRolePolicy", &[name, inline, ("PolicyDocument", &document)]);
    let attached = iam.ok("ListAttachedRolePolicies", &[name]);
    assert_eq!(attached.texts("AttachedPolicies", "PolicyName"), ["ReadOnlyAccess"]);
    assert_eq!(iam.ok("ListRolePolicies", &[name]).texts("PolicyNames", ""), ["Inline"]);
    assert!(iam.ok("ListInstanceProfilesForRole", &[name]).list("InstanceProfiles").is_empty());
    let found = iam.ok("GetRolePolicy", &[name, ("PolicyName", "INLINE")]);
    assert_eq!(found.text("PolicyName"), "INLINE");
    let conflict = |first| format!("Cannot delete entity, must {first} first.");
    let refused = (409, "DeleteConflict");
    iam.refuses("DeleteRole", &[name], refused, &conflict("detach all policies"));
    iam.ok("DetachRolePolicy", &[name, arn]);
    iam.refuses("DeleteRole", &[name], refused, &conflict("delete policies"));
    iam.ok("DeleteRolePolicy", &[name, inline]);
    iam.ok("DeleteRole", &[name]);
}

#[test]
fn labels_and_a_boundary_come_with_a_role_and_go() {
    let kms = kms();
    let (iam, name) = (kms.iam(), unique("role"));
    let boundary = ("PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    let trust = trust(json!({"AWS": kms.credentials.account}));
    let role = ("RoleName", &*name);
    let made = iam.ok(
        "CreateRole",
        &[
            role,
            ("AssumeRolePolicyDocument", &trust),
            boundary,
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "blue"),
        ],
    );
    assert_eq!(made.text("Role.PermissionsBoundary.PermissionsBoundaryArn"), boundary.1);
    assert_eq!(made.texts("Role.Tags", "Value"), ["blue"]);
    iam.ok("TagRole", &[role, ("Tags.member.1.Key", "cost"), ("Tags.member.1.Value", "1")]);
    iam.ok("UntagRole", &[role, ("TagKeys.member.1", "team")]);
    assert_eq!(iam.ok("ListRoleTags", &[role]).texts("Tags", "Key"), ["cost"]);
    iam.ok("DeleteRolePermissionsBoundary", &[role]);
    assert!(iam.ok("GetRole", &[role]).find("Role.PermissionsBoundary").is_none());
    iam.ok("PutRolePermissionsBoundary", &[role, boundary]);
    // A boundary keeps nobody from deleting it.
    iam.ok("DeleteRole", &[role]);
}

#[test]
fn roles_are_listed_page_by_page_under_their_path() {
    let kms = kms();
    let (iam, path) = (kms.iam(), format!("/{}/", unique("path")));
    let trust = trust(json!({"AWS": kms.credentials.account}));
    let mut names = [unique("a"), unique("b"), unique("c")];
    names.sort();
    for name in &names {
        let document = ("AssumeRolePolicyDocument", &*trust);
        iam.ok("CreateRole", &[("RoleName", name), ("Path", &path), document]);
    }
    let prefix = ("PathPrefix", &*path);
    let first = iam.ok("ListRoles", &[prefix, ("MaxItems", "2")]);
    assert_eq!(first.texts("Roles", "RoleName"), names[..2]);
    assert_eq!(first.text("IsTruncated"), "true");
    let marker = ("Marker", first.text("Marker"));
    let rest = iam.ok("ListRoles", &[prefix, marker]);
    assert_eq!(rest.texts("Roles", "RoleName"), names[2..]);
    assert!(rest.find("Marker").is_none());
}
