//! What IAM refuses of a policy document when it is written, though it could be evaluated, and its
//! words for that. What is stored was written before, perhaps under other rules, and is not
//! judged again.
//!
//! Source: answers of AWS in public error reports, and those that the tests of moto collect.

use std::borrow::Cow;

use super::{
    IdentityPolicy, Malformed, TrustPolicy,
    json::{Json, Quoted},
    value,
};
use crate::wire::Error;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Inline,
    Managed,
    Trust,
}

impl IdentityPolicy {
    /// An inline policy, or that of a session.
    ///
    /// # Errors
    ///
    /// What IAM and STS say of it, if they refuse it.
    pub fn inline(text: &str) -> Result<Self, Error> {
        written(text, Kind::Inline, Self::parse(text))
    }

    /// A managed policy.
    ///
    /// # Errors
    ///
    /// What IAM says of it, if it refuses it.
    pub fn managed(text: &str) -> Result<Self, Error> {
        written(text, Kind::Managed, Self::parse(text))
    }
}

impl TrustPolicy {
    /// One that somebody writes.
    ///
    /// # Errors
    ///
    /// What IAM says of it, if it refuses it.
    pub fn written(text: &str) -> Result<Self, Error> {
        written(text, Kind::Trust, Self::parse(text))
    }
}

/// A reason to refuse a document, in AWS's words.
type Refused = Cow<'static, str>;

fn written<T>(text: &str, kind: Kind, parsed: Result<T, Malformed>) -> Result<T, Error> {
    let members = match serde_json::from_str(text) {
        Ok(Json::Object(members)) => members,
        Ok(_) | Err(_) => Vec::new(),
    };
    let statements = find(&members, "Statement").map_or(&[][..], |statements| match statements {
        Json::List(statements) => statements,
        one => std::slice::from_ref(one),
    });
    let statements = || statements.iter().filter_map(members_of);
    let check = || {
        if kind == Kind::Managed && !members.is_empty() {
            check_version(&members)?;
        }
        statements().try_for_each(check_legacy)?;
        match &parsed {
            Ok(_) if statements().next().is_none() => Err("Syntax errors in policy.".into()),
            // Which one it is that is none.
            Ok(_) | Err(Malformed::Action | Malformed::Resource) => {
                statements().try_for_each(|statement| check_statement(statement, kind))
            }
            Err(_) => Ok(()),
        }
    };
    check().map_err(Error::malformed_policy_document)?;
    parsed.map_err(Malformed::of_iam)
}

/// The former version knows no variables.
fn check_version(members: &[(String, Json)]) -> Result<(), Refused> {
    match find(members, "Version").map(text_of) {
        None | Some(Some("2008-10-17")) => {
            Err("Policy document must be version 2012-10-17 or greater.".into())
        }
        Some(_) => Ok(()),
    }
}

/// An effect in other letters, and a date that is none.
fn check_legacy(statement: &[(String, Json)]) -> Result<(), Refused> {
    let effect = find(statement, "Effect").and_then(text_of).unwrap_or_default();
    let is_other = |known: &&str| known.eq_ignore_ascii_case(effect) && *known != effect;
    let operators = find(statement, "Condition").and_then(members_of).unwrap_or_default();
    let mut dates = operators.iter().filter(|(operator, _)| {
        DATES.contains(&operator.rsplit(':').next().unwrap_or_default().trim_end_matches(IF_EXISTS))
    });
    let is_wrong = |keys: &Json| {
        let values =
            members_of(keys).unwrap_or_default().iter().flat_map(|(_, values)| texts(values));
        values.flatten().any(|text| value::moment(text).is_none())
    };
    if ["Allow", "Deny"].iter().any(is_other) || dates.any(|(_, keys)| is_wrong(keys)) {
        return Err(LEGACY.into());
    }
    Ok(())
}

fn check_statement(statement: &[(String, Json)], kind: Kind) -> Result<(), Refused> {
    let all = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| find(statement, name));
        found.map(|json| texts(json).flatten().collect::<Vec<_>>())
    };
    let resources = all(["Resource", "NotResource"]);
    resources.iter().flatten().try_for_each(|text| check_resource(text))?;
    let actions = all(["Action", "NotAction"]);
    actions.iter().flatten().try_for_each(|text| check_action(text, kind))?;
    if actions.is_some_and(|actions| actions.is_empty()) {
        return Err("Policy statement must contain actions.".into());
    }
    match resources.is_some_and(|resources| resources.is_empty()) {
        true => Err("Policy statement must contain resources.".into()),
        false => Ok(()),
    }
}

fn check_action(text: &str, kind: Kind) -> Result<(), Refused> {
    let (vendor, name) = match text.split_once(':') {
        Some(parts) => parts,
        None if text == "*" => return Ok(()),
        None => {
            let message =
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            return Err(message.into());
        }
    };
    if name.contains(':') {
        return Err("Actions/Condition can contain only one colon.".into());
    }
    let is_allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*' | '?');
    if vendor.is_empty() || !vendor.chars().all(is_allowed) {
        return Err(format!("Vendor {vendor} is not valid").into());
    }
    let is_open = text.contains(['*', '?']);
    let is_known = |known: &&str| text.eq_ignore_ascii_case(known);
    if kind == Kind::Trust && !is_open && !TRUST_ACTIONS.iter().any(is_known) {
        return Err("AssumeRole policy may only specify STS AssumeRole actions.".into());
    }
    Ok(())
}

fn check_resource(text: &str) -> Result<(), Refused> {
    if text == "*" || text.starts_with("${") {
        return Ok(());
    }
    // What has variables or wildcards is judged by what it becomes.
    let is_open = |part: &str| part.contains(['*', '?', '$']);
    let mut parts = text.splitn(6, ':');
    let no_arn = || format!("Resource {text} must be in ARN format or \"*\".");
    let first = parts.next().unwrap_or_default();
    let partition = parts.next().ok_or_else(no_arn)?;
    let rest: Vec<_> = parts.collect();
    if !is_open(partition) && !PARTITIONS.contains(&partition) {
        let padding = ":*".repeat(4_usize.saturating_sub(rest.len()));
        let arn = [&["arn", partition][..], &rest].concat().join(":") + &padding;
        return Err(
            format!("Partition \"{partition}\" is not valid for resource \"{arn}\".").into()
        );
    }
    if first != "arn" {
        return Err(no_arn().into());
    }
    match *rest {
        [] => Err("Resource vendor must be fully qualified and cannot contain regexes.".into()),
        [service, ..] if is_open(service) => {
            Err("Resource vendor must be fully qualified and cannot contain regexes.".into())
        }
        ["", ..] => Err(LEGACY.into()),
        ["iam", region, ..] if !region.is_empty() && region != "*" => {
            Err(format!("IAM resource {text} cannot contain region information.").into())
        }
        ["s3", region, ..] if !region.is_empty() && region != "*" => {
            Err(format!("Resource {text} can not contain region information.").into())
        }
        ["iam", _, _, path]
            if !is_open(path) && !IAM_PATHS.iter().any(|own| path.starts_with(own)) =>
        {
            let paths = IAM_PATHS.join(", ");
            Err(format!("IAM resource path must either be \"*\" or start with {paths}.").into())
        }
        _ => Ok(()),
    }
}

fn find<'a>(members: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    members.iter().find(|(known, _)| known == name).map(|(_, json)| json)
}

fn members_of(json: &Json) -> Option<&[(String, Json)]> {
    match json {
        Json::Object(members) => Some(members),
        Json::Null | Json::Text(..) | Json::List(_) => None,
    }
}

/// The texts of a list, or the one that stands there alone; none in place of anything else.
fn texts(json: &Json) -> impl Iterator<Item = Option<&str>> {
    let list = match json {
        Json::List(list) => list,
        one => std::slice::from_ref(one),
    };
    list.iter().map(|json| match json {
        Json::Text(text, _) => Some(text.as_str()),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    })
}

fn text_of(json: &Json) -> Option<&str> {
    match json {
        Json::Text(text, Quoted::Yes) => Some(text),
        Json::Text(_, Quoted::No) | Json::Null | Json::List(_) | Json::Object(_) => None,
    }
}

const LEGACY: &str = "The policy failed legacy parsing";
const IF_EXISTS: &str = "IfExists";
const DATES: [&str; 6] = [
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];
/// Source: AWS general reference, "Amazon Resource Names"; botocore's `partitions.json`.
const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];
/// In the order in which AWS names them.
const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];
/// What a trust policy can be about. Source: IAM user guide, "Actions, resources, and condition
/// keys for AWS Security Token Service".
const TRUST_ACTIONS: [&str; 7] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoot",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refusal<T>(written: Result<T, Error>) -> Option<String> {
        match written {
            Ok(_) => None,
            Err(Error::Caller(error)) => {
                assert_eq!(error.code, "MalformedPolicyDocument");
                Some(error.message.expect("IAM says why").into_owned())
            }
            Err(_) => panic!("a policy is its writer's affair"),
        }
    }

    fn inline(statement: Value) -> Option<String> {
        let document = json!({"Version": "2012-10-17", "Statement": statement});
        refusal(IdentityPolicy::inline(&document.to_string()))
    }

    fn of_resource(resource: &str) -> Option<String> {
        inline(json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": resource}))
    }

    fn of_action(action: &str) -> Option<String> {
        inline(json!([{"Effect": "Deny", "NotAction": action, "Resource": "*"}]))
    }

    #[test]
    fn resources_are_refused_in_the_words_of_aws() {
        let vendor = "Resource vendor must be fully qualified and cannot contain regexes.";
        let paths = "IAM resource path must either be \"*\" or start with user/, federated-user/, \
                     role/, group/, instance-profile/, mfa/, server-certificate/, policy/, \
                     sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.";
        for (resource, message) in [
            ("", "Resource  must be in ARN format or \"*\"."),
            ("any", "Resource any must be in ARN format or \"*\"."),
            ("a:b", "Partition \"b\" is not valid for resource \"arn:b:*:*:*:*\"."),
            ("a:b:c:d:e:f:g", "Partition \"b\" is not valid for resource \"arn:b:c:d:e:f:g\"."),
            ("aws:s3:::b", "Partition \"s3\" is not valid for resource \"arn:s3:::b:*\"."),
            (
                "arn:error:s3:::b",
                "Partition \"error\" is not valid for resource \"arn:error:s3:::b\".",
            ),
            ("arn:aws", vendor),
            ("arn:aws:s*:::b", vendor),
            ("arn:aws::::b", LEGACY),
            (
                "arn:aws:iam:eu-west-1::b",
                "IAM resource arn:aws:iam:eu-west-1::b cannot contain region information.",
            ),
            (
                "arn:aws:s3:eu-west-1::b",
                "Resource arn:aws:s3:eu-west-1::b can not contain region information.",
            ),
            ("arn:aws:iam::1:b", paths),
        ] {
            assert_eq!(of_resource(resource).as_deref(), Some(message), "{resource}");
        }
        for resource in [
            "*",
            "arn:aws:s3:::b",
            "arn:aws-cn:s3:::b/*",
            "arn:*:s3:::b",
            "arn:aws:kms:*:*:key/*",
            "arn:aws:kms:eu-west-1",
            "arn:aws:iam::111122223333:role/a",
            "arn:aws:iam::*:*",
            "arn:aws:iam::111122223333:user/${aws:username}",
            "arn:${aws:Partition}:s3:::b",
            "${aws:PrincipalTag/bucket}",
        ] {
            assert_eq!(of_resource(resource), None, "{resource}");
        }
    }

    #[test]
    fn actions_are_refused_in_the_words_of_aws() {
        let bare = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
        for (action, message) in [
            ("", bare),
            ("Encrypt", bare),
            ("a a:b", "Vendor a a is not valid"),
            ("s3:List:Bucket", "Actions/Condition can contain only one colon."),
        ] {
            assert_eq!(of_action(action).as_deref(), Some(message), "{action}");
        }
        for action in ["*", "kms:*", "kms:Encrypt", "k?s:E*", "made-up:Thing"] {
            assert_eq!(of_action(action), None, "{action}");
        }
    }

    #[test]
    fn what_goes_before_what() {
        let (legacy, form) = (Some(LEGACY), Some("Syntax errors in policy."));
        let resource = "arn:aws:s3:::b";
        for (statement, message) in [
            (json!([]), form),
            (json!({"Effect": "Allow", "Action": "a:b", "Resource": ["any", {}]}), form),
            (json!({"Effect": "Allow", "Action": [], "NotAction": "a:b", "Resource": "*"}), form),
            (
                json!({"Effect": "Allow", "Action": [], "Resource": resource}),
                Some("Policy statement must contain actions."),
            ),
            (
                json!({"Effect": "Allow", "Action": "a:b", "Resource": []}),
                Some("Policy statement must contain resources."),
            ),
            (
                json!({"Effect": "Allow", "Action": "s:3:ListBucket", "Resource": "any"}),
                Some("Resource any must be in ARN format or \"*\"."),
            ),
            (json!([{"Effect": "aLLow", "Sid": "a"}, {"Effect": "Deny", "Sid": "a"}]), legacy),
            (
                json!({
                    "Effect": "Allow", "Action": "a:b", "Resource": "arn:error:s3:::b",
                    "Condition": {"DateLessThanIfExists": {"aws:CurrentTime": ["2026-01-01", "x"]}},
                }),
                legacy,
            ),
            (
                json!({
                    "Effect": "Allow", "Action": "a:b", "Resource": resource,
                    "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
                }),
                None,
            ),
        ] {
            assert_eq!(inline(statement.clone()).as_deref(), message, "{statement}");
        }
    }

    #[test]
    fn a_managed_policy_has_the_present_version() {
        let statement = json!({"Effect": "Allow", "Action": "a:b", "Resource": "*"});
        let written = [
            json!({"Statement": statement}),
            json!({"Version": "2008-10-17", "Statement": statement}),
            json!({"Version": "2012-10-17", "Statement": statement}),
        ]
        .map(|document| document.to_string());
        let version = "Policy document must be version 2012-10-17 or greater.";
        let refused = [0, 1, 2].map(|at| refusal(IdentityPolicy::managed(&written[at])));
        assert_eq!(refused, [Some(version.to_owned()), Some(version.to_owned()), None]);
        assert!(written.iter().all(|text| refusal(IdentityPolicy::inline(text)).is_none()));
        let json = refusal(IdentityPolicy::managed("{"));
        assert_eq!(json.as_deref(), Some("This policy contains invalid Json"));
    }

    #[test]
    fn a_trust_policy_is_about_being_assumed() {
        let trust = |action: &str| {
            let statement = json!({"Effect": "Allow", "Action": action, "Principal": "*"});
            let document = json!({"Version": "2012-10-17", "Statement": [statement]});
            refusal(TrustPolicy::written(&document.to_string()))
        };
        for action in ["sts:AssumeRole", "sts:tagsession", "sts:*", "*"] {
            assert_eq!(trust(action), None, "{action}");
        }
        let other = "AssumeRole policy may only specify STS AssumeRole actions.";
        for action in ["s3:GetObject", "sts:BadAssumeRole"] {
            assert_eq!(trust(action).as_deref(), Some(other), "{action}");
        }
    }
}
