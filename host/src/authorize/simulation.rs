//! What a simulator asks: not only whether something would be allowed, but which statements say so,
//! and what the policies ask for that nobody has told.
//!
//! Source: IAM API reference, "EvaluationResult"; where it is silent, what AWS was observed to do.

use std::collections::BTreeSet;

use crate::arn::AccountId;

use super::{
    ConditionKeys, Kind, Policy, Subject,
    action::Action,
    policy::{Asked, Effect},
    value::{self, Decimal},
};

/// A question with all the policies that are to answer it.
pub struct Simulation<'a> {
    /// Who would ask. Its own policies are among the sources.
    pub subject: &'a Subject<'a>,
    /// `kms:Encrypt`.
    pub action: &'a str,
    /// An ARN, or `*`.
    pub resource: &'a str,
    /// Whose the resource would be. It matters only if there is a policy of the resource.
    pub owner: AccountId,
    /// The policies.
    pub sources: &'a [Source<'a>],
    /// What conditions ask for.
    pub keys: &'a dyn ConditionKeys,
}

/// One of the policies.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Where it would stand.
    pub kind: Kind,
    /// As it was written.
    pub text: &'a str,
    /// What it says.
    pub policy: &'a Policy,
}

/// The answer, and whence it comes.
pub struct Simulated {
    /// The answer.
    pub decision: Decision,
    /// The statements that decide: the number of the source, and that of the statement in it.
    pub matched: Vec<(usize, usize)>,
    /// What conditions ask for, of which nothing was told; spelled as in the policies. Where it is
    /// decided otherwise, nothing is missing.
    pub missing: BTreeSet<String>,
    /// What the permissions boundary says, if there is one.
    pub boundary: Option<Decision>,
    /// What each kind of policy says, if the resource is another account's.
    pub details: Vec<(Kind, Decision)>,
}

/// What a policy, or all of them, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// A statement allows it, and none denies it.
    Allowed,
    /// No statement allows it.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
}

impl Decision {
    /// AWS's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
        }
    }
}

/// Asks all the policies.
pub fn simulate(simulation: &Simulation<'_>) -> Simulated {
    let Simulation { subject, resource, owner, sources, keys, .. } = *simulation;
    let action = Action::new(simulation.action);
    let asked = Asked { subject, action: &action, resource, keys };
    let mut found = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let saying = source.policy.saying(&asked);
        found.extend(saying.map(|(statement, effect)| (source.kind, effect, number, statement)));
    }
    let of = |kind: Kind| {
        let says = |effect| found.iter().any(|one| (one.0, one.1) == (kind, effect));
        let decision = match (says(Effect::Deny), says(Effect::Allow)) {
            (true, _) => Decision::ExplicitDeny,
            (false, true) => Decision::Allowed,
            (false, false) => Decision::ImplicitDeny,
        };
        sources.iter().any(|source| source.kind == kind).then_some(decision)
    };
    let identity = of(Kind::Identity).unwrap_or(Decision::ImplicitDeny);
    let (boundary, at_resource) = (of(Kind::Boundary), of(Kind::Resource));
    let is_own = identity == Decision::Allowed && boundary.is_none_or(|it| it == Decision::Allowed);
    let is_abroad = owner != subject.account && at_resource.is_some();
    let is_open = at_resource == Some(Decision::Allowed);
    let is_allowed = if is_abroad { is_own && is_open } else { is_own || is_open };
    let decision = match found.iter().any(|one| one.1 == Effect::Deny) {
        true => Decision::ExplicitDeny,
        false if is_allowed => Decision::Allowed,
        false => Decision::ImplicitDeny,
    };
    let decides = |kind: Kind, effect: Effect| match (decision, kind) {
        (Decision::ExplicitDeny, _) => effect == Effect::Deny,
        (Decision::ImplicitDeny, _) => false,
        // AWS does not name the statements of a boundary that let something pass.
        (Decision::Allowed, Kind::Boundary | Kind::Session) => false,
        (Decision::Allowed, Kind::Identity) => is_own,
        (Decision::Allowed, Kind::Resource) => true,
    };
    let matched = found.iter().filter(|one| decides(one.0, one.1));
    let mut details = Vec::new();
    if is_abroad {
        let kinds = [Kind::Identity, Kind::Resource, Kind::Boundary];
        details.extend(kinds.into_iter().filter_map(|kind| of(kind).map(|said| (kind, said))));
    }
    Simulated {
        decision,
        matched: matched.map(|one| (one.2, one.3)).collect(),
        missing: match decision {
            Decision::ImplicitDeny => missing(sources, keys),
            Decision::Allowed | Decision::ExplicitDeny => BTreeSet::new(),
        },
        boundary,
        details,
    }
}

/// All keys that the policies ask for and that have no value, also in statements that are about
/// something else.
fn missing(sources: &[Source<'_>], keys: &dyn ConditionKeys) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    for source in sources {
        for key in source.policy.wanted().filter(|key| keys.get(key).is_none()) {
            missing.insert(spelled(source.text, key));
        }
    }
    missing
}

/// A key as the text has it; it is known in lower case.
fn spelled(text: &str, key: &str) -> String {
    let at = text.to_ascii_lowercase().find(key);
    let spelled = at.and_then(|at| text.get(at..at + key.len()));
    spelled.unwrap_or(key).to_owned()
}

/// Whether a text is a number as conditions have them.
pub fn is_number(text: &str) -> bool {
    Decimal::parse(text).is_some()
}

/// The same of a time.
pub fn is_moment(text: &str) -> bool {
    value::moment(text).is_some()
}

/// The same of an address of the Internet Protocol.
pub fn is_address(text: &str) -> bool {
    value::address(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::{IdentityPolicy, Own, Place, Question, Resource, Verdict, Who, decide};

    const USER: &str = "arn:aws:iam::111122223333:user/u";
    const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/k";

    fn statement(effect: &str, action: &str, more: &str) -> String {
        format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*"{more}}}"#)
    }

    fn policy(statements: &[String]) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
    }

    fn simulated(sources: &[(Kind, &str)], owner: &str) -> Simulated {
        let place = |kind| match kind {
            Kind::Resource => Place::Key,
            Kind::Identity | Kind::Boundary | Kind::Session => Place::Identity,
        };
        let compiled: Vec<_> = sources
            .iter()
            .map(|(kind, text)| Policy::parse(text, place(*kind)).expect("it is a policy"))
            .collect();
        let sources: Vec<_> = sources
            .iter()
            .zip(&compiled)
            .map(|((kind, text), policy)| Source { kind: *kind, text, policy })
            .collect();
        let account = "111122223333".parse().expect("an account");
        let who = Who::User { arn: USER };
        let subject = Subject { account, who, id: None, own: None };
        simulate(&Simulation {
            subject: &subject,
            action: "kms:Encrypt",
            resource: KEY,
            owner: owner.parse().expect("an account"),
            sources: &sources,
            keys: &(),
        })
    }

    #[test]
    fn the_statements_that_decide_are_named() {
        let identity = policy(&[
            statement("Allow", "kms:Encrypt", ""),
            statement("Allow", "kms:Decrypt", ""),
            statement("Allow", "kms:*", ""),
        ]);
        let own = "111122223333";
        let allowed = simulated(&[(Kind::Identity, &identity)], own);
        assert_eq!(allowed.decision, Decision::Allowed);
        assert_eq!(allowed.matched, [(0, 0), (0, 2)]);
        let deny = policy(&[statement("Deny", "kms:Encrypt", "")]);
        let denied = simulated(&[(Kind::Identity, &identity), (Kind::Boundary, &deny)], own);
        assert_eq!(denied.decision, Decision::ExplicitDeny);
        assert_eq!((denied.matched, denied.boundary), (vec![(1, 0)], Some(Decision::ExplicitDeny)));
        let other = policy(&[statement("Allow", "kms:Decrypt", "")]);
        let limited = simulated(&[(Kind::Identity, &identity), (Kind::Boundary, &other)], own);
        assert_eq!((limited.decision, limited.matched), (Decision::ImplicitDeny, vec![]));
    }

    #[test]
    fn what_is_missing_is_spelled_as_in_the_policy() {
        let condition = r#","Condition":{"StringEquals":{"kms:ViaService":"x"}}"#;
        let asks = policy(&[statement("Allow", "kms:Decrypt", condition)]);
        let nothing = simulated(&[(Kind::Identity, &asks)], "111122223333");
        assert_eq!(nothing.missing.iter().collect::<Vec<_>>(), ["kms:ViaService"]);
        let allow = policy(&[statement("Allow", "*", "")]);
        let all = simulated(&[(Kind::Identity, &asks), (Kind::Identity, &allow)], "111122223333");
        assert!(all.missing.is_empty());
    }

    #[test]
    fn a_policy_of_the_resource_opens_it_alone_in_its_own_account() {
        let allow = policy(&[statement("Allow", "*", "")]);
        let principal = format!(r#","Principal":{{"AWS":"{USER}"}}"#);
        let resource = policy(&[statement("Allow", "kms:Encrypt", &principal)]);
        let (own, other) = ("111122223333", "444455556666");
        let alone = simulated(&[(Kind::Resource, &resource)], own);
        assert_eq!((alone.decision, alone.details.len()), (Decision::Allowed, 0));
        let abroad = simulated(&[(Kind::Resource, &resource)], other);
        assert_eq!(abroad.decision, Decision::ImplicitDeny);
        let both = simulated(&[(Kind::Resource, &resource), (Kind::Identity, &allow)], other);
        assert_eq!(both.decision, Decision::Allowed);
        let said = [(Kind::Identity, Decision::Allowed), (Kind::Resource, Decision::Allowed)];
        assert_eq!(both.details, said);
    }

    /// What is simulated without a policy of the resource is what is decided.
    #[test]
    fn the_simulator_and_the_evaluator_agree() {
        let account = "111122223333".parse().expect("an account");
        let texts = ["Allow", "Deny"].map(|effect| {
            ["kms:Encrypt", "kms:Decrypt", "kms:*"]
                .map(|action| policy(&[statement(effect, action, "")]))
        });
        let texts: Vec<_> = texts.iter().flatten().collect();
        for identity in &texts {
            for boundary in &texts {
                let sources = [(Kind::Identity, identity.as_str()), (Kind::Boundary, boundary)];
                let simulated = simulated(&sources, "111122223333");
                let parse = |text: &str| IdentityPolicy::parse(text).expect("it is a policy");
                let (identity, boundary) = (parse(identity), parse(boundary));
                let own = Own {
                    identity: &[identity.policy()],
                    boundary: Some(boundary.policy()),
                    session: None,
                };
                let who = Who::User { arn: USER };
                let verdict = decide(&Question {
                    subject: &Subject { account, who, id: None, own: Some(own) },
                    action: "kms:Encrypt",
                    resource: &Resource::Plain { arn: KEY, owner: account },
                    keys: &(),
                    granted: None,
                });
                let decided = match verdict {
                    Verdict::Allowed => Decision::Allowed,
                    Verdict::Denied(_) => Decision::ExplicitDeny,
                    Verdict::NotAllowed(_) => Decision::ImplicitDeny,
                };
                assert_eq!(simulated.decision, decided, "{identity:?} {boundary:?}");
            }
        }
    }
}
