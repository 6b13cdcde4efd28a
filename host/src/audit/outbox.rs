//! The outbox: the records of changes, committed together with the changes, until the trail has
//! them. After a crash whatever is left here is appended to the trail, unless it is there already.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Mutex, PoisonError},
};

use crate::storage::{Change, Error, MAX_BATCH, Record, Storage};

use super::{read, segment::Head, trail::Trail};

/// The last batch of what retention has removed from the trail.
pub async fn pruned_head(storage: &Storage) -> Result<Option<Head>, Error> {
    Ok(storage.get(PRUNED).await?.and_then(|record| decode_head(&record.value)))
}

/// What storage, the trail or the file system answered.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The records of changes that are durable in the trail but still lie in storage, and the head of
/// the trail as it is stored.
pub struct Outbox(Mutex<State>);

struct State {
    done: Vec<String>,
    stored: Head,
}

impl Outbox {
    /// An empty outbox, and the head that was stored last.
    pub fn new(stored: Option<Head>) -> Self {
        let stored = stored.unwrap_or(Head::START);
        Self(Mutex::new(State { done: Vec::new(), stored }))
    }

    /// What belongs into the commit of a change: its finished record.
    pub fn entry(event_id: &str, record: Vec<u8>) -> Change {
        Change::create(format!("{PREFIX}{event_id}"), record)
    }

    /// The trail has the record: its entry may go.
    pub fn done(&self, event_id: &str) {
        self.lock().done.push(format!("{PREFIX}{event_id}"));
    }

    /// Empties the outbox of what the trail has, and stores the trail's head. Called every second,
    /// and at the end. A head is stored only if it is not less than the one before, so that an end
    /// of the trail that was found missing stays missing. With `try_store` it is stored in any
    /// case, to see whether the store can be written.
    pub async fn sweep(
        &self,
        storage: &Storage,
        head: Head,
        mut try_store: bool,
    ) -> Result<(), Error> {
        loop {
            let (done, stored) = {
                let mut state = self.lock();
                let rest = state.done.len().saturating_sub(MAX_BATCH - 1);
                (state.done.split_off(rest), state.stored)
            };
            let mut changes: Vec<_> = done.iter().map(Change::remove).collect();
            let is_same = std::mem::take(&mut try_store) && head == stored;
            if head.sequence > stored.sequence || is_same {
                changes.push(Change::put(HEAD, encode_head(&head)));
            }
            if changes.is_empty() {
                return Ok(());
            }
            if let Err(error) = storage.commit(changes).await {
                self.lock().done.extend(done);
                return Err(error);
            }
            let mut state = self.lock();
            if head.sequence > state.stored.sequence {
                state.stored = head;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last head of the trail that was stored, be it that of what was delivered.
pub async fn stored_head(storage: &Storage) -> Result<Option<Head>, Error> {
    let mut last: Option<Head> = None;
    for key in [HEAD, DELIVERED] {
        let stored = storage.get(key).await?.and_then(|record| decode_head(&record.value));
        last = last.into_iter().chain(stored).max_by_key(|head| head.sequence);
    }
    Ok(last)
}

/// Notes that all is delivered up to this batch.
pub(super) fn delivered(head: &Head) -> Change {
    Change::put(DELIVERED, encode_head(head))
}

/// Notes that the trail begins behind this batch.
pub(super) fn pruned(head: &Head) -> Change {
    Change::put(PRUNED, encode_head(head))
}

/// Appends to the trail what was committed before a crash and is not there yet. Returns how many
/// records that were.
pub async fn replay(storage: &Storage, trail: &Trail, dir: &Path) -> Result<usize, BoxError> {
    let mut replayed = 0;
    loop {
        let left = storage.scan(PREFIX, None, MAX_BATCH).await?;
        if left.is_empty() {
            return Ok(replayed);
        }
        replayed += bring(storage, trail, dir, left).await?;
    }
}

/// The same of certain events, as far as they were committed.
pub async fn replay_of(
    storage: &Storage,
    trail: &Trail,
    dir: &Path,
    event_ids: &[String],
) -> Result<usize, BoxError> {
    let mut replayed = 0;
    for ids in event_ids.chunks(MAX_BATCH) {
        let mut left = Vec::new();
        for id in ids {
            let key = format!("{PREFIX}{id}");
            left.extend(storage.get(&key).await?.map(|record| (key, record)));
        }
        if !left.is_empty() {
            replayed += bring(storage, trail, dir, left).await?;
        }
    }
    Ok(replayed)
}

/// Appends those records that the trail does not have, and empties the outbox of all of them.
async fn bring(
    storage: &Storage,
    trail: &Trail,
    dir: &Path,
    left: Vec<(String, Record)>,
) -> Result<usize, BoxError> {
    let id_of = |key: &str| key.strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let wanted: BTreeSet<String> = left.iter().map(|(key, _)| id_of(key)).collect();
    let known = read::find_event_ids(dir, &wanted)?;
    let (keys, records): (Vec<_>, Vec<_>) =
        left.into_iter().map(|(key, record)| (key, record.value)).unzip();
    let missing = keys.iter().zip(records).filter(|(key, _)| !known.contains(&id_of(key)));
    let missing: Vec<_> = missing.map(|(_, record)| record).collect();
    let count = missing.len();
    trail.append_all(missing).await?;
    storage.commit(keys.into_iter().map(Change::remove).collect()).await?;
    Ok(count)
}

fn encode_head(head: &Head) -> Vec<u8> {
    [&head.sequence.to_be_bytes()[..], &head.hash].concat()
}

fn decode_head(bytes: &[u8]) -> Option<Head> {
    let (sequence, hash) = bytes.split_first_chunk::<8>()?;
    Some(Head { sequence: u64::from_be_bytes(*sequence), hash: hash.try_into().ok()? })
}

const PREFIX: &str = "outbox/";
const HEAD: &str = "trail/head";
const DELIVERED: &str = "trail/delivered";
const PRUNED: &str = "trail/pruned";
