//! Groups of users.

use serde::{Deserialize, Serialize};

use crate::{arn::AccountId, stored_as_json};

use super::{Entity, Policies, UniqueId, path::prefix};

/// A group's record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    /// Whose group it is.
    pub account: AccountId,
    /// Its id.
    pub id: UniqueId,
    /// As it was given.
    pub name: String,
    /// `/`, or `/…/`.
    pub path: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// What its users may do.
    #[serde(default)]
    pub policies: Policies,
}

/// The row that says that a user is in a group.
#[derive(Clone, Serialize, Deserialize)]
pub struct Member {
    /// The user.
    pub user: UniqueId,
}

impl Group {
    /// `arn:aws:iam::A:group/path/name`
    pub fn arn(&self) -> String {
        Entity::Group.arn(self.account, &self.path, &self.name)
    }
}

impl Member {
    /// Where the row is.
    pub fn path(account: AccountId, group: &UniqueId, user: &UniqueId) -> String {
        format!("{}{user}", Self::prefix(account, group))
    }

    /// Where those of all users of a group are.
    pub fn prefix(account: AccountId, group: &UniqueId) -> String {
        format!("{}member/{group}/", prefix(account))
    }
}

stored_as_json!(Group, Member);
