//! Looking up records of the trail, off the threads that serve requests.

use tokio::sync::Semaphore;

use crate::{
    audit::history::{Hit, Query},
    wire::{Error, Result},
};

use super::Service;

impl Service {
    /// The newest records that are looked for, at most `most`: all that were answered count. Who
    /// asks while as many others do as there is room for is to try again.
    pub async fn look_up(&self, query: Query, most: usize) -> Result<Vec<Hit>> {
        let room = self.lookups.clone().try_acquire_owned().map_err(|_| Error::busy())?;
        // It is not held while others wait: a service that is sealed closes its trail.
        let (history, head) = {
            let ledger = self.ledger().ok_or_else(Error::internal)?;
            (ledger.history.clone(), ledger.trail.head().sequence)
        };
        let found = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<Hit>> {
            let _room = room;
            history.catch_up(head)?;
            history.search(query, most)?.take(most).collect()
        });
        found.await.map_err(Error::world)?.map_err(Error::world)
    }
}

/// Room for those who look up records at once.
pub(super) fn room() -> std::sync::Arc<Semaphore> {
    std::sync::Arc::new(Semaphore::new(LOOKUPS))
}

/// How many look up records at once: a lookup takes some milliseconds of a core, and of the disk.
const LOOKUPS: usize = 8;
