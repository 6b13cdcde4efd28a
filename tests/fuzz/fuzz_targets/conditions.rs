//! Conditions: an operator, a key, what a policy asks for and what a request says. Whatever they
//! are, there is an answer, and it is the same if the policy's values stand in another order.
#![no_main]

use keycell::authorize::{
    ConditionKeys, KeyPolicy, Question, Resource, Subject, Values, Verdict, Who, decide,
};
use serde_json::{Value, json};

/// A request: the values of one key, and one text for whatever else is asked for.
struct Request<'a> {
    key: String,
    values: Vec<&'a str>,
    is_many: bool,
    other: &'a str,
}

impl ConditionKeys for Request<'_> {
    fn get(&self, name: &str) -> Option<Values<'_>> {
        match (name == self.key, self.values.as_slice()) {
            (true, [one]) if !self.is_many => Some(Values::from(*one)),
            (true, []) if !self.is_many => None,
            (true, many) => Some(Values::many(many.iter().copied())),
            (false, _) => (!self.other.is_empty()).then(|| Values::from(self.other)),
        }
    }
}

const OPERATORS: [&str; 28] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
    "Other",
];

// Three bytes say which operator; then come lines: the policy's values, an empty line, the
// request's, an empty line, another text.
libfuzzer_sys::fuzz_target!(|data: (u8, u8, u8, &str)| {
    let (operator, form, set, text) = data;
    let operator = OPERATORS[usize::from(operator) % OPERATORS.len()];
    let set = ["", "ForAllValues:", "ForAnyValue:"][usize::from(set) % 3];
    let suffix = if form & 1 == 0 { "" } else { "IfExists" };
    let version = if form & 2 == 0 { "2012-10-17" } else { "2008-10-17" };
    let mut parts = text.splitn(3, "\n\n");
    let mut part = || parts.next().unwrap_or_default();
    let mut operands: Vec<_> = part().lines().collect();
    let values = part().lines().collect();
    let request =
        Request { key: "aws:key".to_owned(), values, is_many: form & 4 != 0, other: part() };
    let ask = |operands: &[&str]| {
        let condition = json!({format!("{set}{operator}{suffix}"): {"aws:Key": operands}});
        answer(&condition, version, &request)
    };
    let first = ask(&operands);
    operands.reverse();
    assert_eq!(first, ask(&operands), "{operator} {operands:?}");
});

/// Nothing if the policy is malformed.
fn answer(condition: &Value, version: &str, request: &Request<'_>) -> Option<Verdict> {
    let statement = json!({
        "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition,
    });
    let document = json!({"Version": version, "Statement": statement});
    let policy = KeyPolicy::written(&document.to_string()).ok()?;
    let account = "111122223333".parse().expect("an account");
    let arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let resource = Resource::Key { arn, owner: account, policy: &policy };
    Some(decide(&Question {
        subject: &Subject { account, who: Who::Root, id: None, own: None },
        action: "kms:Encrypt",
        resource: &resource,
        keys: request,
        granted: None,
    }))
}
