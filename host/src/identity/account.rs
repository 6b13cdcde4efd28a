//! Accounts.

use serde::{Deserialize, Serialize};

use crate::{arn::AccountId, stored_as_json};

/// An account's record.
#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// The access key of its root user.
    pub root_access_key_id: String,
    /// When that key was made, likewise; with the account, if that is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_access_key_created: Option<i64>,
    /// Whether it is served.
    #[serde(default, skip_serializing_if = "Standing::is_open")]
    pub standing: Standing,
}

/// Whether an account is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is.
    #[default]
    Open,
    /// An operator has sealed it: its keys are there, and serve nobody.
    Sealed,
    /// It is being erased.
    Erased,
}

impl Standing {
    fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

impl Account {
    /// Whether nothing of it may be opened.
    pub fn is_closed(&self) -> bool {
        !self.standing.is_open()
    }

    /// Where its record is.
    pub fn path(id: AccountId) -> String {
        format!("{}{id}", Self::PREFIX)
    }

    /// Where the records of accounts are.
    pub const PREFIX: &str = "account/";
}

stored_as_json!(Account);
