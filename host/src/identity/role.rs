//! Roles.

use serde::{Deserialize, Serialize};

use crate::{arn::AccountId, authorize::TrustPolicy, stored_as_json};

use super::{Entity, IamTags, Policies, UniqueId};

/// A role's record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Role {
    /// Whose role it is.
    pub account: AccountId,
    /// Its id.
    pub id: UniqueId,
    /// As it was given.
    pub name: String,
    /// `/`, or `/…/`.
    pub path: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// Its owner's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who may assume it.
    pub trust: TrustPolicy,
    /// How long a session may be, in seconds: an hour to twelve.
    pub longest_session: u32,
    /// What its sessions may do.
    #[serde(default)]
    pub policies: Policies,
    /// Its labels.
    #[serde(default, skip_serializing_if = "IamTags::is_empty")]
    pub tags: IamTags,
}

impl Role {
    /// `arn:aws:iam::A:role/path/name`
    pub fn arn(&self) -> String {
        Entity::Role.arn(self.account, &self.path, &self.name)
    }
}

stored_as_json!(Role);
