//! A question to the evaluator, in the forms that the two implementations want it in.

use std::collections::BTreeMap;

use keycell::authorize::{
    ConditionKeys, KeyPolicy, Own, Place, Policy, Question, Resource, Subject, Values, Verdict,
    Who, decide,
};
use serde_json::{Value, json};

use super::{KEY, OWNER, document, parsed};

pub(super) const STRANGERS: &str = "444455556666";
pub(super) const USER: &str = "arn:aws:iam::111122223333:user/path/alice";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/path/worker";
pub(super) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/worker/session";
pub(super) const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/carol";
pub(super) const STRANGER: &str = "arn:aws:iam::444455556666:user/bob";
pub(super) const STRANGE_ROLE: &str = "arn:aws:iam::444455556666:role/visitor";
pub(super) const STRANGE_SESSION: &str = "arn:aws:sts::444455556666:assumed-role/visitor/session";
pub(super) const SERVICE: &str = "logs.us-east-1.amazonaws.com";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Person {
    Root,
    User,
    Session,
    Federated,
    Service,
    StrangeRoot,
    Stranger,
    StrangeSession,
}

/// The request and all policies that decide over it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) person: Person,
    pub(super) action: &'static str,
    /// By names as AWS writes them.
    pub(super) keys: BTreeMap<&'static str, Found>,
    pub(super) key_policy: Document,
    pub(super) identity: Vec<Document>,
    pub(super) boundary: Option<Document>,
    /// Of sessions alone.
    pub(super) session: Option<Document>,
}

/// The values of a condition key.
#[derive(Clone, Debug)]
pub(super) enum Found {
    One(String),
    Many(Vec<String>),
}

/// A policy that can still be changed.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// Without one there are no policy variables.
    pub(super) version: Option<&'static str>,
    pub(super) statements: Vec<Value>,
}

/// What both sides say, but for the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    Allowed,
    ExplicitlyDenied,
    ImplicitlyDenied,
}

impl Person {
    pub(super) const ALL: [Self; 8] = [
        Self::Root,
        Self::User,
        Self::Session,
        Self::Federated,
        Self::Service,
        Self::StrangeRoot,
        Self::Stranger,
        Self::StrangeSession,
    ];

    pub(super) fn account(self) -> &'static str {
        match self {
            Self::Root | Self::User | Self::Session | Self::Federated | Self::Service => OWNER,
            Self::StrangeRoot | Self::Stranger | Self::StrangeSession => STRANGERS,
        }
    }

    pub(super) fn is_strange(self) -> bool {
        self.account() != OWNER
    }

    pub(super) fn is_session(self) -> bool {
        matches!(self, Self::Session | Self::Federated | Self::StrangeSession)
    }

    /// Whether it has policies of its own.
    pub(super) fn has_own(self) -> bool {
        !matches!(self, Self::Root | Self::StrangeRoot | Self::Service)
    }

    pub(super) fn who(self) -> Who<'static> {
        match self {
            Self::Root | Self::StrangeRoot => Who::Root,
            Self::User => Who::User { arn: USER },
            Self::Stranger => Who::User { arn: STRANGER },
            Self::Session => Who::Session { role: ROLE, arn: SESSION },
            Self::StrangeSession => Who::Session { role: STRANGE_ROLE, arn: STRANGE_SESSION },
            Self::Federated => Who::Federated { arn: FEDERATED },
            Self::Service => Who::Service { name: SERVICE },
        }
    }

    fn name(self) -> String {
        match self.who() {
            Who::Root => format!("arn:aws:iam::{}:root", self.account()),
            Who::User { arn } | Who::Session { arn, .. } | Who::Federated { arn } => arn.to_owned(),
            Who::Service { name } => name.to_owned(),
        }
    }
}

impl Case {
    /// What our evaluator says.
    pub(super) fn decide(&self) -> Answer {
        let policy = KeyPolicy::written(&self.key_policy.text()).expect("a key policy");
        let read = |document: &Document| {
            Policy::parse(&document.text(), Place::Identity).expect("a policy")
        };
        let identity: Vec<_> = self.identity.iter().map(read).collect();
        let identity: Vec<_> = identity.iter().collect();
        let boundary = self.boundary.as_ref().map(read);
        let session = self.session.as_ref().map(read);
        let session = session.as_ref().map(|session| [session]);
        let own = Own {
            identity: &identity,
            boundary: boundary.as_ref(),
            session: session.as_ref().map(|session| &session[..]),
        };
        let subject = Subject {
            account: parsed(self.person.account()),
            who: self.person.who(),
            id: None,
            own: self.person.has_own().then_some(own),
        };
        let resource = Resource::Key { arn: KEY, owner: parsed(OWNER), policy: &policy };
        let verdict = decide(&Question {
            subject: &subject,
            action: self.action,
            resource: &resource,
            keys: self,
            granted: None,
        });
        match verdict {
            Verdict::Allowed => Answer::Allowed,
            Verdict::Denied(_) => Answer::ExplicitlyDenied,
            Verdict::NotAllowed(_) => Answer::ImplicitlyDenied,
        }
    }

    /// The question as iam-simulate is asked it. It knows no root users: one that has all
    /// permissions of its own is one.
    pub(super) fn simulation(&self) -> Value {
        let named = |document: &Document| json!({"name": "own", "policy": document.json()});
        let all = Document::new(vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]);
        let identity = match self.person {
            Person::Root | Person::StrangeRoot => vec![named(&all)],
            _ => self.identity.iter().map(named).collect(),
        };
        let values = self.keys.iter().map(|(name, found)| {
            let values = match found {
                Found::One(value) => json!(value),
                Found::Many(values) => json!(values),
            };
            ((*name).to_owned(), values)
        });
        let mut simulation = json!({
            "request": {
                "principal": self.person.name(),
                "action": self.action,
                "resource": {"resource": KEY, "accountId": OWNER},
                "contextVariables": values.collect::<serde_json::Map<_, _>>(),
            },
            "identityPolicies": identity,
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            "resourcePolicy": self.key_policy.json(),
        });
        if let Some(boundary) = &self.boundary {
            simulation["permissionBoundaryPolicies"] = json!([named(boundary)]);
        }
        if let Some(session) = &self.session {
            simulation["sessionPolicy"] = session.json();
        }
        simulation
    }

    /// Each policy in turn.
    pub(super) fn documents(&mut self) -> impl Iterator<Item = &mut Document> {
        let own = self.identity.iter_mut().chain(&mut self.boundary).chain(&mut self.session);
        std::iter::once(&mut self.key_policy).chain(own)
    }
}

/// Names have no case.
impl ConditionKeys for Case {
    fn get(&self, name: &str) -> Option<Values<'_>> {
        let (_, found) = self.keys.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(match found {
            Found::One(value) => Values::from(value.as_str()),
            Found::Many(values) => Values::many(values.iter().map(String::as_str)),
        })
    }
}

impl Document {
    pub(super) const CURRENT: Option<&str> = Some("2012-10-17");

    pub(super) fn new(statements: Vec<Value>) -> Self {
        Self { version: Self::CURRENT, statements }
    }

    fn json(&self) -> Value {
        let mut json = json!({"Statement": self.statements});
        if let Some(version) = self.version {
            json["Version"] = version.into();
        }
        json
    }

    fn text(&self) -> String {
        match self.version {
            Self::CURRENT => document(&self.statements),
            _ => self.json().to_string(),
        }
    }
}

impl Answer {
    pub(super) const ALL: [Self; 3] =
        [Self::Allowed, Self::ExplicitlyDenied, Self::ImplicitlyDenied];

    /// As iam-simulate names it.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| format!("{answer:?}") == word)
    }
}
