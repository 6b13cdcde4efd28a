//! Rules of the evaluator that have too many cases for a table.

mod case;
mod cases;
mod readings;
mod simulate;

use keycell::{
    arn::AccountId,
    authorize::{
        ConditionKeys, Granted, KeyPolicy, Own, Place, Policy, Question, Reach, Resource, Subject,
        Values, Verdict, Who, decide,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

const OWNER: &str = "111122223333";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const USER: &str = "arn:aws:iam::111122223333:user/alice";
const ROLE: &str = "arn:aws:iam::111122223333:role/worker";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/worker/session";
const STRANGER: &str = "arn:aws:iam::444455556666:user/bob";

/// A request with up to three condition keys.
#[derive(Clone, Debug)]
struct Request {
    who: usize,
    action: &'static str,
    text: Option<String>,
    list: Option<Vec<String>>,
    granted: bool,
}

impl ConditionKeys for Request {
    fn get(&self, name: &str) -> Option<Values<'_>> {
        match name {
            "kms:text" => self.text.as_deref().map(Values::from),
            "kms:list" => {
                self.list.as_ref().map(|list| Values::many(list.iter().map(String::as_str)))
            }
            _ => None,
        }
    }
}

/// The policies that decide over a request.
#[derive(Clone, Debug)]
struct Policies {
    key: Vec<Value>,
    identity: Vec<Vec<Value>>,
    boundary: Option<Vec<Value>>,
    session: Option<Vec<Value>>,
}

impl Policies {
    fn decide(&self, request: &Request) -> Verdict {
        let key = KeyPolicy::written(&document(&self.key)).expect("a key policy");
        let own = |statements: &Vec<Value>| {
            let statements: Vec<_> = statements.iter().map(without_principal).collect();
            Policy::parse(&document(&statements), Place::Identity).expect("a policy")
        };
        let identity: Vec<_> = self.identity.iter().map(own).collect();
        let identity: Vec<_> = identity.iter().collect();
        let boundary = self.boundary.as_ref().map(own);
        let session = self.session.as_ref().map(own);
        let session = session.as_ref().map(|session| [session]);
        let own = Own {
            identity: &identity,
            boundary: boundary.as_ref(),
            session: session.as_ref().map(|session| &session[..]),
        };
        let (account, who, own) = match request.who {
            0 => (OWNER, Who::Root, None),
            1 => (OWNER, Who::User { arn: USER }, Some(own)),
            2 => (OWNER, Who::Session { role: ROLE, arn: SESSION }, Some(own)),
            3 => ("444455556666", Who::User { arn: STRANGER }, Some(own)),
            _ => ("444455556666", Who::Root, None),
        };
        let subject = Subject { account: parsed(account), who, id: None, own };
        let resource = Resource::Key { arn: KEY, owner: parsed(OWNER), policy: &key };
        let grant = Granted { reach: Reach::Exact, issuer: parsed(OWNER) };
        decide(&Question {
            subject: &subject,
            action: request.action,
            resource: &resource,
            keys: request,
            granted: request.granted.then_some(grant),
        })
    }

    /// Each of the lists in turn.
    fn lists(&mut self) -> impl Iterator<Item = &mut Vec<Value>> {
        let limits = [self.boundary.as_mut(), self.session.as_mut()];
        let own = self.identity.iter_mut().chain(limits.into_iter().flatten());
        std::iter::once(&mut self.key).chain(own)
    }
}

fn parsed(account: &str) -> AccountId {
    account.parse().expect("an account")
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn without_principal(statement: &Value) -> Value {
    let mut statement = statement.clone();
    let members = statement.as_object_mut().expect("an object");
    members.remove("Principal");
    members.remove("NotPrincipal");
    statement
}

fn any_request() -> impl Strategy<Value = Request> {
    let action = prop::sample::select(vec!["kms:Encrypt", "kms:Decrypt", "kms:PutKeyPolicy"]);
    let list = prop::collection::vec("[abA]{0,3}", 0..3);
    let keys = (prop::option::of("[abA]{0,3}"), prop::option::of(list));
    (0..5usize, action, keys, any::<bool>()).prop_map(|(who, action, (text, list), granted)| {
        Request { who, action, text, list, granted }
    })
}

fn any_statement(effects: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let select = |all: &[&'static str]| prop::sample::select(all.to_vec());
    let effect = prop::sample::select(effects.to_vec());
    let principal = select(&["*", OWNER, "444455556666", USER, ROLE, SESSION, STRANGER]);
    let named = (prop::collection::vec(principal, 1..4), any::<bool>());
    let action = select(&["kms:*", "*", "kms:Encrypt", "kms:De*", "kms:?ncrypt", "s3:*"]);
    let resource = select(&["*", KEY, "arn:aws:kms:*:*:key/*", "arn:aws:kms:us-west-1:*:key/*"]);
    let what = (action, any::<bool>(), resource, any::<bool>());
    let operator = select(&[
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringLike",
        "ForAnyValue:StringNotEquals",
        "StringEqualsIfExists",
        "NumericNotEqualsIfExists",
    ]);
    let values = prop::collection::vec("[abA*?]{0,3}", 0..3);
    let condition = (operator, select(&["kms:Text", "kms:list", "kms:none"]), values);
    (effect, named, what, prop::option::of(condition)).prop_map(
        |(effect, (named, but), (action, not_action, resource, not_resource), condition)| {
            let principal = if but && effect == "Deny" { "NotPrincipal" } else { "Principal" };
            let mut statement = json!({
                "Effect": effect,
                principal: {"AWS": named},
                if not_action { "NotAction" } else { "Action" }: action,
                if not_resource { "NotResource" } else { "Resource" }: resource,
            });
            if let Some((operator, key, values)) = condition {
                let numbers = || values.iter().map(String::len).collect::<Vec<_>>();
                let values = match operator.starts_with("Numeric") {
                    true => json!(numbers()),
                    false => json!(values),
                };
                statement["Condition"] = json!({operator: {key: values}});
            }
            statement
        },
    )
}

fn any_policies(effects: &'static [&'static str]) -> impl Strategy<Value = Policies> {
    let list = || prop::collection::vec(any_statement(effects), 0..5);
    let identity = prop::collection::vec(list(), 0..3);
    let lists = (list(), identity, prop::option::of(list()), prop::option::of(list()));
    lists.prop_map(|(key, identity, boundary, session)| Policies {
        key,
        identity,
        boundary,
        session,
    })
}

/// The same statements and policies, each list in any order.
fn any_order(policies: Policies) -> impl Strategy<Value = Policies> {
    let Policies { key, identity, boundary, session } = policies;
    let shuffled = |list: Vec<Value>| Just(list).prop_shuffle();
    let limit = move |list: Option<Vec<Value>>| {
        let is_there = list.is_some();
        shuffled(list.unwrap_or_default()).prop_map(move |list| is_there.then_some(list))
    };
    let own: Vec<_> = identity.into_iter().map(shuffled).collect();
    let own = own.prop_flat_map(|own| Just(own).prop_shuffle());
    (shuffled(key), own, limit(boundary), limit(session)).prop_map(
        |(key, identity, boundary, session)| Policies { key, identity, boundary, session },
    )
}

/// The document in other words: each single text as a list or each list of one as a text, its
/// members in one order or the other, with spaces.
fn printed(value: &Value, is_listed: bool, is_reversed: bool) -> String {
    let print = |value: &Value| printed(value, is_listed, is_reversed);
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            if is_reversed {
                members.reverse();
            }
            let member = |(name, value): (&String, &Value)| {
                let is_fixed = ["Effect", "Version"].contains(&&**name) || *value == "*";
                let text = match value {
                    Value::String(_) if is_listed && !is_fixed => format!("[{}]", print(value)),
                    Value::Array(list) if !is_listed && list.len() == 1 => print(&list[0]),
                    _ => print(value),
                };
                format!(" {} :\n{text}", json!(name))
            };
            format!("{{{}\t}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
        }
        Value::Array(list) => {
            format!("[ {} ]", list.iter().map(print).collect::<Vec<_>>().join(" ,"))
        }
        plain => plain.to_string(),
    }
}

const BOTH: &[&str] = &["Allow", "Deny"];

/// Whether a pattern matches, by trying everything.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => naive(rest, text),
        (Some(('*', rest)), Some((_, after))) => naive(rest, text) || naive(pattern, after),
        (Some(('?', rest)), Some((_, after))) => naive(rest, after),
        (Some((one, rest)), Some((other, after))) => one == other && naive(rest, after),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn another_denial_never_allows_more(
        policies in any_policies(BOTH),
        request in any_request(),
        denial in any_statement(&["Deny"]),
        at in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let mut more = policies.clone();
        let mut lists: Vec<_> = more.lists().collect();
        let list = at.0.index(lists.len());
        let place = at.1.index(lists[list].len() + 1);
        lists[list].insert(place, denial);
        let (before, after) = (policies.decide(&request), more.decide(&request));
        prop_assert!(after != Verdict::Allowed || before == Verdict::Allowed);
        if let Verdict::Denied(_) = before {
            prop_assert!(matches!(after, Verdict::Denied(_)));
        }
    }

    #[test]
    fn without_an_allow_nothing_is_allowed(
        policies in any_policies(&["Deny"]),
        request in any_request(),
    ) {
        let request = Request { granted: false, ..request };
        prop_assert_ne!(policies.decide(&request), Verdict::Allowed);
    }

    #[test]
    fn the_order_of_policies_and_statements_does_not_matter(
        (policies, shuffled) in any_policies(BOTH)
            .prop_flat_map(|one| (Just(one.clone()), any_order(one))),
        request in any_request(),
    ) {
        prop_assert_eq!(policies.decide(&request), shuffled.decide(&request));
    }

    #[test]
    fn what_is_printed_otherwise_is_the_same_policy(
        statements in prop::collection::vec(any_statement(BOTH), 0..5),
        places in any::<(bool, bool)>(),
    ) {
        let (is_listed, is_reversed) = places;
        let text = document(&statements);
        let other = printed(&text.parse().expect("JSON"), is_listed, is_reversed);
        let read = |text: &str, place| Policy::parse(text, place).expect("a policy");
        prop_assert_eq!(read(&text, Place::Key), read(&other, Place::Key), "{}", other);
        let own: Vec<_> = statements.iter().map(without_principal).collect();
        let text = document(&own);
        let other = printed(&text.parse().expect("JSON"), is_listed, is_reversed);
        prop_assert_eq!(read(&text, Place::Identity), read(&other, Place::Identity), "{}", other);
    }

    #[test]
    fn a_grant_never_forbids(policies in any_policies(BOTH), request in any_request()) {
        let decide = |granted| policies.decide(&Request { granted, ..request.clone() });
        if decide(false) == Verdict::Allowed {
            prop_assert_eq!(decide(true), Verdict::Allowed);
        }
        if let denied @ Verdict::Denied(_) = decide(false) {
            prop_assert_eq!(decide(true), denied);
        }
    }

    #[test]
    fn wildcards_match_what_trying_everything_finds(
        pattern in "[ab*?]{0,8}|[ab*]{0,12}",
        text in "[ab]{0,12}",
    ) {
        let statement = json!({
            "Effect": "Allow",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringLike": {"kms:text": pattern}},
        });
        let policies =
            Policies { key: vec![statement], identity: vec![], boundary: None, session: None };
        let text_of = Some(text.clone());
        let action = "kms:Encrypt";
        let request = Request { who: 0, action, text: text_of, list: None, granted: false };
        let [pattern, text] = [pattern, text].map(|text| text.chars().collect::<Vec<_>>());
        let expected = naive(&pattern, &text);
        prop_assert_eq!(policies.decide(&request) == Verdict::Allowed, expected);
    }
}
