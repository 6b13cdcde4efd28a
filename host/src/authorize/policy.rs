//! Policies, compiled: what they say of a question.

use std::borrow::Cow;

use super::{
    ConditionKeys, Reach, Subject,
    action::{Action, Actions},
    condition::Condition,
    parse,
    pattern::{ArnGlob, Token},
    principal::{Ids, Principals},
    template::Template,
};
use crate::wire::Error;

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
}

/// Where a policy may stand: it decides which elements it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a key: its statements name principals.
    Key,
    /// At a principal or a session: its statements are about those.
    Identity,
    /// At a role: its statements name who may assume it.
    Trust,
}

/// Why a text is no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It is no JSON.
    Json,
    /// It has not the form of one. AWS says no more of it.
    Form,
    /// The id of a statement has other letters than it may.
    Sid,
    /// Two statements have one id.
    RepeatedSid,
    /// A statement says nothing of actions.
    NoAction,
    /// A statement says nothing of resources.
    NoResource,
    /// What stands for actions is none.
    Action,
    /// What stands for resources is none.
    Resource,
    /// A statement names principals, and its place says already whom it is about.
    Principal,
    /// A statement names resources, and its place says already what it is about.
    ProhibitedResource,
    /// A statement of a key policy names nobody.
    NoPrincipal,
    /// A statement names somebody who cannot be.
    InvalidPrincipal,
    /// `ForAllValues` of a key that has one value, and is true where there is none.
    OverlyPermissive,
}

impl Malformed {
    /// What IAM and STS say of it.
    pub(super) fn of_iam(self) -> Error {
        Error::malformed_policy_document(match self {
            Self::Json => "This policy contains invalid Json",
            Self::Form => "Syntax errors in policy.",
            Self::Sid => {
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the \
                 regular expression [0-9A-Za-z]*"
            }
            Self::RepeatedSid => "Statement IDs (SID) in a single policy must be unique.",
            Self::NoAction => "Policy statement must contain actions.",
            Self::NoResource => "Policy statement must contain resources.",
            Self::Action => {
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
            }
            Self::Resource => "Resource must be in ARN format or \"*\".",
            Self::Principal => "Policy document should not specify a principal.",
            Self::ProhibitedResource => "Has prohibited field Resource",
            Self::NoPrincipal => "Missing required field Principal",
            Self::InvalidPrincipal => "Invalid principal in policy.",
            Self::OverlyPermissive => "OverlyPermissiveCondition",
        })
    }
}

/// What a policy says of a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Whether a statement denies it.
    pub denied: bool,
    /// Whether one allows it, and how closely it names who asks.
    pub allowed: Option<Reach>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    /// None in policies of principals.
    pub(super) principals: Option<Principals>,
    pub(super) actions: Actions,
    pub(super) resources: Selection<ResourcePattern>,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// An element and its opposite, as in `Action` and `NotAction`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Selection<T> {
    Of(Vec<T>),
    AllBut(Vec<T>),
}

/// A resource, perhaps with variables that are filled in for each request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ResourcePattern {
    Fixed(ArnGlob),
    Filled(Template),
}

/// A question as policies see it.
pub(super) struct Asked<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) action: &'a Action,
    /// An ARN, or `*` for what is about no resource.
    pub(super) resource: &'a str,
    pub(super) keys: &'a dyn ConditionKeys,
}

impl Policy {
    /// Compiles a policy document.
    ///
    /// # Errors
    ///
    /// [`Malformed`] for a text that is none.
    pub fn parse(text: &str, place: Place) -> Result<Self, Malformed> {
        parse::policy(text, place)
    }

    /// The keys that its conditions ask for, in lower case.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(|one| &one.conditions).map(Condition::key)
    }

    /// The names of all principals that must be there.
    pub(super) fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.statements.iter().filter_map(|one| one.principals.as_ref()).flat_map(Principals::names)
    }

    /// Means the users and roles that have the names now, for good.
    pub(super) fn bind(&mut self, ids: &Ids) {
        let principals = self.statements.iter_mut().filter_map(|one| one.principals.as_mut());
        principals.for_each(|principals| principals.bind(ids));
    }

    /// The keys that a request must have, in lower case: of conditions that are not fulfilled
    /// without, and of variables of resources.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(|one| {
            let conditions = one.conditions.iter().filter(|condition| condition.needs_key());
            let (Selection::Of(resources) | Selection::AllBut(resources)) = &one.resources;
            let variables = resources.iter().flat_map(ResourcePattern::keys);
            conditions.map(Condition::key).chain(variables)
        })
    }

    /// The statements that are about the question, by their numbers.
    pub(super) fn saying(&self, asked: &Asked<'_>) -> impl Iterator<Item = (usize, Effect)> {
        let all = self.statements.iter().enumerate();
        all.filter(|(_, one)| one.reach(asked).is_some()).map(|(number, one)| (number, one.effect))
    }

    /// What it says.
    pub(super) fn find(&self, asked: &Asked<'_>) -> Findings {
        let mut findings = Findings::default();
        for statement in &self.statements {
            // What is known already need not be found again.
            let is_news = match statement.effect {
                Effect::Deny => true,
                Effect::Allow => findings.allowed != Some(Reach::Exact),
            };
            if let Some(reach) = is_news.then(|| statement.reach(asked)).flatten() {
                match statement.effect {
                    Effect::Deny => return Findings { denied: true, ..findings },
                    Effect::Allow => findings.allowed = findings.allowed.max(Some(reach)),
                }
            }
        }
        findings
    }
}

impl Statement {
    /// How closely the statement names who asks, if it is about the question at all.
    fn reach(&self, asked: &Asked<'_>) -> Option<Reach> {
        // Most statements are about something else.
        if !self.actions.have(asked.action) {
            return None;
        }
        let reach = match &self.principals {
            Some(principals) => principals.reach(asked.subject)?,
            None => Reach::Exact,
        };
        let applies = self.resources.has(|resource| resource.matches(asked))
            && self.conditions.iter().all(|condition| condition.holds(asked.keys));
        applies.then_some(reach)
    }
}

impl<T> Selection<T> {
    pub(super) fn has(&self, is_meant: impl FnMut(&T) -> bool) -> bool {
        match self {
            Self::Of(list) => list.iter().any(is_meant),
            Self::AllBut(list) => !list.iter().any(is_meant),
        }
    }
}

impl ResourcePattern {
    pub(super) fn new(template: Template) -> Option<Self> {
        match template.constant() {
            Some(tokens) => resource(&tokens).map(Self::Fixed),
            None => Some(Self::Filled(template)),
        }
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        let template = match self {
            Self::Fixed(_) => None,
            Self::Filled(template) => Some(template),
        };
        template.into_iter().flat_map(Template::keys)
    }

    fn matches(&self, asked: &Asked<'_>) -> bool {
        match self {
            Self::Fixed(ArnGlob::Everything) => true,
            Self::Fixed(glob) => glob.matches(asked.resource),
            Self::Filled(template) => template
                .fill(asked.keys)
                .and_then(|tokens| resource(&tokens))
                .is_some_and(|glob| glob.matches(asked.resource)),
        }
    }
}

/// An ARN that says of which service it is; its last elements may be left out.
fn resource(tokens: &[Token]) -> Option<ArnGlob> {
    let service = tokens.split(|token| *token == Token::Is(':')).nth(2);
    let is_open = |token: &Token| matches!(token, Token::Run | Token::One);
    if service.is_some_and(|service| service.iter().any(is_open)) {
        return None;
    }
    ArnGlob::new(tokens, true)
}
