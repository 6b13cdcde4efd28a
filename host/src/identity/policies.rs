//! The policies of a user, a group or a role.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    arn::Entity,
    authorize::IdentityPolicy,
    wire::{Error, Result},
};

use super::{Group, IamTags, ManagedPolicy, Named, Role, UniqueId, User};

/// The policies of a user, a group or a role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policies {
    /// Those that are its own, by their names in lower case.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<String, Inline>,
    /// The managed ones: their ARNs and ids.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attached: BTreeMap<String, UniqueId>,
    /// The managed policy that limits what all others may allow: its ARN and its id. Groups have
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary: Option<(String, UniqueId)>,
}

/// An inline policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inline {
    /// As it was given.
    pub name: String,
    /// What it says.
    pub document: IdentityPolicy,
}

/// A user, a group or a role: what has policies.
pub trait PolicyHolder: Named + Clone {
    /// How large its inline policies may be together, without white space: an AWS quota.
    const INLINE_SIZE: usize;

    /// Its policies.
    fn policies(&self) -> &Policies;

    /// The same with other policies.
    fn with_policies(&self, policies: Policies) -> Self;
}

/// A user, a role or a managed policy: what has labels.
pub trait Labelled: Named + Clone {
    /// Its labels.
    fn labels(&self) -> &IamTags;

    /// The same with other labels.
    fn with_labels(&self, tags: IamTags) -> Self;
}

impl Policies {
    /// The most managed policies of a user, a group or a role: an AWS quota.
    pub const MOST_ATTACHED: usize = 10;

    /// The inline policy of that name, whatever its case.
    pub fn inline(&self, name: &str) -> Option<&Inline> {
        self.inline.get(&name.to_ascii_lowercase())
    }

    /// These, with an inline policy more or another in the place of that of the same name.
    pub fn with_inline<E: PolicyHolder>(&self, holder: &E, name: &str, text: &str) -> Result<Self> {
        let document = IdentityPolicy::inline(text)?;
        let mut all = self.clone();
        let key = name.to_ascii_lowercase();
        // What was there first keeps its name.
        let known = all.inline.remove(&key).map(|known| known.name);
        let name = known.unwrap_or_else(|| name.to_owned());
        all.inline.insert(key, Inline { name, document });
        let size: usize = all.inline.values().map(|one| size(one.document.text())).sum();
        if size > E::INLINE_SIZE {
            let (entity, most) = (E::ENTITY, E::INLINE_SIZE);
            return Err(Error::inline_policies_too_large(entity, holder.name(), most));
        }
        Ok(all)
    }

    /// These but for one inline policy.
    pub fn without_inline(&self, entity: Entity, name: &str) -> Result<Self> {
        let mut all = self.clone();
        let gone = all.inline.remove(&name.to_ascii_lowercase());
        gone.map(|_| all).ok_or_else(|| Error::no_inline_policy(entity, name))
    }

    /// Refuses to leave behind what must go before who has it.
    pub fn check_none(&self) -> Result<()> {
        if !self.attached.is_empty() {
            return Err(Error::delete_conflict("detach all policies"));
        }
        if !self.inline.is_empty() {
            return Err(Error::delete_conflict("delete policies"));
        }
        Ok(())
    }
}

/// What AWS counts of a policy document: its characters but for white space.
pub fn size(document: &str) -> usize {
    document.chars().filter(|letter| !letter.is_whitespace()).count()
}

macro_rules! holders {
    ($($type:ident $size:literal;)*) => {$(
        impl PolicyHolder for $type {
            const INLINE_SIZE: usize = $size;

            fn policies(&self) -> &Policies {
                &self.policies
            }

            fn with_policies(&self, policies: Policies) -> Self {
                Self { policies, ..self.clone() }
            }
        }
    )*};
}

holders! {
    User 2048;
    Group 5120;
    Role 10_240;
}

macro_rules! labelled {
    ($($type:ident)*) => {$(
        impl Labelled for $type {
            fn labels(&self) -> &IamTags {
                &self.tags
            }

            fn with_labels(&self, tags: IamTags) -> Self {
                Self { tags, ..self.clone() }
            }
        }
    )*};
}

labelled! { User Role ManagedPolicy }
