//! What is asked of the policies, and what they answer.

use std::{borrow::Cow, fmt};

use crate::{arn::AccountId, wire::Error};

use super::{KeyPolicy, Policy, TrustPolicy};

/// May this principal do this to that?
pub struct Question<'a> {
    /// Who asks.
    pub subject: &'a Subject<'a>,
    /// `kms:Encrypt`.
    pub action: &'a str,
    /// What it is about.
    pub resource: &'a Resource<'a>,
    /// What conditions ask for.
    pub keys: &'a dyn ConditionKeys,
    /// The grant that speaks for the caller, if one was looked for: grants only allow, so they are
    /// looked for when the policies alone have answered [`Verdict::NotAllowed`].
    pub granted: Option<Granted>,
}

/// A principal, as policies see it.
pub struct Subject<'a> {
    /// Its account.
    pub account: AccountId,
    /// Who of that account.
    pub who: Who<'a>,
    /// The unique id of the user or the role; none of others.
    pub id: Option<&'a str>,
    /// Its own policies; none limit root users and services, which have whatever the policies of
    /// resources allow them.
    pub own: Option<Own<'a>>,
}

/// Who of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// Its root user.
    Root,
    /// An IAM user.
    User {
        /// `arn:aws:iam::A:user/path/name`.
        arn: &'a str,
    },
    /// A session of a role.
    Session {
        /// `arn:aws:iam::A:role/path/name`.
        role: &'a str,
        /// `arn:aws:sts::A:assumed-role/name/session`.
        arn: &'a str,
    },
    /// A federated user.
    Federated {
        /// `arn:aws:sts::A:federated-user/name`.
        arn: &'a str,
    },
    /// A service that calls for itself.
    Service {
        /// `logs.us-east-1.amazonaws.com`.
        name: &'a str,
    },
}

/// The policies of a principal.
#[derive(Default)]
pub struct Own<'a> {
    /// Of the user and its groups, or of the role: nothing is allowed but what they allow.
    pub identity: &'a [&'a Policy],
    /// The permissions boundary.
    pub boundary: Option<&'a Policy>,
    /// What the session was limited to when it began.
    pub session: Option<&'a [&'a Policy]>,
}

/// What an action is about.
pub enum Resource<'a> {
    /// A key, with what decides over it.
    Key {
        /// Its ARN.
        arn: &'a str,
        /// Whose it is.
        owner: AccountId,
        /// Its policy.
        policy: &'a KeyPolicy,
    },
    /// A role, and who may assume it.
    Role {
        /// Its ARN.
        arn: &'a str,
        /// Whose it is.
        owner: AccountId,
        /// Its trust policy.
        trust: &'a TrustPolicy,
    },
    /// What has no policy of its own: an alias, a user.
    Plain {
        /// Its ARN.
        arn: &'a str,
        /// Whose it is.
        owner: AccountId,
    },
    /// The caller's own account: operations that are about no single resource.
    Account,
    /// A key or an alias of another account that may or may not be there.
    Hidden,
}

/// A grant that names the caller, allows the action, and whose constraints are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// In which way it names the caller.
    pub reach: Reach,
    /// The account of whoever made it.
    pub issuer: AccountId,
}

/// In which way a policy or a grant names a principal; the further down, the closer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// By its account: what the account's own policies allow.
    Account,
    /// By its role: within its boundary and its session policies.
    Role,
    /// Itself, or everybody.
    Exact,
}

/// The answer, with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It may.
    Allowed,
    /// A policy of that kind says no, whatever others say.
    Denied(Kind),
    /// No policy of that kind says yes. A grant may.
    NotAllowed(Kind),
}

/// Where a policy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// At the resource: a key policy.
    Resource,
    /// At the principal, its groups or its role.
    Identity,
    /// At the principal, limiting what the others may allow.
    Boundary,
    /// At the session.
    Session,
}

/// What conditions are about. Values are looked up only if a statement asks for them.
pub trait ConditionKeys {
    /// The values of a key, whose name is given in lower case; `None` if the request has no such
    /// key.
    fn get(&self, name: &str) -> Option<Values<'_>>;
}

/// The values of a condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values<'a> {
    /// Of a key that has one.
    One(Cow<'a, str>),
    /// Of a key that may have several, even if it has one: only `ForAllValues` and `ForAnyValue`
    /// look at these.
    Many(Vec<Cow<'a, str>>),
}

impl Verdict {
    /// In AWS's words; nothing if it is allowed.
    pub fn check(
        self,
        caller: &dyn fmt::Display,
        account: AccountId,
        action: &str,
        resource: &Resource<'_>,
    ) -> Result<(), Error> {
        let why = match self {
            Self::Allowed => return Ok(()),
            Self::Denied(kind) => format!("with an explicit deny in {}", kind.with_article()),
            Self::NotAllowed(kind) => {
                format!("because no {} allows the {action} action", kind.words())
            }
        };
        let by_resource = matches!(self, Self::Denied(kind) | Self::NotAllowed(kind)
            if kind == Kind::Resource);
        let what = match resource {
            Resource::Role { arn, .. } => format!("resource: {arn}"),
            Resource::Key { arn, owner, .. } | Resource::Plain { arn, owner }
                if *owner == account =>
            {
                format!("resource: {arn}")
            }
            Resource::Account => "resource: *".to_owned(),
            Resource::Key { .. } | Resource::Plain { .. } | Resource::Hidden => {
                if by_resource {
                    return Err(Error::denied(&caller, action, HIDDEN, ABSENT_OR_FORBIDDEN));
                }
                HIDDEN.to_owned()
            }
        };
        Err(Error::denied(&caller, action, &what, &why))
    }
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Resource => "resource-based policy",
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
        }
    }

    fn with_article(self) -> &'static str {
        match self {
            Self::Resource => "a resource-based policy",
            Self::Identity => "an identity-based policy",
            Self::Boundary => "a permissions boundary",
            Self::Session => "a session policy",
        }
    }
}

impl<'a> Values<'a> {
    /// The values of a key that may have several.
    pub fn many(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Many(values.into_iter().map(Cow::Borrowed).collect())
    }

    /// The same values, kept.
    pub fn kept(self) -> Values<'static> {
        let keep = |value: Cow<'a, str>| Cow::Owned(value.into_owned());
        match self {
            Self::One(value) => Values::One(keep(value)),
            Self::Many(values) => Values::Many(values.into_iter().map(keep).collect()),
        }
    }
}

impl<'a> From<&'a str> for Values<'a> {
    fn from(text: &'a str) -> Self {
        Self::One(text.into())
    }
}

impl From<String> for Values<'_> {
    fn from(text: String) -> Self {
        Self::One(text.into())
    }
}

impl From<bool> for Values<'_> {
    fn from(value: bool) -> Self {
        Self::One(if value { "true" } else { "false" }.into())
    }
}

/// A request that has no condition keys.
impl ConditionKeys for () {
    fn get(&self, _: &str) -> Option<Values<'_>> {
        None
    }
}

/// Of another account's resources nothing is told, not even whether they are there.
const HIDDEN: &str = "this resource";
const ABSENT_OR_FORBIDDEN: &str = "because the resource does not exist in this Region, no \
                                   resource-based policies allow access, or a resource-based \
                                   policy explicitly denies access";
