//! How many keys a tenant may have. Counting them all for each new one would take long, and a
//! counter in the store would make new keys wait for each other: so they are counted now and then,
//! and the new ones since are added up. Several processes may together exceed the quota a little.

use quick_cache::sync::Cache;

use crate::{
    arn::{AccountId, Region},
    keys::Key,
    wire::{Error, Result},
};

use super::Service;

/// The quota, and what is known of tenants' keys.
pub(super) struct Quota {
    keys: usize,
    known: Cache<(AccountId, Region), Count>,
}

#[derive(Clone, Copy)]
struct Count {
    keys: usize,
    /// When they were counted, in milliseconds since 1970.
    at: i64,
}

impl Quota {
    pub(super) fn new(keys: usize) -> Self {
        Self { keys, known: Cache::new(TENANTS) }
    }
}

impl Service {
    /// Refuses a key that is one too many.
    pub async fn admit_key(&self, account: AccountId, region: Region) -> Result<()> {
        let (tenant, now) = ((account, region), self.now().as_millisecond());
        let known = self.quota.known.get(&tenant);
        let count = match known {
            Some(known) if known.keys < self.quota.keys && now - known.at < OFTEN => known,
            // Deleted keys were not noticed. Who asks again and again is told what is known.
            Some(known) if now - known.at < SELDOM => known,
            Some(_) | None => Count { keys: self.count_keys(account, region).await?, at: now },
        };
        if count.keys >= self.quota.keys {
            self.quota.known.insert(tenant, count);
            let message = format!("The limit of {} keys has been reached.", self.quota.keys);
            return Err(Error::limit_exceeded(message));
        }
        self.quota.known.insert(tenant, Count { keys: count.keys + 1, ..count });
        Ok(())
    }

    async fn count_keys(&self, account: AccountId, region: Region) -> Result<usize> {
        let prefix = Key::prefix(account, region);
        let (mut keys, mut after) = (0, None::<String>);
        while keys < self.quota.keys {
            let page = self.storage.scan(&prefix, after.as_deref(), PAGE).await?;
            keys += page.len();
            match page.into_iter().next_back() {
                Some((last, _)) => after = Some(last),
                None => break,
            }
        }
        Ok(keys)
    }
}

/// Tenants whose keys are counted.
const TENANTS: usize = 10_000;
/// Keys that are read at once.
const PAGE: usize = 1000;
/// How long a count is good for, in milliseconds.
const OFTEN: i64 = 60 * 60 * 1000;
/// The same where it says that there are too many.
const SELDOM: i64 = 10 * 1000;
