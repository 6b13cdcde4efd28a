//! Labels of users.

use serde_json::json;

use crate::kit::{kms, unique};

#[test]
fn a_label_takes_the_place_of_one_of_the_same_name_whatever_its_case() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let name = ("UserName", &*user.name);
    let tag = |key, value| [name, ("Tags.member.1.Key", key), ("Tags.member.1.Value", value)];
    iam.ok("TagUser", &tag("Team", "red"));
    iam.ok("TagUser", &tag("team", "blue"));
    iam.ok("TagUser", &tag("b", ""));
    let told = iam.ok("ListUserTags", &[name]);
    assert_eq!(told.texts("Tags", "Key"), ["b", "team"]);
    assert_eq!(told.texts("Tags", "Value"), ["", "blue"]);
    iam.ok("UntagUser", &[name, ("TagKeys.member.1", "TEAM"), ("TagKeys.member.2", "x")]);
    let told = iam.ok("ListUserTags", &[name]);
    assert_eq!(told.texts("Tags", "Key"), ["b"]);
    let words = "Tag keys beginning with aws: are reserved for system use.";
    iam.refuses("TagUser", &tag("AWS:x", ""), (400, "InvalidInput"), words);
    let words = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    let twice = [
        name,
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", ""),
        ("Tags.member.2.Key", "A"),
        ("Tags.member.2.Value", ""),
    ];
    iam.refuses("TagUser", &twice, (400, "InvalidInput"), words);
}

#[test]
fn there_are_fifty_labels_at_most() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let mut form = vec![("UserName".to_owned(), user.name.clone())];
    for number in 1..=50 {
        form.push((format!("Tags.member.{number}.Key"), format!("key-{number}")));
        form.push((format!("Tags.member.{number}.Value"), String::new()));
    }
    let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    iam.ok("TagUser", &form);
    let one = [("UserName", &*user.name), ("Tags.member.1.Key", "x"), ("Tags.member.1.Value", "")];
    let words = "The number of tags has reached the maximum limit.";
    iam.refuses("TagUser", &one, (409, "LimitExceeded"), words);
}

#[test]
fn conditions_see_the_labels_of_requests_users_and_callers() {
    let kms = kms();
    let clerk = kms.user_with(json!([
        {
            "Effect": "Allow", "Action": ["iam:CreateUser", "iam:TagUser"], "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"},
                "ForAllValues:StringEquals": {"aws:TagKeys": "team"},
            },
        },
        {
            "Effect": "Allow", "Action": "iam:GetUser", "Resource": "*",
            "Condition": {"StringEquals": {"iam:ResourceTag/team": "${aws:PrincipalTag/team}"}},
        },
    ]));
    let form =
        [("UserName", &*clerk.name), ("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "red")];
    kms.iam().ok("TagUser", &form);
    let (iam, name) = (clerk.client.iam(), unique("user"));
    let create = |team| {
        let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", team)];
        iam.call("CreateUser", &[("UserName", &*name), tag[0], tag[1]]).map(drop)
    };
    assert_eq!(create("blue").unwrap_err().code, "AccessDenied");
    let bare = iam.call("CreateUser", &[("UserName", &name)]).unwrap_err();
    assert_eq!(bare.code, "AccessDenied");
    create("red").unwrap();
    iam.ok("GetUser", &[("UserName", &name)]);
    let other = kms.new_user();
    let refusal = iam.call("GetUser", &[("UserName", &other.name)]).unwrap_err();
    assert_eq!(refusal.code, "AccessDenied");
}
