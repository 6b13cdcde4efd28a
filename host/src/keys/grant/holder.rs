//! Who gets a grant and who retires it: how requests name principals, and which names mean a
//! caller.
//!
//! Names are looked at for their form only: which users and roles there are is not known here.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    arn::{AccountId, Arn, Entity, Owner, UniqueId},
    authorize::{Reach, Subject, Who},
    wire::{Error, Result},
};

/// A principal in a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// An account or a federated user, by its ARN.
    Principal(String),
    /// A user, a role or a session of a role: this one, whatever is called so later.
    Bound {
        /// Whose it is.
        account: AccountId,
        /// Of the user or the role.
        id: UniqueId,
        /// Of the session, if it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<String>,
    },
    /// A service, by its name.
    Service(String),
}

/// Who is to be a holder, as a request names him: in a form that principals have, so that it can be
/// looked whether there is such a one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nominee<'a> {
    /// An account's, by its ARN or its unique id.
    Principal(&'a str, Office),
    /// A service, by its name.
    Service(&'a str),
}

/// What a principal is named for: what is no principal is told in other words for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Office {
    /// To get a new grant.
    Grantee,
    /// To retire a new grant, or grants that are listed.
    Retiring,
    /// To have got the grants that are listed.
    Listed,
}

/// What is wrong with a principal's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It is no ARN, and no unique id of a user or a role.
    NoArn,
    /// It is no ARN of the right form.
    Form,
    /// Nobody can be called so.
    Nobody,
}

impl Holder {
    /// By which rows find it.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Principal(name) | Self::Service(name) => name.into(),
            Self::Bound { id, session, .. } => bound_name(id.as_str(), session.as_deref()),
        }
    }

    /// Its account; services have none.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Principal(arn) => Arn::parse(arn).ok()?.account(),
            Self::Bound { account, .. } => Some(*account),
            Self::Service(_) => None,
        }
    }
}

impl<'a> Nominee<'a> {
    /// A principal that is named for an office.
    ///
    /// # Errors
    ///
    /// If nobody can be called so.
    pub fn principal(name: &'a str, office: Office) -> Result<Self> {
        match fault(name) {
            None => Ok(Self::Principal(name, office)),
            Some(Fault::NoArn) => Err(office.no_principal(name)),
            Some(Fault::Form) => Err(Error::invalid_principal(format!("ARN is not valid: {name}"))),
            Some(Fault::Nobody) => Err(Error::unknown_principal(name)),
        }
    }

    /// As it is named.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Principal(name, _) | Self::Service(name) => name,
        }
    }

    /// Nobody is called so.
    pub fn is_nobody(&self) -> Error {
        match self {
            Self::Principal(name, office) if !name.starts_with(ARN) => office.no_principal(name),
            Self::Principal(name, _) | Self::Service(name) => Error::unknown_principal(name),
        }
    }
}

impl Office {
    /// What names nobody, and is no ARN.
    fn no_principal(self, name: &str) -> Error {
        match self {
            Self::Grantee => {
                Error::invalid_principal("GranteePrincipal does not refer to a valid principal.")
            }
            Self::Retiring => Error::no_retiring_principal(name),
            Self::Listed => Error::invalid_principal("Input does not refer to a valid principal"),
        }
    }
}

/// The names by which grants mean a caller, and how close each is.
pub fn names(subject: &Subject<'_>) -> Vec<(String, Reach)> {
    let account = (Arn::root(subject.account).to_string(), Reach::Account);
    let bound = |session| subject.id.map(|id| bound_name(id, session).into_owned());
    let exact = |session| bound(session).map(|name| (name, Reach::Exact));
    let names = match subject.who {
        // The root user is the account.
        Who::Root => [Some((account.0, Reach::Exact)), None, None],
        Who::User { .. } => [exact(None), Some(account), None],
        Who::Session { arn, .. } => {
            let session = arn.rsplit_once('/').map(|(_, session)| session);
            [exact(session), bound(None).map(|role| (role, Reach::Role)), Some(account)]
        }
        Who::Federated { arn } => [Some((arn.to_owned(), Reach::Exact)), Some(account), None],
        Who::Service { name } => [Some((name.to_owned(), Reach::Exact)), None, None],
    };
    names.into_iter().flatten().collect()
}

/// `AIDA…`, `AROA…`, `AROA…:session`.
fn bound_name<'a>(id: &'a str, session: Option<&str>) -> Cow<'a, str> {
    match session {
        None => id.into(),
        Some(session) => format!("{id}:{session}").into(),
    }
}

/// Source: KMS developer guide, "Creating grants"; IAM user guide, "IAM ARNs". Groups are no
/// principals, and sessions are named without the path of their role.
fn fault(text: &str) -> Option<Fault> {
    if !text.starts_with(ARN) {
        return (!is_id(text)).then_some(Fault::NoArn);
    }
    let Ok(arn) = Arn::parse(text) else { return Some(Fault::Form) };
    let Owner::Account(_) = arn.owner else { return Some(Fault::Form) };
    if arn.partition != "aws" || arn.region.is_some() {
        return Some(Fault::Form);
    }
    let (kind, rest) = arn.resource.split_once('/').unwrap_or((&arn.resource, ""));
    let parts: Vec<_> = rest.split('/').collect();
    let is_whole = parts.iter().all(|part| !part.is_empty());
    match (arn.service, kind) {
        ("iam", "root") if arn.resource == "root" => None,
        ("iam", "user" | "role") if is_whole => None,
        ("sts", "assumed-role") if is_whole && parts.len() == 2 => None,
        ("sts", "federated-user") if is_whole && parts.len() == 1 => None,
        ("sts", "assumed-role" | "federated-user") | ("iam", "root" | "user" | "role") => {
            Some(Fault::Form)
        }
        _ => Some(Fault::Nobody),
    }
}

/// Whether it is the id of a user, of a role, or of a role and a session.
fn is_id(text: &str) -> bool {
    let (id, session) = match text.split_once(':') {
        None => (text, None),
        Some((id, session)) => (id, Some(session)),
    };
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let is_session = |name: &str| (2..=64).contains(&name.len()) && name.bytes().all(is_allowed);
    match UniqueId::parse(id).and_then(|id| id.entity()) {
        Some(Entity::User) => session.is_none(),
        Some(Entity::Role) => session.is_none_or(is_session),
        Some(Entity::Group | Entity::Policy) | None => false,
    }
}

const ARN: &str = "arn:";
