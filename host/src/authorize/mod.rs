//! May this caller do this? Pure: values in, a verdict with its reason out.
//!
//! Source: IAM user guide, "Policy evaluation logic"; KMS developer guide, "Key policies" and
//! "Grants".

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

use policy::Asked;

/// Decides: an explicit denial anywhere goes before all else; then the key's side must reach the
/// caller, by its policy or by a grant; then the caller's own side must allow what reaches it only
/// by way of its account or its role, or from another account.
pub fn decide(question: &Question<'_>) -> Verdict {
    let Question { subject, resource, .. } = question;
    match (resource, &subject.own) {
        (Resource::Hidden, _) => return Verdict::NotAllowed(Kind::Resource),
        (Resource::Key { owner, .. }, _)
            if *owner != subject.account && !crosses_accounts(question.action) =>
        {
            return Verdict::NotAllowed(Kind::Resource);
        }
        // The way of nearly all requests.
        (Resource::Key { owner, policy: KeyPolicy::Default, .. }, None)
            if *owner == subject.account && subject.who == Who::Root =>
        {
            return Verdict::Allowed;
        }
        (
            Resource::Key { .. }
            | Resource::Role { .. }
            | Resource::Plain { .. }
            | Resource::Account,
            _,
        ) => {}
    }
    let action = question.action.to_ascii_lowercase();
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
        return Verdict::Denied(kind);
    }
    let ways = match resource {
        Resource::Key { owner, .. } | Resource::Role { owner, .. } => [
            question.granted.map(|grant| Needs::of(grant.reach, subject, *owner, grant.issuer)),
            keys.allowed.map(|reach| Needs::of(reach, subject, *owner, *owner)),
        ],
        // What has no policy of its own is open to its account's policies.
        Resource::Plain { owner, .. } if *owner != subject.account => [None, None],
        Resource::Plain { .. } | Resource::Account => [Some(Needs::IDENTITY), None],
        Resource::Hidden => [None, None],
    };
    let missing = ways.into_iter().flatten().map(|needs| own.missing(needs));
    // The way that lacks least: where one lacks nothing, it is open.
    match missing.min_by_key(Option::is_some) {
        Some(None) => Verdict::Allowed,
        Some(Some(kind)) => Verdict::NotAllowed(kind),
        None => Verdict::NotAllowed(Kind::Resource),
    }
}

/// Whether a key can serve other accounts in this way, if its policy lets them. Who it belongs to
/// and what becomes of it is the business of its own account, whatever the policy says.
fn crosses_accounts(action: &str) -> bool {
    let operation = action.strip_prefix("kms:").unwrap_or_default();
    ABROAD.contains(&operation)
}

/// Source: KMS developer guide, "AWS KMS permissions", column "Cross-account use".
const ABROAD: &[&str] = &[
    "CreateGrant",
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyRotationStatus",
    "GetPublicKey",
    "ListGrants",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
    "RevokeGrant",
    "Sign",
    "Verify",
    "VerifyMac",
];

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

    /// What is needed of a caller that the owner's policy, or a grant of `issuer`, reaches.
    fn of(
        reach: Reach,
        subject: &Subject<'_>,
        owner: crate::arn::AccountId,
        issuer: crate::arn::AccountId,
    ) -> Self {
        let is_service = matches!(subject.who, Who::Service { .. });
        let is_own = owner == subject.account || issuer == subject.account;
        match reach {
            // A service has no policies.
            _ if is_service => Self { identity: false, limits: false },
            // Another account's word is good only if the caller's own account agrees.
            _ if !is_own => Self::IDENTITY,
            Reach::Exact => Self { identity: false, limits: false },
            Reach::Role => Self { identity: false, limits: true },
            Reach::Account => Self::IDENTITY,
        }
    }
}

/// What the caller's own policies say.
struct OwnFindings {
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
        match &asked.subject.own {
            None => Self { identity: open, boundary: open, session: open },
            Some(own) => Self {
                identity: all(own.identity),
                boundary: own.boundary.map_or(open, |boundary| boundary.find(asked)),
                session: own.session.map_or(open, all),
            },
        }
    }

    /// What is not allowed, of what is needed.
    fn missing(&self, needs: Needs) -> Option<Kind> {
        let all = [
            (Kind::Identity, needs.identity, self.identity),
            (Kind::Boundary, needs.limits, self.boundary),
            (Kind::Session, needs.limits, self.session),
        ];
        let mut all = all.into_iter();
        all.find(|(_, is_needed, own)| *is_needed && own.allowed.is_none()).map(|(kind, ..)| kind)
    }
}

#[cfg(test)]
mod tests;
