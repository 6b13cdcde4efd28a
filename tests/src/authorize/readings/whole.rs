//! Cases as iam-simulate sees them.

use serde_json::{Value, json};

use crate::authorize::{
    KEY, OWNER,
    case::{
        Answer, Case, Document, FEDERATED, Person, ROLE, SERVICE, SESSION, STRANGE_ROLE,
        STRANGE_SESSION, STRANGER, USER,
    },
    cases::CAROL,
};

pub(super) fn versions(case: &mut Case) {
    case.documents().for_each(|document| document.version = Document::CURRENT);
}

/// The action becomes one that is for other accounts, too.
pub(super) fn rulers(case: &mut Case) {
    if case.person.is_strange() && case.action == "kms:DisableKey" {
        case.action = "kms:DescribeKey";
        for document in case.documents() {
            rewrite(document, &[("kms:Disable?ey", "kms:Describe?ey")]);
        }
    }
}

pub(super) fn exempted(case: &mut Case) {
    let (person, is_limited) = (case.person, case.boundary.is_some());
    case.key_policy.statements.retain_mut(|statement| {
        let statement = statement.as_object_mut().expect("a statement is an object");
        let Some(but) = statement.remove("NotPrincipal") else { return true };
        statement.insert("Principal".to_owned(), json!("*"));
        is_limited || !reaches(&but, person)
    });
}

fn reaches(principals: &Value, person: Person) -> bool {
    let names = |heading: &str| super::texts(&principals[heading]);
    let own: &[&str] = match person {
        Person::Root | Person::StrangeRoot | Person::Service => &[],
        Person::User => &[USER],
        Person::Session => &[ROLE, SESSION],
        Person::Federated => &[FEDERATED, CAROL],
        Person::Stranger => &[STRANGER],
        Person::StrangeSession => &[STRANGE_ROLE, STRANGE_SESSION],
    };
    let root = format!("arn:aws:iam::{}:root", person.account());
    let is_meant = |name: &&str| match person {
        Person::Service => *name == "*",
        _ => ["*", person.account(), &root].contains(name) || own.contains(name),
    };
    let is_service = person == Person::Service && names("Service").contains(&SERVICE);
    *principals == "*" || is_service || names("AWS").iter().any(is_meant)
}

/// The federated user becomes a session, and its user that session's role.
pub(super) fn federated(case: &mut Case) {
    if case.person == Person::Federated {
        case.person = Person::Session;
        let (role, session) = (format!("{ROLE}2"), SESSION.replace("worker", "worker2"));
        let names = [(SESSION, &*session), (ROLE, &*role), (CAROL, ROLE), (FEDERATED, SESSION)];
        rewrite(&mut case.key_policy, &names);
    }
}

pub(super) fn absent(case: &mut Case) {
    let keys_of_request = case.keys.clone();
    let all = case.documents().flat_map(|document| &mut document.statements);
    for statement in all {
        let Some(conditions) = statement.get("Condition").cloned() else { continue };
        let mut read = json!({});
        for (operator, keys) in super::members(&conditions) {
            let has = |key: &String| super::found(&keys_of_request, key).is_some();
            let is_any = operator.starts_with("ForAnyValue:");
            let read_operator = match operator.strip_suffix("IfExists") {
                Some(plain) if is_any && !super::members(keys).all(|(key, _)| has(key)) => plain,
                _ => operator,
            };
            read[read_operator] = keys.clone();
        }
        statement["Condition"] = read;
    }
}

pub(super) fn regions(case: &mut Case) {
    case.documents().for_each(|document| rewrite(document, &[("US-EAST-1", "us-east-1")]));
}

pub(super) fn types(case: &mut Case) {
    case.documents().for_each(|document| rewrite(document, &[("*:k*/*", NONE)]));
}

pub(super) fn short(case: &mut Case) {
    let none = format!("\"arn:aws:kms:us-east-1:{NONE}\"");
    rewrite(&mut case.key_policy, &[("\"arn:aws:kms:us-east-1\"", &none)]);
}

/// The account and the name of no key.
const NONE: &str = "000000000000:key/none";

pub(super) fn halting(case: &mut Case) {
    drop_outside(case, "arn:aws:kms:eu-*");
}

pub(super) fn nowhere(case: &mut Case) {
    drop_outside(case, "arn:aws:kms:us-east-1:*:key/${aws:PrincipalTag/none}");
}

/// Drops the statements that are about what is outside this.
fn drop_outside(case: &mut Case, resource: &str) {
    for document in case.documents() {
        let has = |one: &Value| super::texts(&one["NotResource"]).contains(&resource);
        document.statements.retain(|statement| !has(statement));
    }
}

/// A key policy that allows nothing does the same.
pub(super) fn sessions(case: &mut Case) {
    let Some(session) = case.session.clone() else { return };
    let all = json!({
        "Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "*", "Resource": KEY,
    });
    let alone = Case {
        person: Person::User,
        key_policy: Document::new(vec![all]),
        identity: vec![session],
        boundary: None,
        session: None,
        ..case.clone()
    };
    if alone.decide() == Answer::ImplicitlyDenied {
        case.key_policy.statements.retain(|statement| statement["Effect"] != "Allow");
    }
}

fn rewrite(document: &mut Document, words: &[(&str, &str)]) {
    for statement in &mut document.statements {
        let text = words
            .iter()
            .fold(statement.to_string(), |text, (known, other)| text.replace(known, other));
        *statement = text.parse().expect("names need no escapes");
    }
}
