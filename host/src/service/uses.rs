//! The last use of each key: noted in memory on the way of a request, and stored every second. An
//! answer is later than what is noted of it, and what is noted stays in memory until it is stored,
//! so that nobody is told of a use earlier than one that was told before.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    arn::{Arn, Owner},
    audit::record::Event,
    keys::{Key, KeyPlace, LastUse, Tracked, Tracking, Uuid},
    storage::{self, Change, Error, Storage, Stored},
};

use super::Service;

/// What is not stored yet.
pub(super) struct Uses {
    shards: [Mutex<HashMap<KeyPlace, LastUse>>; SHARDS],
    /// Held by who stores.
    storing: tokio::sync::Mutex<()>,
    /// The most keys in a shard.
    most: usize,
}

/// There is no room for another key until some are stored.
#[derive(Debug, PartialEq, Eq)]
struct Full;

impl Uses {
    pub(super) fn new() -> Self {
        Self::of(MOST)
    }

    fn of(most: usize) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards, storing: tokio::sync::Mutex::default(), most }
    }

    fn note(&self, place: KeyPlace, last: LastUse) -> Result<(), Full> {
        let mut shard = self.shard(&place);
        let is_full = shard.len() >= self.most;
        match shard.entry(place) {
            Entry::Occupied(mut known) => {
                let later = known.get().later(last);
                known.insert(later);
            }
            Entry::Vacant(_) if is_full => return Err(Full),
            Entry::Vacant(free) => {
                free.insert(last);
            }
        }
        Ok(())
    }

    fn get(&self, place: &KeyPlace) -> Option<LastUse> {
        self.shard(place).get(place).copied()
    }

    fn all(&self) -> Vec<(KeyPlace, LastUse)> {
        let mut all = Vec::new();
        for shard in &self.shards {
            all.extend(locked(shard).iter().map(|(place, last)| (*place, *last)));
        }
        all
    }

    /// Forgets what is stored now, unless the key was used again meanwhile.
    fn forget(&self, place: &KeyPlace, stored: &LastUse) {
        let mut shard = self.shard(place);
        if shard.get(place) == Some(stored) {
            shard.remove(place);
        }
    }

    /// By the last digit of the key's id, which is random.
    fn shard(&self, place: &KeyPlace) -> MutexGuard<'_, HashMap<KeyPlace, LastUse>> {
        let last = place.key.as_str().bytes().last().unwrap_or_default();
        let shard = self.shards.get(usize::from(last) % SHARDS);
        locked(shard.expect("it is less than the number of shards"))
    }
}

impl Service {
    /// Notes that a request has used keys, if it is one that does: it has succeeded, and its record
    /// is durable.
    pub async fn note_uses(&self, event: &Event) {
        let Some(operation) = Tracked::named(event.name) else { return };
        let (event_id, request) = (Uuid::parse(&event.id), Uuid::parse(&event.request_id));
        let (Some(event_id), Some(request)) = (event_id, request) else { return };
        let last = LastUse { at: event.time.as_millisecond(), operation, event: event_id, request };
        for (_, arn) in &event.resources {
            let Some(place) = place(arn) else { continue };
            if self.uses.note(place, last) == Err(Full) {
                self.make_room(place, last).await;
            }
        }
    }

    /// A key's last use. What is told is stored, so that nothing earlier is told after a crash.
    pub async fn last_use(&self, place: &KeyPlace) -> Result<Option<LastUse>, Error> {
        // In this order: what leaves the memory is stored before.
        let noted = self.uses.get(place);
        if let Some(noted) = noted {
            self.store_batch(&[(*place, noted)]).await?;
        }
        self.or_stored(place, noted).await
    }

    /// The same for a decision, which tells nobody: nothing is stored. Who decides may hold up
    /// those who wait for changes to settle, and so must not wait for them.
    pub async fn known_use(&self, place: &KeyPlace) -> Result<Option<LastUse>, Error> {
        self.or_stored(place, self.uses.get(place)).await
    }

    async fn or_stored(
        &self,
        place: &KeyPlace,
        noted: Option<LastUse>,
    ) -> Result<Option<LastUse>, Error> {
        let stored = self.storage.load::<LastUse>(&place.usage_path()).await?;
        let stored = stored.map(|stored| *stored);
        Ok(match (noted, stored) {
            (Some(noted), Some(stored)) => Some(stored.later(noted)),
            (one, other) => one.or(other),
        })
    }

    /// Since when a key's uses are tracked, in milliseconds since 1970.
    pub fn tracked_since(&self, key: &Key) -> i64 {
        self.tracking.of(key)
    }

    /// Stores what was noted. What cannot be stored is kept for the next time.
    pub async fn store_uses(&self) -> Result<(), Error> {
        let _one = self.uses.storing.lock().await;
        for batch in self.uses.all().chunks(storage::MAX_BATCH) {
            self.store_batch(batch).await?;
        }
        Ok(())
    }

    async fn store_batch(&self, batch: &[(KeyPlace, LastUse)]) -> Result<(), Error> {
        // Who erases an account waits for this, so that nothing comes back of it.
        let _changing = self.changing().await;
        for _ in 0..ATTEMPTS {
            let mut known = Vec::with_capacity(batch.len());
            for (place, last) in batch {
                let path = Key::path(place.account, place.region, &place.key);
                match self.storage.load::<Key>(&path).await? {
                    // Of a key that is gone nothing is kept.
                    None => self.uses.forget(place, last),
                    Some(_) if self.check_account(place.account).is_err() => {}
                    Some(_) => known.push((place, last, place.usage_path())),
                }
            }
            match self.merge(&known).await {
                Ok(()) => {
                    known.iter().for_each(|(place, last, _)| self.uses.forget(place, last));
                    return Ok(());
                }
                // Another process has stored uses of the same keys.
                Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes what is later than what is stored.
    async fn merge(&self, batch: &[(&KeyPlace, &LastUse, String)]) -> Result<(), Error> {
        let paths: Vec<_> = batch.iter().map(|(.., path)| path.as_str()).collect();
        let stored = self.storage.get_many(&paths).await?;
        let mut changes = Vec::with_capacity(batch.len());
        for ((_, last, path), stored) in batch.iter().zip(stored) {
            let Some(stored) = stored else {
                changes.push(Change::create(path.as_str(), last.encode()));
                continue;
            };
            // A record that cannot be read says nothing.
            let is_later = |known: LastUse| known != **last && known.later(**last) == **last;
            if LastUse::decode(&stored.value).map_or(true, is_later) {
                changes.push(Change::replace(path.as_str(), stored.version, last.encode()));
            }
        }
        if !changes.is_empty() {
            self.storage.commit(changes).await?;
        }
        Ok(())
    }

    /// More keys are used at once than are kept in memory: who comes too late waits.
    async fn make_room(&self, place: KeyPlace, last: LastUse) {
        let stored = self.store_uses().await;
        if stored.is_err() || self.uses.note(place, last).is_err() {
            let key = place.key.as_str();
            tracing::error!(key, "a use of a key is not noted: there is no room: {stored:?}");
        }
    }
}

/// Since when keys' uses are tracked: since the store was first opened by a service that does.
pub(super) async fn tracking(storage: &Storage, now: i64) -> Result<Tracking, Error> {
    let first = Tracking { since: now };
    match storage.load::<Tracking>(Tracking::PATH).await? {
        Some(known) => return Ok(*known),
        None => match storage.commit(vec![Change::create(Tracking::PATH, first.encode())]).await {
            Ok(_) => return Ok(first),
            // Another process was faster.
            Err(Error::Conflict) => {}
            Err(error) => return Err(error),
        },
    }
    Ok(storage.load::<Tracking>(Tracking::PATH).await?.map_or(first, |known| *known))
}

/// The key of an ARN, if it is that of a key.
fn place(arn: &str) -> Option<KeyPlace> {
    let arn = Arn::parse(arn).ok()?;
    let Owner::Account(account) = arn.owner else { return None };
    Some(KeyPlace { account, region: arn.region?, key: arn.key_id()? })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Requests for different keys seldom wait for each other.
const SHARDS: usize = 16;
/// Keys that are used between two times of storing, in each shard: some 250 bytes each, so 16 MiB
/// in all shards together.
const MOST: usize = 4096;
/// How often a batch is written that others come in between of, until the next time.
const ATTEMPTS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn place_of(digit: char) -> KeyPlace {
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{ID}{digit}");
        place(&arn).unwrap()
    }

    fn at(at: i64) -> LastUse {
        let id = Uuid::parse(&format!("{ID}0")).unwrap();
        LastUse { at, operation: Tracked::Encrypt, event: id, request: id }
    }

    #[test]
    fn the_last_use_is_kept_until_it_is_stored() {
        let (uses, place) = (Uses::new(), place_of('a'));
        for time in [5, 7, 6] {
            uses.note(place, at(time)).unwrap();
        }
        assert_eq!(uses.all(), [(place, at(7))]);
        uses.note(place, at(8)).unwrap();
        uses.forget(&place, &at(7));
        assert_eq!(uses.get(&place), Some(at(8)));
        uses.forget(&place, &at(8));
        assert_eq!(uses.get(&place), None);
    }

    #[test]
    fn there_is_a_bound_and_known_keys_are_still_noted_then() {
        let uses = Uses::of(1);
        let other = KeyPlace { account: "444455556666".parse().unwrap(), ..place_of('a') };
        uses.note(place_of('a'), at(1)).unwrap();
        assert_eq!(uses.note(other, at(1)), Err(Full));
        uses.note(place_of('a'), at(2)).unwrap();
        uses.note(place_of('b'), at(1)).unwrap();
    }

    #[test]
    fn only_keys_have_uses() {
        for other in ["arn:aws:kms:us-east-1:111122223333:alias/a", "arn:aws:iam::1:root", "x"] {
            assert_eq!(place(other), None);
        }
    }

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890a";
}
