//! Managed policies: those that an account has written.

use serde::{Deserialize, Serialize};

use crate::{arn::AccountId, authorize::IdentityPolicy, stored_as_json};

use super::{Entity, IamTags, UniqueId};

/// A managed policy's record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// Whose policy it is.
    pub account: AccountId,
    /// Its id.
    pub id: UniqueId,
    /// As it was given.
    pub name: String,
    /// `/`, or `/…/`.
    pub path: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// When its newest version was made, in milliseconds since 1970.
    pub updated: i64,
    /// Its owner's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The versions that there are, the oldest first.
    pub versions: Vec<PolicyVersion>,
    /// The number of the one that counts.
    pub default_version: u32,
    /// The number of the one that was made last, if it is there or not.
    pub last_version: u32,
    /// Its labels.
    #[serde(default, skip_serializing_if = "IamTags::is_empty")]
    pub tags: IamTags,
}

/// One version of a managed policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// 1 for `v1`.
    pub number: u32,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// What it says.
    pub document: IdentityPolicy,
}

impl ManagedPolicy {
    /// How many versions there are at most.
    pub const MOST_VERSIONS: usize = 5;

    /// The longest document without its white space, in characters.
    pub const LONGEST: usize = 6144;

    /// The version of that name: `v1`.
    pub fn version(&self, name: &str) -> Option<&PolicyVersion> {
        self.versions.iter().find(|one| one.name() == name)
    }

    /// `arn:aws:iam::A:policy/path/name`
    pub fn arn(&self) -> String {
        Entity::Policy.arn(self.account, &self.path, &self.name)
    }

    /// What counts of it.
    pub fn document(&self) -> Option<&IdentityPolicy> {
        let mut versions = self.versions.iter();
        versions.find(|one| one.number == self.default_version).map(|one| &one.document)
    }
}

impl PolicyVersion {
    /// `v1`
    pub fn name(&self) -> String {
        version_name(self.number)
    }
}

/// `v1`
pub fn version_name(number: u32) -> String {
    format!("v{number}")
}

stored_as_json!(ManagedPolicy);
