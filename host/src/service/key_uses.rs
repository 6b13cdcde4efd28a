//! The last use of each access key: noted in memory on the way of a request, and stored every
//! second. A crash loses those of its last second; AWS itself tells them with some delay.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    arn::AccountId,
    audit::record::Event,
    identity::{AccessKey, KeyUse},
    storage::{self, Change, Error, Stored},
};

use super::Service;

/// What is not stored yet, by the ids of access keys.
pub(super) struct KeyUses {
    shards: [Mutex<HashMap<String, Noted>>; SHARDS],
    /// Held by who stores.
    storing: tokio::sync::Mutex<()>,
}

/// A use, and whose access key it was.
#[derive(Clone)]
struct Noted {
    account: AccountId,
    last: KeyUse,
}

impl KeyUses {
    pub(super) fn new() -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards, storing: tokio::sync::Mutex::default() }
    }

    fn note(&self, id: &str, account: AccountId, at: i64, service: &str, region: &str) {
        let mut shard = self.shard(id);
        if let Some(Noted { last, .. }) = shard.get_mut(id) {
            if last.at <= at {
                last.at = at;
                // Nothing is allocated for a key that is used again and again.
                service.clone_into(&mut last.service);
                region.clone_into(&mut last.region);
            }
        } else if shard.len() < MOST {
            let (service, region) = (service.to_owned(), region.to_owned());
            let last = KeyUse { at, service, region };
            shard.insert(id.to_owned(), Noted { account, last });
        }
    }

    fn get(&self, id: &str) -> Option<KeyUse> {
        self.shard(id).get(id).map(|noted| noted.last.clone())
    }

    fn all(&self) -> Vec<(String, Noted)> {
        let mut all = Vec::new();
        for shard in &self.shards {
            all.extend(locked(shard).iter().map(|(id, noted)| (id.clone(), noted.clone())));
        }
        all
    }

    /// Forgets what is stored now, unless the key was used again meanwhile.
    fn forget(&self, id: &str, stored: &KeyUse) {
        let mut shard = self.shard(id);
        if shard.get(id).is_some_and(|noted| noted.last == *stored) {
            shard.remove(id);
        }
    }

    /// By the last letter of the id, which is random.
    fn shard(&self, id: &str) -> MutexGuard<'_, HashMap<String, Noted>> {
        let last = id.bytes().last().unwrap_or_default();
        let shard = self.shards.get(usize::from(last) % SHARDS);
        locked(shard.expect("it is less than the number of shards"))
    }
}

impl Service {
    /// Notes that a request was signed with an access key, whatever became of it. Temporary
    /// credentials have no last use.
    pub fn note_access_key(&self, event: &Event) {
        let (Some(caller), Some(region)) = (&event.caller, &event.region) else { return };
        if caller.session.is_none() {
            let service = event.service.split('.').next().unwrap_or_default();
            let (at, id) = (event.time.as_millisecond(), &caller.access_key_id);
            self.key_uses.note(id, caller.account, at, service, region.as_str());
        }
    }

    /// The last use of an access key, if there was one.
    pub async fn key_use(&self, account: AccountId, id: &str) -> Result<Option<KeyUse>, Error> {
        // In this order: what leaves the memory is stored before.
        let noted = self.key_uses.get(id);
        let stored = self.storage.load::<KeyUse>(&KeyUse::path(account, id)).await?;
        let stored = stored.map(|stored| (*stored.value).clone());
        Ok(match (stored, noted) {
            (Some(stored), Some(noted)) => Some(stored.later(noted)),
            (stored, noted) => stored.or(noted),
        })
    }

    /// Stores what was noted. What cannot be stored is kept for the next time.
    pub async fn store_key_uses(&self) -> Result<(), Error> {
        let _one = self.key_uses.storing.lock().await;
        for batch in self.key_uses.all().chunks(storage::MAX_BATCH) {
            // Who erases an account waits for this, so that nothing comes back of it.
            let _changing = self.changing().await;
            let mut changes = Vec::with_capacity(batch.len());
            for (id, Noted { account, last }) in batch {
                let is_known = self.storage.load::<AccessKey>(&AccessKey::path(id)).await?;
                if is_known.is_none() || self.check_account(*account).is_err() {
                    continue;
                }
                let path = KeyUse::path(*account, id);
                match self.storage.load::<KeyUse>(&path).await? {
                    None => changes.push(Change::create(path, last.encode())),
                    Some(stored) if stored.at < last.at => {
                        changes.push(Change::replace(path, stored.version, last.encode()));
                    }
                    Some(_) => {}
                }
            }
            let stored = match changes.is_empty() {
                true => Ok(()),
                false => self.storage.commit(changes).await.map(|_| ()),
            };
            match stored {
                Ok(()) => batch.iter().for_each(|(id, one)| self.key_uses.forget(id, &one.last)),
                // Another process has stored uses of the same keys.
                Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Requests with different keys seldom wait for each other.
const SHARDS: usize = 16;
/// Keys that are used within a second, in each shard; what is more is not noted.
const MOST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_use_is_kept_until_it_is_stored() {
        let (uses, account) = (KeyUses::new(), "111122223333".parse().unwrap());
        for (at, service) in [(5, "kms"), (7, "iam"), (6, "sts")] {
            uses.note("AKIA", account, at, service, "us-east-1");
        }
        let last = uses.get("AKIA").unwrap();
        assert_eq!((last.at, last.service.as_str()), (7, "iam"));
        uses.note("AKIA", account, 8, "kms", "us-east-1");
        uses.forget("AKIA", &last);
        assert_eq!(uses.get("AKIA").unwrap().at, 8);
        uses.forget("AKIA", &uses.get("AKIA").unwrap());
        assert_eq!(uses.get("AKIA"), None);
    }
}
