//! Who has signed a request, with all that policies and records tell of it.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

use crate::{
    arn::{AccountId, Arn},
    authorize::{IdentityPolicy, Own, Subject, Values, Who},
};

use super::{Acting, IamTags, Role, Session, User};

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// Who of that account.
    pub principal: Principal,
    /// What it signed with.
    pub access_key_id: String,
    /// Its own policies; root users and services have none, and are not limited by that.
    pub own: Option<Arc<OwnPolicies>>,
    /// The session, if the credentials are temporary.
    pub session: Option<Arc<Session>>,
    /// As what the signer acts, if that is a service.
    pub acting: Option<Arc<Acting>>,
}

/// Who of an account.
#[derive(Clone, Debug)]
pub enum Principal {
    /// The account's owner.
    Root,
    /// An IAM user.
    User {
        /// Which.
        user: Arc<User>,
        /// Its ARN.
        arn: String,
    },
    /// A session of a role.
    Role {
        /// Of which.
        role: Arc<Role>,
        /// The role's ARN.
        role_arn: String,
        /// `RoleSessionName`.
        name: String,
        /// The session's own ARN.
        arn: String,
    },
    /// A federated user.
    Federated {
        /// The user whose permissions it has at most; none for the root user's.
        user: Option<Arc<User>>,
        /// `Name`.
        name: String,
        /// Its ARN.
        arn: String,
    },
    /// A service that calls for itself.
    Service {
        /// `s3.amazonaws.com`
        name: String,
    },
}

/// The policies of a caller, as they are now.
#[derive(Clone, Debug, Default)]
pub struct OwnPolicies {
    /// Of the user and its groups, or of the role.
    pub identity: Vec<IdentityPolicy>,
    /// The permissions boundary.
    pub boundary: Option<IdentityPolicy>,
    /// What limits the session, if anything does.
    pub session: Option<Vec<IdentityPolicy>>,
}

impl Principal {
    /// A session of a role.
    pub fn of_role(role: Arc<Role>, name: &str) -> Self {
        let (account, role_arn) = (role.account, role.arn());
        // The path of the role is not in the name of its sessions.
        let arn = Arn::session(account, &role.name, name).to_string();
        Self::Role { role, role_arn, name: name.to_owned(), arn }
    }

    /// A federated user.
    pub fn federated(account: AccountId, user: Option<Arc<User>>, name: &str) -> Self {
        let arn = format!("arn:aws:sts::{account}:federated-user/{name}");
        Self::Federated { user, name: name.to_owned(), arn }
    }
}

impl Caller {
    /// The root user of an account.
    pub fn root(account: AccountId, access_key_id: &str) -> Self {
        let access_key_id = access_key_id.to_owned();
        let principal = Principal::Root;
        Self { account, principal, access_key_id, own: None, session: None, acting: None }
    }

    /// Whether it is a root user, with its own access key.
    pub fn is_root(&self) -> bool {
        matches!(self.principal, Principal::Root)
    }

    /// `aws:userid`, and `principalId` of records.
    pub fn user_id(&self) -> String {
        match &self.principal {
            Principal::Root => self.account.to_string(),
            Principal::User { user, .. } => user.id.to_string(),
            Principal::Role { role, name, .. } => format!("{}:{name}", role.id),
            Principal::Federated { name, .. } => format!("{}:{name}", self.account),
            Principal::Service { name } => name.clone(),
        }
    }

    /// Asks a question about the caller as policies see it.
    pub fn with_subject<T>(&self, ask: impl FnOnce(&Subject<'_>) -> T) -> T {
        let (who, id) = match &self.principal {
            Principal::Root => (Who::Root, None),
            Principal::User { user, arn } => (Who::User { arn }, Some(user.id.as_str())),
            Principal::Role { role, role_arn, arn, .. } => {
                (Who::Session { role: role_arn, arn }, Some(role.id.as_str()))
            }
            Principal::Federated { arn, .. } => (Who::Federated { arn }, None),
            Principal::Service { name } => (Who::Service { name }, None),
        };
        let Some(own) = self.own.as_deref() else {
            return ask(&Subject { account: self.account, who, id, own: None });
        };
        let identity: Vec<_> = own.identity.iter().map(IdentityPolicy::policy).collect();
        let session = own.session.as_ref();
        let session: Option<Vec<_>> =
            session.map(|list| list.iter().map(IdentityPolicy::policy).collect());
        let own = Own {
            identity: &identity,
            boundary: own.boundary.as_ref().map(IdentityPolicy::policy),
            session: session.as_deref(),
        };
        ask(&Subject { account: self.account, who, id, own: Some(own) })
    }

    /// Whether a condition of its own policies asks for a key, whose name is given in lower case.
    pub fn asks_for(&self, key: &str) -> bool {
        self.own.as_ref().is_some_and(|own| {
            let session = own.session.iter().flatten();
            own.identity.iter().chain(&own.boundary).chain(session).any(|one| one.asks_for(key))
        })
    }

    /// The value of a condition key about the caller, whose name is given in lower case.
    ///
    /// Source: IAM user guide, "AWS global condition context keys"; "Where you can use policy
    /// variables" for what each kind of principal has.
    pub fn fact(&self, name: &str) -> Option<Values<'_>> {
        let acting = self.acting.as_ref().and_then(|acting| acting.fact(name));
        // A service has none of what follows.
        if acting.is_some() || matches!(self.principal, Principal::Service { .. }) {
            return acting;
        }
        if let Some(tag) = name.strip_prefix("aws:principaltag/") {
            return self.tag(tag).map(|value| value.to_owned().into());
        }
        let session = self.session.as_deref();
        match name {
            "kms:calleraccount" | "aws:principalaccount" => Some(self.account.as_str().into()),
            "aws:principalarn" => Some(match &self.principal {
                Principal::Role { role_arn, .. } => role_arn.as_str().into(),
                Principal::Root
                | Principal::User { .. }
                | Principal::Federated { .. }
                | Principal::Service { .. } => self.to_string().into(),
            }),
            "aws:principaltype" => Some(self.kind().into()),
            "aws:userid" => Some(self.user_id().into()),
            "aws:username" => match &self.principal {
                Principal::User { user, .. } => Some(user.name.as_str().into()),
                Principal::Root
                | Principal::Role { .. }
                | Principal::Federated { .. }
                | Principal::Service { .. } => None,
            },
            "aws:tokenissuetime" => {
                let issued = Timestamp::from_millisecond(session?.issued).ok()?;
                Some(issued.to_string().into())
            }
            // There are no devices for it here; of long-term credentials nothing is said.
            "aws:multifactorauthpresent" => session.map(|_| false.into()),
            "aws:sourceidentity" | "sts:sourceidentity" => {
                Some(session?.source_identity.as_deref()?.into())
            }
            "aws:principalisawsservice" => Some(false.into()),
            _ => None,
        }
    }

    /// The user's or the role's own tags; those of the session go before.
    fn tag(&self, name: &str) -> Option<&str> {
        let of_session = self.session.as_ref().and_then(|session| session.tags.get(name));
        let of_entity = || match &self.principal {
            Principal::User { user, .. } => user.tags.get(name),
            Principal::Role { role, .. } => role.tags.get(name),
            Principal::Federated { user, .. } => user.as_ref().and_then(|user| user.tags.get(name)),
            Principal::Root | Principal::Service { .. } => None,
        };
        of_session.or_else(of_entity)
    }

    /// `aws:PrincipalType`
    fn kind(&self) -> &'static str {
        match self.principal {
            Principal::Root => "Account",
            Principal::User { .. } => "User",
            Principal::Role { .. } => "AssumedRole",
            Principal::Federated { .. } => "FederatedUser",
            Principal::Service { .. } => "Service",
        }
    }

    /// The tags of the caller that sessions inherit which it begins.
    pub fn transitive_tags(&self) -> IamTags {
        let Some(session) = self.session.as_deref() else { return IamTags::default() };
        let tags = session.transitive_tags.iter();
        let tags = tags.filter_map(|name| {
            session.tags.get(name).map(|value| (name.clone(), value.to_owned()))
        });
        IamTags(tags.collect())
    }
}

/// The caller's ARN.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.principal {
            Principal::Root => Arn::root(self.account).fmt(f),
            Principal::User { arn, .. }
            | Principal::Role { arn, .. }
            | Principal::Federated { arn, .. } => f.write_str(arn),
            Principal::Service { name } => f.write_str(name),
        }
    }
}
