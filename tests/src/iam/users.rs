//! Users: made, told of, renamed, removed.

use serde_json::json;

use crate::kit::{Form, allow, kms, policy, unique};

#[test]
fn a_user_is_what_was_asked_for() {
    let iam = kms().iam();
    let name = unique("User");
    let form = [
        ("UserName", name.as_str()),
        ("Path", "/team/a/"),
        ("PermissionsBoundary", ADMINISTRATOR),
        ("Tags.member.1.Key", "Team"),
        ("Tags.member.1.Value", "red"),
    ];
    let (made, record) = iam.call_recorded("CreateUser", &form);
    let made = made.unwrap();
    let account = &iam.client.credentials.account;
    let arn = format!("arn:aws:iam::{account}:user/team/a/{name}");
    assert_eq!(made.text("User.Arn"), arn);
    assert_eq!(made.text("User.Path"), "/team/a/");
    assert!(made.text("User.UserId").starts_with("AIDA"));
    assert_eq!(made.text("User.PermissionsBoundary.PermissionsBoundaryArn"), ADMINISTRATOR);
    assert_eq!(record["responseElements"]["user"]["arn"], json!(arn));
    assert_eq!(record["requestParameters"]["userName"], json!(name));
    // Whatever its case.
    let found = iam.ok("GetUser", &[("UserName", &name.to_ascii_uppercase())]);
    assert_eq!(found.find("User"), made.find("User"));
    let exists = format!("User with name {name} already exists.");
    iam.refuses("CreateUser", &[("UserName", &name)], (409, "EntityAlreadyExists"), &exists);
    iam.ok("DeleteUser", &[("UserName", &name)]);
    let gone = format!("The user with name {name} cannot be found.");
    iam.refuses("GetUser", &[("UserName", &name)], (404, "NoSuchEntity"), &gone);
}

#[test]
fn names_and_paths_are_those_that_aws_takes() {
    let iam = kms().iam();
    for (path, is_good) in [
        ("/team/", true),
        ("/a//b/", true),
        ("/team", false),
        ("team/", false),
        ("/ space/", false),
        ("/del\u{7f}/", false),
        ("/é/", false),
        ("//", false),
        ("/team/\n", false),
    ] {
        let made = iam.call("CreateUser", &[("UserName", &unique("u")), ("Path", path)]);
        assert_eq!(
            made.map_err(|refusal| refusal.code).err(),
            (!is_good).then(|| INVALID.to_owned()),
            "{path:?}"
        );
    }
    let invalid = "The specified value for userName is invalid. It must contain only alphanumeric \
                   characters and/or the following: +=,.@_-";
    iam.refuses("CreateUser", &[("UserName", "a b")], (400, INVALID), invalid);
    let long = "a ".repeat(33);
    let length = format!(
        "1 validation error detected: Value '{long}' at 'userName' failed to satisfy constraint: \
         Member must have length less than or equal to 64"
    );
    iam.refuses("CreateUser", &[("UserName", &long)], (400, INVALID), &length);
    for name in ["a\n", "é", "a/b", "", &"a".repeat(65)] {
        let refusal = iam.call("CreateUser", &[("UserName", name)]).unwrap_err();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, INVALID), "{name:?}");
    }
    let refusal = iam.call("GetUser", &[("UserName", &"a".repeat(129))]).unwrap_err();
    assert_eq!(refusal.code, INVALID);
}

#[test]
fn a_renamed_user_stays_the_same_user() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.user_with(json!([allow("kms:*")])));
    let name = unique("renamed");
    let new = [("UserName", &*user.name), ("NewUserName", &name), ("NewPath", "/new/")];
    iam.ok("UpdateUser", &new);
    let found = iam.ok("GetUser", &[("UserName", &name)]);
    assert_eq!(found.text("User.UserId"), user.id);
    let gone = format!("The user with name {} cannot be found.", user.name);
    iam.refuses("GetUser", &[("UserName", &user.name)], (404, "NoSuchEntity"), &gone);
    // Its access key and its policy are the same still.
    user.client.ok("ListKeys", json!({}));
    let who = user.client.sts().ok("GetCallerIdentity", &[]);
    let account = &kms.credentials.account;
    assert_eq!(who.text("Arn"), format!("arn:aws:iam::{account}:user/new/{name}"));
    let other = kms.new_user();
    let exists = format!("User with name {} already exists.", other.name);
    let taken = [("UserName", name.as_str()), ("NewUserName", &other.name)];
    iam.refuses("UpdateUser", &taken, (409, "EntityAlreadyExists"), &exists);
    // In another case it is the same name.
    let upper = name.to_ascii_uppercase();
    iam.ok("UpdateUser", &[("UserName", &name), ("NewUserName", &upper)]);
    assert_eq!(iam.ok("GetUser", &[("UserName", &name)]).text("User.UserName"), upper);
}

#[test]
fn a_user_goes_last() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.user_with(json!([allow("kms:*")])));
    let (name, group) = (("UserName", &*user.name), unique("group"));
    let arn = ("PolicyArn", ADMINISTRATOR);
    iam.ok("AttachUserPolicy", &[name, arn]);
    iam.ok("CreateGroup", &[("GroupName", &group)]);
    iam.ok("AddUserToGroup", &[name, ("GroupName", &group)]);
    let key = ("AccessKeyId", &*user.client.credentials.access_key_id);
    let steps: [(&str, &str, Form<'_>); 4] = [
        ("detach all policies", "DetachUserPolicy", &[name, arn]),
        ("delete policies", "DeleteUserPolicy", &[name, ("PolicyName", "P")]),
        ("delete access keys", "DeleteAccessKey", &[name, key]),
        ("remove users from group", "RemoveUserFromGroup", &[name, ("GroupName", &group)]),
    ];
    for (first, action, form) in steps {
        let conflict = format!("Cannot delete entity, must {first} first.");
        iam.refuses("DeleteUser", &[name], (409, "DeleteConflict"), &conflict);
        iam.ok(action, form);
    }
    iam.ok("DeleteUser", &[name]);
    iam.ok("DeleteGroup", &[("GroupName", &group)]);
}

#[test]
fn who_asks_for_no_user_asks_for_itself() {
    let kms = kms();
    let root = kms.iam().ok("GetUser", &[]);
    let account = &kms.credentials.account;
    assert_eq!(root.text("User.UserId"), account);
    assert_eq!(root.text("User.Arn"), format!("arn:aws:iam::{account}:root"));
    let user = kms.user_with(json!([allow("iam:GetUser")]));
    let own = user.client.iam().ok("GetUser", &[]);
    assert_eq!(own.text("User.UserName"), user.name);
    let keys = kms.iam().ok("ListAccessKeys", &[]);
    let [key] = keys.list("AccessKeyMetadata") else { panic!("{keys:?}") };
    assert_eq!(key.text("AccessKeyId"), kms.credentials.access_key_id);
    assert_eq!((key.text("Status"), key.find("UserName")), ("Active", None));
    assert_eq!(key.text("CreateDate"), root.text("User.CreateDate"));
    // Who runs the service makes the root user's.
    let words = "Must specify userName when calling with non-User credentials";
    kms.iam().refuses("CreateAccessKey", &[], (400, INVALID), words);
}

#[test]
fn a_user_does_what_its_policies_allow() {
    let kms = kms();
    let user = kms.new_user();
    let denied = |action: &str, resource: &str| {
        format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no \
             identity-based policy allows the {action} action",
            user.arn
        )
    };
    let iam = user.client.iam();
    let account = &kms.credentials.account;
    let (users, other) = (format!("arn:aws:iam::{account}:user/"), unique("other"));
    iam.refuses("ListUsers", &[], (403, "AccessDenied"), &denied("iam:ListUsers", &users));
    let coming = format!("{users}team/{other}");
    let form = [("UserName", &*other), ("Path", "/team/")];
    iam.refuses("CreateUser", &form, (403, "AccessDenied"), &denied("iam:CreateUser", &coming));
    // Whether it is there is told to those who may know alone.
    let missing = denied("iam:GetUser", &format!("{users}{other}"));
    iam.refuses("GetUser", &[("UserName", &other)], (403, "AccessDenied"), &missing);
    let team =
        json!([{"Effect": "Allow", "Action": "iam:*", "Resource": format!("{users}team/*")}]);
    kms.iam().put_user_policy(&user.name, team);
    iam.ok("CreateUser", &form);
    iam.ok("GetUser", &[("UserName", &other)]);
    iam.ok("ListUsers", &[("PathPrefix", "/team/")]);
    iam.refuses("ListUsers", &[], (403, "AccessDenied"), &denied("iam:ListUsers", &users));
    // To leave the team is to go where nothing is allowed.
    let form = [("UserName", &*other), ("NewPath", "/")];
    let left = denied("iam:UpdateUser", &format!("{users}{other}"));
    iam.refuses("UpdateUser", &form, (403, "AccessDenied"), &left);
}

#[test]
fn who_makes_users_may_have_to_bound_them() {
    let kms = kms();
    let bounded = json!([{
        "Effect": "Allow",
        "Action": ["iam:CreateUser", "iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"],
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": ADMINISTRATOR}},
    }]);
    let iam = kms.user_with(bounded).client.iam();
    let (free, bound) = (unique("free"), unique("bound"));
    let refused = |outcome: Result<_, crate::kit::Refusal>| outcome.unwrap_err().code;
    assert_eq!(refused(iam.call("CreateUser", &[("UserName", &free)])), "AccessDenied");
    let boundary = ("PermissionsBoundary", ADMINISTRATOR);
    iam.ok("CreateUser", &[("UserName", &bound), boundary]);
    let document = policy(json!([allow("*")]));
    let put = |name: &str| {
        let form = [("UserName", name), ("PolicyName", "p"), ("PolicyDocument", &document)];
        iam.call("PutUserPolicy", &form)
    };
    put(&bound).unwrap();
    kms.iam().ok("CreateUser", &[("UserName", &free)]);
    assert_eq!(refused(put(&free)), "AccessDenied");
    let name = [("UserName", &*bound)];
    iam.ok("DeleteUserPermissionsBoundary", &name);
    assert_eq!(refused(put(&bound)), "AccessDenied");
    let words = format!("The user with name {bound} does not have a permissions boundary.");
    let again = kms.iam();
    again.refuses("DeleteUserPermissionsBoundary", &name, (404, "NoSuchEntity"), &words);
}

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const INVALID: &str = "ValidationError";

/// What tools ask for before they delete a user, and what they are told where there is nothing.
#[test]
fn what_a_user_cannot_have_here_is_not_there() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    for (action, list) in [
        ("ListMFADevices", "MFADevices"),
        ("ListSSHPublicKeys", "SSHPublicKeys"),
        ("ListServiceSpecificCredentials", "ServiceSpecificCredentials"),
        ("ListSigningCertificates", "Certificates"),
    ] {
        let told = iam.ok(action, &[("UserName", &user.name)]);
        assert!(told.find(list).is_some() && told.list(list).is_empty(), "{told:?}");
        assert_eq!(told.text("IsTruncated"), "false");
        let gone = "The user with name nobody cannot be found.";
        iam.refuses(action, &[("UserName", "nobody")], (404, "NoSuchEntity"), gone);
    }
    for (action, list) in
        [("ListAccountAliases", "AccountAliases"), ("ListInstanceProfiles", "InstanceProfiles")]
    {
        let told = iam.ok(action, &[]);
        assert!(told.find(list).is_some() && told.list(list).is_empty(), "{told:?}");
    }
    let none = format!("Login Profile for User {} cannot be found.", user.name);
    for action in ["GetLoginProfile", "DeleteLoginProfile"] {
        iam.refuses(action, &[("UserName", &user.name)], (404, "NoSuchEntity"), &none);
    }
}
