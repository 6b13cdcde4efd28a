//! The memories that are there now, so that anyone can check where key material may be.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::arn::AccountId;

use super::{super::TenantId, Level, mapping::resident};

/// Whose memory it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Owner {
    /// The root isolate.
    Root,
    /// A tenant's isolate.
    Tenant(TenantId),
}

/// A living isolate, as operators see it.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Living {
    /// Whose; nobody's for the root isolate.
    pub account: Option<AccountId>,
    /// Where: a Region, `global` for an account isolate, nothing for the root isolate.
    pub region: Option<String>,
    /// How its memory is kept; of several instances, the least.
    pub memory: Level,
    /// How many instances there are.
    pub instances: usize,
    /// What of their memory is resident, in bytes.
    pub resident_bytes: usize,
    /// Where it is: first byte, and the one behind the last.
    pub ranges: Vec<[usize; 2]>,
}

/// All memories, by their first byte.
#[derive(Default)]
pub struct Registry(Mutex<BTreeMap<usize, Entry>>);

#[derive(Clone, Copy)]
struct Entry {
    owner: Owner,
    size: usize,
    level: Level,
}

/// Runs what makes an instance: the memories that it gets are `owner`'s.
pub fn made_for<T>(owner: Owner, make: impl FnOnce() -> T) -> T {
    let before = MAKING.replace(owner);
    let made = make();
    MAKING.set(before);
    made
}

impl Registry {
    /// Notes a memory that was made, or has grown; a known one keeps its owner.
    pub fn add(&self, start: usize, size: usize, level: Level) {
        let mut entries = self.entries();
        let owner = entries.get(&start).map_or_else(|| MAKING.get(), |entry| entry.owner);
        entries.insert(start, Entry { owner, size, level });
    }

    /// Forgets a memory that is about to be given back.
    pub fn remove(&self, start: usize) {
        self.entries().remove(&start);
    }

    /// All isolates, the root isolate first, then by account and Region.
    pub fn living(&self) -> Vec<Living> {
        let starts: Vec<usize> = self.entries().keys().copied().collect();
        let mut living: BTreeMap<(Option<AccountId>, Option<String>), Living> = BTreeMap::new();
        for start in starts {
            // Looked at under the lock, so that it is there; one by one, so that nobody waits long.
            let entries = self.entries();
            let Some(&Entry { owner, size, level }) = entries.get(&start) else { continue };
            let pages = resident(start, size).unwrap_or_default();
            drop(entries);
            let (account, region) = match owner {
                Owner::Root => (None, None),
                Owner::Tenant(id) => (Some(id.account), Some(id.place.as_str().to_owned())),
            };
            let isolate = living.entry((account, region.clone())).or_insert_with(|| Living {
                account,
                region,
                memory: level,
                instances: 0,
                resident_bytes: 0,
                ranges: Vec::new(),
            });
            isolate.memory = isolate.memory.min(level);
            isolate.instances += 1;
            let resident = pages.iter().filter(|is_there| **is_there).count();
            isolate.resident_bytes += resident * super::mapping::page_size();
            isolate.ranges.push([start, start + size]);
        }
        living.into_values().collect()
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<usize, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    /// Whose instance this thread makes. The engine's interface tells a creator nothing of it.
    static MAKING: Cell<Owner> = const { Cell::new(Owner::Root) };
}
