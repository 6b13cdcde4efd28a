//! When an access key was last used.

use serde::{Deserialize, Serialize};

use crate::{arn::AccountId, stored_as_json};

use super::prefix;

/// The last use of an access key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUse {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Of which service, as signatures name it: `kms`.
    pub service: String,
    /// In which Region.
    pub region: String,
}

impl KeyUse {
    /// Where the record is; it goes with its account.
    pub fn path(account: AccountId, access_key_id: &str) -> String {
        format!("{}key-use/{access_key_id}", prefix(account))
    }

    /// The later of two uses.
    pub fn later(self, other: Self) -> Self {
        if other.at >= self.at { other } else { self }
    }
}

stored_as_json!(KeyUse);
