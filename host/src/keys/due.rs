//! What falls due with a key, and the rows that say when: the sweep looks at those alone.

use serde::{Deserialize, Serialize};

use crate::{
    arn::{AccountId, KeyId, Region},
    stored_as_json,
};

use super::{Key, Origin};

/// Which key something falls due with. Its row's place says when.
#[derive(Clone, Serialize, Deserialize)]
pub struct Due {
    /// Whose key.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// Which.
    pub key: KeyId,
}

impl Due {
    /// Where the row is; rows sort by time.
    pub fn path(key: &Key) -> Option<String> {
        let Key { account, region, id, .. } = key;
        Some(format!("{}{:015}/{account}/{region}/{id}", Self::PREFIX, key.due()?.max(0)))
    }

    /// When the row falls due that lies there, in milliseconds since 1970.
    pub fn time(path: &str) -> Option<i64> {
        path.strip_prefix(Self::PREFIX)?.split('/').next()?.parse().ok()
    }

    /// Where all rows are.
    pub const PREFIX: &str = "due/";
}

impl Key {
    /// When something is to be done with the key that nobody asks for then, in milliseconds since
    /// 1970: it is deleted, a material of it has expired, or it is rotated.
    pub fn due(&self) -> Option<i64> {
        let deletion = self.deletion.and_then(|deletion| deletion.at);
        let rotation = self.next_rotation().map(|(at, _)| at);
        let expiry = match self.origin {
            Origin::External => self.next_expiry(),
            Origin::AwsKms => None,
        };
        [deletion, rotation, expiry].into_iter().flatten().min()
    }

    fn next_expiry(&self) -> Option<i64> {
        let there = self.materials.iter().filter(|material| material.sealed.is_some());
        there.filter_map(|material| material.expires).min()
    }
}

stored_as_json!(Due);
