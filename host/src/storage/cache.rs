//! The cache: decoded records, and keys known to have none. It never holds what a commit has
//! overtaken.
//!
//! Reads and commits run at once, so a reader may come back with a record that has changed since.
//! To keep it out, the writer announces the keys of a transaction before the transaction becomes
//! visible: under one lock it notes them in a short list and removes them. A reader brings the
//! sequence number of its snapshot, and under the same lock installs only what the list does not
//! name as changed after that. So what is installed is true of every snapshot still to be taken,
//! until the next announcement removes it. Looking up takes no such lock.

use std::any::Any;
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::{Cache as Map, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::{Loaded, Stored, Version};

pub(super) struct Cache {
    present: Map<Box<str>, Present, ByBytes>,
    /// Apart from `present`, so that asking for what does not exist evicts nothing that does.
    absent: Map<Box<str>, (), ByBytes>,
    recent: Mutex<Recent>,
    hasher: RandomState,
}

/// The last changes, as (sequence number, hash of key), ascending. Two keys of one hash cost a
/// cold read at most.
struct Recent {
    changes: VecDeque<(u64, u64)>,
    /// All changes after this one are in the list.
    forgotten: u64,
}

#[derive(Clone)]
struct Present {
    version: Version,
    value: Arc<dyn Any + Send + Sync>,
    size: usize,
}

impl Cache {
    /// A cache of at most `bytes`, an eighth of them for keys without a record.
    pub(super) fn new(bytes: u64) -> Self {
        let absent = bytes / 8;
        Self {
            present: map(bytes - absent),
            absent: map(absent),
            recent: Mutex::new(Recent { changes: VecDeque::new(), forgotten: 0 }),
            hasher: RandomState::new(),
        }
    }

    /// What is known of the record under `key`. A record cached as another type is not known.
    pub(super) fn find<T: Stored>(&self, key: &str) -> Option<Option<Loaded<T>>> {
        let Some(Present { version, value, .. }) = self.present.get(key) else {
            return self.absent.get(key).map(|()| None);
        };
        let value = value.downcast().ok()?;
        Some(Some(Loaded { version, value }))
    }

    /// Keeps a value of `size` encoded bytes that was read from a snapshot, if it is still true.
    pub(super) fn install<T: Stored>(
        &self,
        key: &str,
        size: usize,
        snapshot: Version,
        loaded: &Loaded<T>,
    ) {
        let present = Present { version: loaded.version, value: loaded.value.clone(), size };
        let hash = self.hasher.hash_one(key);
        let recent = self.recent();
        if recent.unchanged_since(snapshot, hash) {
            self.present.insert(key.into(), present);
        }
    }

    /// Keeps that a snapshot had no record under `key`, if it is still true.
    pub(super) fn install_absent(&self, key: &str, snapshot: Version) {
        let hash = self.hasher.hash_one(key);
        let recent = self.recent();
        if recent.unchanged_since(snapshot, hash) {
            self.absent.insert(key.into(), ());
        }
    }

    /// Removes the keys of commits that are about to become visible. The backend calls this with
    /// ascending versions before the first snapshot that shows these commits; a commit that then
    /// fails does no harm, as long as its version is not used again.
    pub(super) fn announce<'a>(&self, changes: impl Iterator<Item = (Version, &'a str)>) {
        let mut recent = self.recent();
        for (version, key) in changes {
            recent.note(version, self.hasher.hash_one(key));
            self.present.remove(key);
            self.absent.remove(key);
        }
    }

    /// Forgets everything, and all that snapshots before `version` might bring.
    pub(super) fn clear(&self, version: Version) {
        let mut recent = self.recent();
        recent.forgotten = recent.forgotten.max(version.0);
        self.present.clear();
        self.absent.clear();
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn note(&mut self, version: Version, hash: u64) {
        if self.changes.len() == MAX_RECENT
            && let Some((oldest, _)) = self.changes.pop_front()
        {
            self.forgotten = self.forgotten.max(oldest);
        }
        self.changes.push_back((version.0, hash));
    }

    fn unchanged_since(&self, snapshot: Version, hash: u64) -> bool {
        let mut newer = self.changes.iter().rev().take_while(|change| change.0 > snapshot.0);
        snapshot.0 >= self.forgotten && newer.all(|change| change.1 != hash)
    }
}

fn map<Value: Clone>(bytes: u64) -> Map<Box<str>, Value, ByBytes>
where
    ByBytes: Weighter<Box<str>, Value>,
{
    // A shard takes no record heavier than itself, so each is larger than the largest record.
    let shards = (bytes / SHARD_BYTES).clamp(1, 64);
    let options = OptionsBuilder::new()
        .weight_capacity(bytes)
        .estimated_items_capacity(usize::try_from(bytes / TYPICAL_BYTES).unwrap_or(usize::MAX))
        .shards(usize::try_from(shards).unwrap_or(1))
        .build()
        .expect("both capacities are set above");
    Map::with_options(options, ByBytes, DefaultHashBuilder::default(), DefaultLifecycle::default())
}

/// Weighs an entry by the bytes of its record, which stand for those of the decoded value.
#[derive(Clone)]
struct ByBytes;

impl Weighter<Box<str>, Present> for ByBytes {
    fn weight(&self, key: &Box<str>, present: &Present) -> u64 {
        (key.len() + present.size) as u64 + ENTRY_BYTES
    }
}

impl Weighter<Box<str>, ()> for ByBytes {
    fn weight(&self, key: &Box<str>, (): &()) -> u64 {
        key.len() as u64 + ENTRY_BYTES
    }
}

/// How many changes are remembered: more than commit while one record is read.
const MAX_RECENT: usize = 4096;
/// What an entry costs beside its key and value, roughly.
const ENTRY_BYTES: u64 = 128;
/// A typical entry: a key's metadata, a short policy, a grant.
const TYPICAL_BYTES: u64 = 1 << 10;
/// The least size of a shard is half of this, as their number is rounded up to a power of two.
const SHARD_BYTES: u64 = 4 << 20;
