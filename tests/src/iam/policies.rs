//! Policies of users and groups: inline, attached, and those that bound.

use serde_json::json;

use crate::kit::{allow, kms, policy, unique};

#[test]
fn an_inline_policy_is_found_whatever_the_case_of_its_name() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let name = ("UserName", &*user.name);
    // What is encoded in it stays encoded.
    let text = policy(json!([{
        "Effect": "Deny", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/%41 ~*é",
    }]));
    let document = ("PolicyDocument", &*text);
    iam.ok("PutUserPolicy", &[name, ("PolicyName", "MixedName"), document]);
    let upper = ("PolicyName", "MIXEDNAME");
    iam.ok("PutUserPolicy", &[name, upper, document]);
    let listed = iam.ok("ListUserPolicies", &[name]);
    assert_eq!(listed.texts("PolicyNames", ""), ["MixedName"]);
    assert_eq!(listed.text("IsTruncated"), "false");
    let found = iam.ok("GetUserPolicy", &[name, upper]);
    assert_eq!(found.text("PolicyName"), "MIXEDNAME");
    let encoded = found.text("PolicyDocument");
    assert!(encoded.contains("%2541%20~%2A%C3%A9"), "{encoded}");
    assert!(!encoded.contains(['{', '"', '*', ' ', '+']), "{encoded}");
    iam.ok("DeleteUserPolicy", &[name, upper]);
    let gone = "The user policy with name MixedName cannot be found.";
    let mixed = [name, ("PolicyName", "MixedName")];
    iam.refuses("GetUserPolicy", &mixed, (404, "NoSuchEntity"), gone);
    iam.refuses("DeleteUserPolicy", &mixed, (404, "NoSuchEntity"), gone);
}

#[test]
fn what_is_no_policy_is_refused_in_the_words_of_iam() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let statement = |members: serde_json::Value| policy(json!([members]));
    for (document, message) in [
        ("{".to_owned(), "This policy contains invalid Json"),
        ("[]".to_owned(), "Syntax errors in policy."),
        (json!({"Version": "2012-10-18", "Statement": []}).to_string(), "Syntax errors in policy."),
        (
            statement(json!({"Effect": "Allow", "Resource": "*"})),
            "Policy statement must contain actions.",
        ),
        (
            statement(json!({"Effect": "Allow", "Action": "*"})),
            "Policy statement must contain resources.",
        ),
        (
            statement(json!({"Effect": "Allow", "Action": "Encrypt", "Resource": "*"})),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            statement(json!({
                "Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*",
            })),
            "Policy document should not specify a principal.",
        ),
        (
            policy(json!([
                {"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Sid": "a", "Effect": "Deny", "Action": "*", "Resource": "*"},
            ])),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
    ] {
        let form =
            [("UserName", &*user.name), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
        iam.refuses("PutUserPolicy", &form, (400, "MalformedPolicyDocument"), message);
    }
}

#[test]
fn inline_policies_have_a_size_together_without_white_space() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    // 1024 characters that count, and many that do not.
    let half = |white: usize| {
        let bare = policy(json!([{"Sid": "", "Effect": "Allow", "Action": "*", "Resource": "*"}]));
        let sid = format!(r#""Sid":"{}""#, "a".repeat(1024 - bare.len()));
        format!("{}{}", bare.replace(r#""Sid":"""#, &sid), " ".repeat(white))
    };
    let put = |name: &str, document: &str| {
        let form = [("UserName", &*user.name), ("PolicyName", name), ("PolicyDocument", document)];
        iam.call("PutUserPolicy", &form).map(drop)
    };
    put("one", &half(3000)).unwrap();
    put("two", &half(0)).unwrap();
    put("one", &half(0)).unwrap();
    let refusal = put("three", &policy(json!([allow("a:b")]))).unwrap_err();
    assert_eq!((refusal.status, refusal.code.as_str()), (409, "LimitExceeded"));
    let message = format!("Maximum policy size of 2048 bytes exceeded for user {}", user.name);
    assert_eq!(refusal.message, message);
}

#[test]
fn an_attached_policy_counts_until_it_is_detached() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let form = [("UserName", &*user.name), ("PolicyArn", ADMINISTRATOR)];
    let may = || user.client.call("ListKeys", json!({})).is_ok();
    iam.ok("AttachUserPolicy", &form);
    iam.ok("AttachUserPolicy", &form);
    assert!(may());
    let listed = iam.ok("ListAttachedUserPolicies", &[("UserName", &user.name)]);
    assert_eq!(listed.texts("AttachedPolicies", "PolicyName"), ["AdministratorAccess"]);
    let none = [("UserName", &*user.name), ("PathPrefix", "/team/")];
    assert!(iam.ok("ListAttachedUserPolicies", &none).list("AttachedPolicies").is_empty());
    iam.ok("DetachUserPolicy", &form);
    assert!(!may());
    let gone = format!("Policy {ADMINISTRATOR} was not found.");
    iam.refuses("DetachUserPolicy", &form, (404, "NoSuchEntity"), &gone);
}

#[test]
fn a_policy_that_is_not_there_is_not_attached() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let account = &kms.credentials.account;
    let own = format!("arn:aws:iam::{account}:policy/{}", unique("none"));
    let foreign = "arn:aws:iam::444455556666:policy/p";
    for arn in [&*own, foreign, "arn:aws:iam::aws:policy/Unknown"] {
        let words = format!("Policy {arn} does not exist or is not attachable.");
        let form = [("UserName", &*user.name), ("PolicyArn", arn)];
        iam.refuses("AttachUserPolicy", &form, (404, "NoSuchEntity"), &words);
        let words = format!("Scope ARN: {arn} does not exist or is not attachable.");
        let form = [("UserName", &*user.name), ("PermissionsBoundary", arn)];
        iam.refuses("PutUserPermissionsBoundary", &form, (404, "NoSuchEntity"), &words);
    }
    let user_arn = format!("ARN {} is not valid.", user.arn);
    for (arn, words) in
        [("a text that is no ARN", "Invalid ARN:  Could not be parsed!"), (&*user.arn, &*user_arn)]
    {
        let form = [("UserName", &*user.name), ("PolicyArn", arn)];
        iam.refuses("AttachUserPolicy", &form, (400, "ValidationError"), words);
        iam.refuses("DetachUserPolicy", &form, (400, "ValidationError"), words);
    }
}

#[test]
fn who_may_attach_may_have_to_attach_a_certain_policy() {
    let kms = kms();
    let user = kms.new_user();
    let clerk = kms.user_with(json!([{
        "Effect": "Allow",
        "Action": ["iam:AttachUserPolicy", "iam:PutUserPermissionsBoundary"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"iam:PolicyARN": ADMINISTRATOR}},
    }]));
    let iam = clerk.client.iam();
    let name = ("UserName", &*user.name);
    iam.ok("AttachUserPolicy", &[name, ("PolicyArn", ADMINISTRATOR)]);
    let other = [name, ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess")];
    assert_eq!(iam.call("AttachUserPolicy", &other).unwrap_err().code, "AccessDenied");
    let bound = [name, ("PermissionsBoundary", ADMINISTRATOR)];
    assert_eq!(iam.call("PutUserPermissionsBoundary", &bound).unwrap_err().code, "AccessDenied");
}

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
