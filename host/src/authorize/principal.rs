//! Whom a statement is about.
//!
//! Source: IAM user guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use crate::arn::{AccountId, Arn, Owner};

use super::{Reach, Subject, Who};

/// `Principal` or `NotPrincipal` of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Principals {
    /// Any of these.
    Of(Vec<Principal>),
    /// Anybody but these.
    AllBut(Vec<Principal>),
}

/// A principal as policies name it. Whether there is such a user or role is not known here: the
/// form is all that is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Principal {
    /// `*`
    Everybody,
    /// An account, by its id or by the ARN of its root user.
    Account(AccountId),
    /// A user, a session of a role, or a federated user, by its ARN.
    One(String),
    /// All sessions of a role, by the role's ARN.
    Role(String),
    /// A service.
    Service(String),
    /// Of an identity provider, or of S3: no caller is one here.
    Elsewhere,
}

impl Principal {
    /// Under the heading `AWS`; `None` if it has no form that a principal may have.
    pub(super) fn of_aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everybody);
        }
        if let Ok(account) = text.parse() {
            return Some(Self::Account(account));
        }
        let arn = Arn::parse(text).ok()?;
        let Owner::Account(account) = arn.owner else { return None };
        let is_name = |name: &str| {
            let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"*?".contains(&byte);
            !name.is_empty() && !name.ends_with('/') && name.bytes().all(is_allowed)
        };
        if arn.partition != "aws" || arn.region.is_some() || !is_name(&arn.resource) {
            return None;
        }
        let (kind, name) = arn.resource.split_once('/').unwrap_or((&arn.resource, ""));
        match (arn.service, kind, name) {
            ("iam", "root", "") => Some(Self::Account(account)),
            ("iam", "user", name) if !name.is_empty() => Some(Self::One(text.to_owned())),
            ("iam", "role", name) if !name.is_empty() => Some(Self::Role(text.to_owned())),
            // The name of the role stands here without its path.
            ("sts", "assumed-role", name) => {
                let is_session = name.split('/').count() == 2 && !name.starts_with('/');
                is_session.then(|| Self::One(text.to_owned()))
            }
            ("sts", "federated-user", name) => {
                (!name.is_empty() && !name.contains('/')).then(|| Self::One(text.to_owned()))
            }
            _ => None,
        }
    }

    /// Under the heading `Service`.
    pub(super) fn of_service(text: &str) -> Option<Self> {
        let is_label = |label: &str| {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !label.is_empty() && label.bytes().all(is_allowed)
        };
        let is_name = text.split('.').count() >= 2 && text.split('.').all(is_label);
        is_name.then(|| Self::Service(text.to_owned()))
    }

    /// In which way it names a subject, if it does.
    fn reach(&self, subject: &Subject<'_>) -> Option<Reach> {
        let is_meant = match (self, subject.who) {
            (Self::Everybody, _) => return Some(Reach::Exact),
            // A service acts for no account.
            (Self::Account(_), Who::Service { .. }) => false,
            (Self::Account(account), _) => {
                return (*account == subject.account).then_some(Reach::Account);
            }
            (Self::Role(role), Who::Session { role: own, .. }) => {
                return (role == own).then_some(Reach::Role);
            }
            (Self::One(one), Who::User { arn } | Who::Session { arn, .. }) => one == arn,
            (Self::One(one), Who::Federated { arn }) => one == arn,
            (Self::Service(service), Who::Service { name }) => service == name,
            (Self::One(_) | Self::Role(_) | Self::Service(_) | Self::Elsewhere, _) => false,
        };
        is_meant.then_some(Reach::Exact)
    }
}

impl Principals {
    /// In which way the statement is about a subject, if it is.
    pub(super) fn reach(&self, subject: &Subject<'_>) -> Option<Reach> {
        match self {
            Self::Of(list) => list.iter().filter_map(|one| one.reach(subject)).max(),
            Self::AllBut(list) => (!exempts(list, subject)).then_some(Reach::Exact),
        }
    }
}

/// Whether a list of exemptions is complete for a subject: each of its ARNs must stand in it, and
/// who has a permissions boundary is never exempt.
fn exempts(list: &[Principal], subject: &Subject<'_>) -> bool {
    let is_limited = subject.own.as_ref().is_some_and(|own| own.boundary.is_some());
    if list.contains(&Principal::Everybody) {
        return !is_limited;
    }
    let names = |wanted: Reach, is_kind: fn(&Principal) -> bool| {
        let mut found = list.iter().filter(|one| is_kind(one));
        found.any(|one| one.reach(subject) == Some(wanted))
    };
    let names_account = || names(Reach::Account, |one| matches!(one, Principal::Account(_)));
    let names_role = || names(Reach::Role, |one| matches!(one, Principal::Role(_)));
    let names_one = || names(Reach::Exact, |one| matches!(one, Principal::One(_)));
    match subject.who {
        Who::Service { .. } => names(Reach::Exact, |one| matches!(one, Principal::Service(_))),
        Who::Root => names_account(),
        Who::User { .. } | Who::Federated { .. } => !is_limited && names_account() && names_one(),
        Who::Session { .. } => !is_limited && names_account() && names_role() && names_one(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_has_one_of_a_few_forms() {
        for text in [
            "*",
            "111122223333",
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::111122223333:user/a/path/name",
            "arn:aws:iam::111122223333:role/name",
            "arn:aws:sts::111122223333:assumed-role/role/session",
            "arn:aws:sts::111122223333:federated-user/name",
        ] {
            assert!(Principal::of_aws(text).is_some(), "{text}");
        }
        for text in [
            "",
            "**",
            "11112222333",
            "name",
            "AIDAIOSFODNN7EXAMPLE",
            "arn:aws:iam::111122223333:*",
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:user",
            "arn:aws:iam::111122223333:root/",
            "arn:aws:iam::111122223333:group/name",
            "arn:aws:iam::*:root",
            "arn:aws:iam::aws:role/name",
            "arn:aws:iam:us-east-1:111122223333:root",
            "arn:aws:sts::111122223333:assumed-role/role",
            "arn:aws:sts::111122223333:assumed-role/a/path/session",
            "arn:aws:sts::111122223333:user/name",
            "arn:aws-cn:iam::111122223333:root",
            "arn:aws:s3:::bucket",
        ] {
            assert_eq!(Principal::of_aws(text), None, "{text}");
        }
        assert!(Principal::of_service("logs.us-east-1.amazonaws.com").is_some());
        for text in ["", "logs", "*.amazonaws.com", "logs..com", "a b.c"] {
            assert_eq!(Principal::of_service(text), None, "{text}");
        }
    }
}
