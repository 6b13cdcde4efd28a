//! What users, groups, roles and managed policies have in common.

use crate::{arn::AccountId, storage::Stored};

use super::{Entity, Group, IamTags, ManagedPolicy, Policies, Role, UniqueId, User};

/// A record of IAM's that has a name.
pub trait Named: Stored {
    /// What it is of.
    const ENTITY: Entity;

    /// Whose it is.
    fn account(&self) -> AccountId;

    /// Its id.
    fn id(&self) -> &UniqueId;

    /// Its name, as it was given.
    fn name(&self) -> &str;

    /// Its path.
    fn path(&self) -> &str;

    /// Its labels; groups have none.
    fn tags(&self) -> Option<&IamTags>;

    /// The ARN of its permissions boundary, if it has one.
    fn boundary(&self) -> Option<&str> {
        None
    }

    /// `arn:aws:iam::A:user/path/name`
    fn arn(&self) -> String {
        Self::ENTITY.arn(self.account(), self.path(), self.name())
    }

    /// Where its record is.
    fn record(&self) -> String {
        Self::ENTITY.path(self.account(), self.id())
    }

    /// Where the row of its name is.
    fn name_row(&self) -> String {
        Self::ENTITY.name_path(self.account(), self.name())
    }
}

macro_rules! named {
    ($($type:ident: $entity:ident, |$own:ident| $tags:expr $(, $boundary:expr)?;)*) => {$(
        impl Named for $type {
            const ENTITY: Entity = Entity::$entity;

            fn account(&self) -> AccountId {
                self.account
            }

            fn id(&self) -> &UniqueId {
                &self.id
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn path(&self) -> &str {
                &self.path
            }

            fn tags(&self) -> Option<&IamTags> {
                let $own = self;
                $tags
            }

            $(fn boundary(&self) -> Option<&str> {
                let $own = self;
                $boundary
            })?
        }
    )*};
}

named! {
    User: User, |user| Some(&user.tags), bounds(&user.policies);
    Group: Group, |_group| None;
    Role: Role, |role| Some(&role.tags), bounds(&role.policies);
    ManagedPolicy: Policy, |policy| Some(&policy.tags);
}

fn bounds(policies: &Policies) -> Option<&str> {
    policies.boundary.as_ref().map(|(arn, _)| arn.as_str())
}
