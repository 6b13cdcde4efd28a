//! Whom a statement is about.
//!
//! Source: IAM user guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use std::{borrow::Cow, collections::BTreeMap};

use crate::arn::{AccountId, Arn, Entity, Owner, UniqueId};

use super::{Reach, Subject, Who};

/// The unique ids of the users and roles that a policy names, by the names that it gives them; for
/// a session, that of its role.
pub type Ids = BTreeMap<String, UniqueId>;

/// `Principal` or `NotPrincipal` of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Principals {
    /// Any of these.
    Of(Vec<Principal>),
    /// Anybody but these.
    AllBut(Vec<Principal>),
}

/// A principal as policies name it. Whether there is such a user or role is not known here: the
/// form is all that is checked. One that is bound means the user or the role that had the name when
/// the policy was written, whatever is called so later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Principal {
    /// `*`
    Everybody,
    /// An account, by its id or by the ARN of its root user.
    Account(AccountId),
    /// A user, a session of a role, or a federated user, by its ARN.
    One(String, Option<UniqueId>),
    /// All sessions of a role, by the role's ARN.
    Role(String, Option<UniqueId>),
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
        if let Some(id) = UniqueId::parse(text) {
            return match id.entity()? {
                Entity::User => Some(Self::One(text.to_owned(), Some(id))),
                Entity::Role => Some(Self::Role(text.to_owned(), Some(id))),
                Entity::Group | Entity::Policy => None,
            };
        }
        let one = || Self::One(text.to_owned(), None);
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
            ("iam", "user", name) if !name.is_empty() => Some(one()),
            ("iam", "role", name) if !name.is_empty() => Some(Self::Role(text.to_owned(), None)),
            // The name of the role stands here without its path.
            ("sts", "assumed-role", name) => {
                let is_session = name.split('/').count() == 2 && !name.starts_with('/');
                is_session.then(one)
            }
            ("sts", "federated-user", name) => (!name.is_empty() && !name.contains('/')).then(one),
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

    /// By which name it would be looked for; nothing of those that are not kept here.
    fn name(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Account(account) => Some(Arn::root(*account).to_string().into()),
            Self::One(name, _) | Self::Role(name, _) => Some(name.into()),
            Self::Everybody | Self::Service(_) | Self::Elsewhere => None,
        }
    }

    /// Means the user or the role that has the name now, for good.
    fn bind(&mut self, ids: &Ids) {
        match self {
            Self::One(name, id) | Self::Role(name, id) => {
                *id = ids.get(name).cloned().or(id.take());
            }
            Self::Everybody | Self::Account(_) | Self::Service(_) | Self::Elsewhere => {}
        }
    }

    /// In which way it names a subject, if it does.
    fn reach(&self, subject: &Subject<'_>) -> Option<Reach> {
        let is = |id: &UniqueId| subject.id == Some(id.as_str());
        let is_meant = match (self, subject.who) {
            (Self::Everybody, _) => return Some(Reach::Exact),
            // A service acts for no account.
            (Self::Account(_), Who::Service { .. }) => false,
            (Self::Account(account), _) => {
                return (*account == subject.account).then_some(Reach::Account);
            }
            (Self::Role(role, id), Who::Session { role: own, .. }) => {
                let is_meant = match id {
                    Some(id) => is(id),
                    None => role == own,
                };
                return is_meant.then_some(Reach::Role);
            }
            (Self::One(_, Some(id)), Who::User { .. }) => is(id),
            (Self::One(one, Some(id)), Who::Session { arn, .. }) => {
                is(id) && session(one).is_some() && session(one) == session(arn)
            }
            (Self::One(one, None), Who::User { arn } | Who::Session { arn, .. }) => one == arn,
            (Self::One(one, None), Who::Federated { arn }) => one == arn,
            (Self::Service(service), Who::Service { name }) => service == name,
            (Self::One(..) | Self::Role(..) | Self::Service(_) | Self::Elsewhere, _) => false,
        };
        is_meant.then_some(Reach::Exact)
    }
}

/// The name of a session, of its ARN.
fn session(arn: &str) -> Option<&str> {
    arn.rsplit_once('/').map(|(_, name)| name)
}

impl Principals {
    /// The names of all, by which those can be looked for that must be there.
    pub(super) fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let (Self::Of(list) | Self::AllBut(list)) = self;
        list.iter().filter_map(Principal::name)
    }

    /// Means the users and roles that have the names now, for good.
    pub(super) fn bind(&mut self, ids: &Ids) {
        let (Self::Of(list) | Self::AllBut(list)) = self;
        list.iter_mut().for_each(|one| one.bind(ids));
    }

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
    let names_role = || names(Reach::Role, |one| matches!(one, Principal::Role(..)));
    let names_one = || names(Reach::Exact, |one| matches!(one, Principal::One(..)));
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
            "AIDAIOSFODNN7EXAMPLE",
            "AROAIOSFODNN7EXAMPLE",
        ] {
            assert!(Principal::of_aws(text).is_some(), "{text}");
        }
        for text in [
            "",
            "**",
            "11112222333",
            "name",
            "AGPAIOSFODNN7EXAMPLE",
            "AROAIOSFODNN7EXAMPLE:session",
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
