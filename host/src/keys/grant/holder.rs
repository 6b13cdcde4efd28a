//! Who gets a grant and who retires it: how principals are named, and which names mean a caller.
//!
//! Principals are looked at for their form only: which users and roles there are is not known here.

use serde::{Deserialize, Serialize};

use crate::{
    arn::{AccountId, Arn, Owner},
    authorize::{Reach, Subject, Who},
    wire::{Error, Result},
};

/// A principal in a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// An account's, by its ARN.
    Principal(String),
    /// A service, by its name.
    Service(String),
}

/// What is wrong with a principal's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It is no ARN. The ids of users and roles would be none either; there are none yet.
    NoArn,
    /// It is no ARN of the right form.
    Form,
    /// Nobody can be called so.
    Nobody,
}

impl Holder {
    /// As it stands in requests and answers.
    pub fn name(&self) -> &str {
        match self {
            Self::Principal(name) | Self::Service(name) => name,
        }
    }

    /// Its account; services have none.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Principal(arn) => match Arn::parse(arn).ok()?.owner {
                Owner::Account(account) => Some(account),
                Owner::Aws | Owner::Nobody => None,
            },
            Self::Service(_) => None,
        }
    }

    /// The grantee of a new grant.
    pub fn grantee(text: &str) -> Result<Self> {
        Self::parse(text, || {
            Error::invalid_principal("GranteePrincipal does not refer to a valid principal.")
        })
    }

    /// The retiring principal of a new grant, or one whose grants are listed.
    pub fn retiring(text: &str) -> Result<Self> {
        Self::parse(text, || Error::no_retiring_principal(text))
    }

    /// A grantee whose grants are listed.
    pub fn listed(text: &str) -> Result<Self> {
        Self::parse(text, || Error::invalid_principal("Input does not refer to a valid principal"))
    }

    fn parse(text: &str, no_arn: impl FnOnce() -> Error) -> Result<Self> {
        match fault(text) {
            None => Ok(Self::Principal(text.to_owned())),
            Some(Fault::NoArn) => Err(no_arn()),
            Some(Fault::Form) => Err(Error::invalid_principal(format!("ARN is not valid: {text}"))),
            Some(Fault::Nobody) => Err(Error::invalid_principal(format!(
                "ARN does not refer to a valid principal: {text}"
            ))),
        }
    }
}

/// The names by which grants mean a caller, and how close each is.
pub fn names(subject: &Subject<'_>) -> Vec<(String, Reach)> {
    let account = || (Arn::root(subject.account).to_string(), Reach::Account);
    let exact = |arn: &str| (arn.to_owned(), Reach::Exact);
    match subject.who {
        // The root user is the account.
        Who::Root => vec![(account().0, Reach::Exact)],
        Who::User { arn } | Who::Federated { arn } => vec![exact(arn), account()],
        Who::Session { role, arn } => vec![exact(arn), (role.to_owned(), Reach::Role), account()],
        Who::Service { name } => vec![exact(name)],
    }
}

/// Source: KMS developer guide, "Creating grants"; IAM user guide, "IAM ARNs". Groups are no
/// principals, and sessions are named without the path of their role.
fn fault(text: &str) -> Option<Fault> {
    if !text.starts_with("arn:") {
        return Some(Fault::NoArn);
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
