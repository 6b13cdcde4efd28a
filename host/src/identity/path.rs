//! Where the records of an account's users, groups, roles and policies are, and their ARNs.

use serde::{Deserialize, Serialize};

use crate::{
    arn::{AccountId, Entity},
    stored_as_json,
};

use super::UniqueId;

/// The row that leads from a name to whose name it is. Names differ by more than their case.
#[derive(Clone, Serialize, Deserialize)]
pub struct NameRow {
    /// Whose.
    pub id: UniqueId,
}

impl Entity {
    /// Where the record of one is.
    pub fn path(self, account: AccountId, id: &UniqueId) -> String {
        format!("{}{}/{id}", prefix(account), self.as_str())
    }

    /// Where the row of a name is.
    pub fn name_path(self, account: AccountId, name: &str) -> String {
        format!("{}{}", self.names(account), name.to_ascii_lowercase())
    }

    /// Where the rows of all names are.
    pub fn names(self, account: AccountId) -> String {
        format!("{}{}-name/", prefix(account), self.as_str())
    }

    /// `arn:aws:iam::A:user/path/name`; `path` begins and ends with a slash.
    pub fn arn(self, account: AccountId, path: &str, name: &str) -> String {
        format!("arn:aws:iam::{account}:{}{path}{name}", self.as_str())
    }
}

/// Where all that IAM keeps of an account is.
pub fn prefix(account: AccountId) -> String {
    format!("iam/{account}/")
}

/// In which way a managed policy is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is attached.
    Policy,
    /// It is a permissions boundary.
    Boundary,
}

/// Where the row is that says that somebody uses a managed policy.
pub fn attachment_path(
    account: AccountId,
    policy: &str,
    how: Use,
    entity: Entity,
    id: &UniqueId,
) -> String {
    format!("{}{}/{id}", attachments_prefix(account, policy, how), entity.as_str())
}

/// Where those of all who use it in that way are.
pub fn attachments_prefix(account: AccountId, policy: &str, how: Use) -> String {
    let how = match how {
        Use::Policy => "attached",
        Use::Boundary => "bounding",
    };
    format!("{}{how}/{policy}|", prefix(account))
}

stored_as_json!(NameRow);
