//! What is known of a key's uses.

use crate::{
    keys::{Key, KeyPlace, LastUse},
    storage::Loaded,
    wire::Result,
};

use super::{Authorized, Call};

impl Call<'_> {
    /// The key's last use, if there was one since it is looked at.
    pub async fn last_use(&self, key: &Authorized<Loaded<Key>>) -> Result<Option<LastUse>> {
        Ok(self.service.last_use(&KeyPlace::of(key)).await?)
    }

    /// Since when it is looked at, in milliseconds since 1970.
    pub fn tracked_since(&self, key: &Authorized<Loaded<Key>>) -> i64 {
        self.service.tracked_since(key)
    }
}
