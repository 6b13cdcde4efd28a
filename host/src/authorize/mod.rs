//! May this caller do this? Pure: values in, a verdict with its reason out.
//!
//! Source: IAM user guide, "Policy evaluation logic"; KMS developer guide, "Key policies" and
//! "Grants".

mod action;
mod condition;
mod document;
mod json;
mod key_policy;
mod parse;
mod pattern;
mod places;
mod policy;
mod principal;
mod question;
mod shown;
mod simulation;
mod template;
mod value;
mod written;

pub use document::{Document, IdentityPolicy, TrustPolicy};
pub use key_policy::KeyPolicy;
pub use places::{Position, statements};
pub use policy::{Findings, Malformed, Place, Policy};
pub use principal::Ids;
pub use question::{
    ConditionKeys, Granted, Kind, Own, Question, Reach, Resource, Subject, Values, Verdict, Who,
};
pub use shown::shown;
pub use simulation::{
    Decision, Simulated, Simulation, Source, is_address, is_moment, is_number, simulate,
};
pub use value::Network;

use crate::arn::AccountId;
use action::Action;
use policy::Asked;

/// Decides: an explicit denial anywhere goes before all else; then the key's side must reach the
/// caller, by its policy or by a grant; then the caller's own side must allow what reaches it only
/// by way of its account or its role, or from another account.
pub fn decide(question: &Question<'_>) -> Verdict {
    judge(question).verdict(question.granted)
}

/// What the policies say, whatever grants there are: they are asked once for all of these.
pub fn judge(question: &Question<'_>) -> Judgement {
    let Question { subject, resource, .. } = question;
    let action = Action::new(question.action);
    let settled = |by_policies| Judgement { by_policies, own: None };
    match (resource, &subject.own) {
        (Resource::Hidden, _) => return settled(Verdict::NotAllowed(Kind::Resource)),
        (Resource::Key { owner, .. }, _)
            if *owner != subject.account && !action.crosses_accounts() =>
        {
            return settled(Verdict::NotAllowed(Kind::Resource));
        }
        // The way of nearly all requests.
        (Resource::Key { owner, policy: KeyPolicy::Default, .. }, None)
            if *owner == subject.account && subject.who == Who::Root =>
        {
            return settled(Verdict::Allowed);
        }
        (
            Resource::Key { .. }
            | Resource::Role { .. }
            | Resource::Plain { .. }
            | Resource::Account,
            _,
        ) => {}
    }
    let arn = match resource {
        Resource::Key { arn, .. } | Resource::Role { arn, .. } | Resource::Plain { arn, .. } => arn,
        Resource::Account | Resource::Hidden => "*",
    };
    let asked = Asked { subject, action: &action, resource: arn, keys: question.keys };
    let own = OwnFindings::of(&asked);
    let keys = match resource {
        Resource::Key { owner, policy, .. } => policy.find(&asked, *owner),
        Resource::Role { trust, .. } => trust.policy().find(&asked),
        Resource::Plain { .. } | Resource::Account | Resource::Hidden => Findings::default(),
    };
    let denied = [
        (Kind::Identity, own.identity.denied),
        (Kind::Resource, keys.denied),
        (Kind::Boundary, own.boundary.denied),
        (Kind::Session, own.session.denied),
    ];
    if let Some((kind, _)) = denied.into_iter().find(|(_, denied)| *denied) {
        return settled(Verdict::Denied(kind));
    }
    let needs = match resource {
        Resource::Key { owner, .. } | Resource::Role { owner, .. } => {
            keys.allowed.map(|reach| own.needs(reach, *owner, *owner))
        }
        // A service has neither policies nor an account: it has what resources allow it.
        Resource::Plain { .. } | Resource::Account
            if matches!(subject.who, Who::Service { .. }) =>
        {
            None
        }
        // What has no policy of its own is open to its account's policies.
        Resource::Plain { owner, .. } if *owner != subject.account => None,
        Resource::Plain { .. } | Resource::Account => Some(Needs::IDENTITY),
        Resource::Hidden => None,
    };
    let by_policies = needs.map_or(Verdict::NotAllowed(Kind::Resource), |needs| own.verdict(needs));
    let key_owner = match resource {
        Resource::Key { owner, .. } => Some(*owner),
        Resource::Role { .. } | Resource::Plain { .. } | Resource::Account | Resource::Hidden => {
            None
        }
    };
    Judgement { by_policies, own: key_owner.map(|owner| (own, owner)) }
}

/// What policies say, to which a grant may add.
#[derive(Clone, Copy, Debug)]
pub struct Judgement {
    by_policies: Verdict,
    /// The caller's own side, and the account of the key, where a grant may still allow.
    own: Option<(OwnFindings, AccountId)>,
}

impl Judgement {
    /// The verdict, with a grant or without one.
    pub fn verdict(&self, granted: Option<Granted>) -> Verdict {
        match (self.by_policies, granted, self.own) {
            (Verdict::NotAllowed(_), Some(grant), Some((own, owner))) => {
                own.verdict(own.needs(grant.reach, owner, grant.issuer))
            }
            (by_policies, ..) => by_policies,
        }
    }
}

/// What the caller's own side must allow.
#[derive(Clone, Copy)]
struct Needs {
    /// Its identity policies.
    identity: bool,
    /// Its boundary and its session policies, where it has any.
    limits: bool,
}

impl Needs {
    const IDENTITY: Self = Self { identity: true, limits: true };
}

/// What the caller's own policies say.
#[derive(Clone, Copy, Debug)]
struct OwnFindings {
    account: AccountId,
    is_service: bool,
    identity: Findings,
    boundary: Findings,
    session: Findings,
}

impl OwnFindings {
    fn of(asked: &Asked<'_>) -> Self {
        let open = Findings { denied: false, allowed: Some(Reach::Exact) };
        let all = |policies: &[&Policy]| {
            policies.iter().fold(Findings::default(), |all, policy| {
                let one = policy.find(asked);
                Findings { denied: all.denied || one.denied, allowed: all.allowed.max(one.allowed) }
            })
        };
        let Subject { account, who, own, .. } = asked.subject;
        let (account, is_service) = (*account, matches!(who, Who::Service { .. }));
        match own {
            None => Self { account, is_service, identity: open, boundary: open, session: open },
            Some(own) => Self {
                account,
                is_service,
                identity: all(own.identity),
                boundary: own.boundary.map_or(open, |boundary| boundary.find(asked)),
                session: own.session.map_or(open, all),
            },
        }
    }

    /// What is needed of a caller that the owner's policy, or a grant of `issuer`, reaches.
    fn needs(&self, reach: Reach, owner: AccountId, issuer: AccountId) -> Needs {
        let is_own = owner == self.account || issuer == self.account;
        match reach {
            // A service has no policies.
            _ if self.is_service => Needs { identity: false, limits: false },
            // Another account's word is good only if the caller's own account agrees.
            _ if !is_own => Needs::IDENTITY,
            Reach::Exact => Needs { identity: false, limits: false },
            Reach::Role => Needs { identity: false, limits: true },
            Reach::Account => Needs::IDENTITY,
        }
    }

    /// Whether all that is needed is allowed.
    fn verdict(&self, needs: Needs) -> Verdict {
        let all = [
            (Kind::Identity, needs.identity, self.identity),
            (Kind::Boundary, needs.limits, self.boundary),
            (Kind::Session, needs.limits, self.session),
        ];
        let mut all = all.into_iter();
        let missing = all.find(|(_, is_needed, own)| *is_needed && own.allowed.is_none());
        missing.map_or(Verdict::Allowed, |(kind, ..)| Verdict::NotAllowed(kind))
    }
}

#[cfg(test)]
mod tests;
