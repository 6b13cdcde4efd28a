//! IAM users.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{arn::AccountId, stored_as_json};

use super::{Entity, IamTags, Policies, UniqueId};

/// A user's record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// Whose user it is.
    pub account: AccountId,
    /// Its id, which stays when it is renamed.
    pub id: UniqueId,
    /// As it was given.
    pub name: String,
    /// `/`, or `/…/`.
    pub path: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// What it may do.
    #[serde(default)]
    pub policies: Policies,
    /// The groups it is in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<UniqueId>,
    /// The ids of its access keys, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_keys: Vec<String>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "IamTags::is_empty")]
    pub tags: IamTags,
}

impl User {
    /// `arn:aws:iam::A:user/path/name`
    pub fn arn(&self) -> String {
        Entity::User.arn(self.account, &self.path, &self.name)
    }
}

stored_as_json!(User);
