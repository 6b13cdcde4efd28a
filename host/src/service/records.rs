//! Records of what was done: in the trail, or on their way there.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use crate::{
    audit::{
        outbox::Outbox,
        record::Event,
        trail::{self, Unwritable},
    },
    identity::AccessKey,
    storage::{self, Change, Expected},
    wire::{ApiError, Error, Result},
};

use super::Service;

impl Service {
    /// Commits changes together with the finished record of what made them, and brings the record
    /// to the trail. Who stops waiting, as for a client that has hung up, stops neither.
    pub async fn commit(self: &Arc<Self>, event: &Event, changes: Vec<Change>) -> Result<()> {
        self.commit_all(std::slice::from_ref(event), changes).await
    }

    /// The same of changes that several records tell of.
    pub async fn commit_all(
        self: &Arc<Self>,
        events: &[Event],
        mut changes: Vec<Change>,
    ) -> Result<()> {
        let service = self.clone();
        let is_request = events.iter().any(Event::is_request);
        let recorded = events.iter().filter(|_| self.keeps_records());
        let finished = recorded.map(|event| (event.id.clone(), event.finish(None)));
        let (ids, records): (Vec<_>, Vec<_>) = finished.unzip();
        let entries = ids.iter().zip(&records);
        changes.extend(entries.map(|(id, record)| Outbox::entry(id, record.clone())));
        let known = changes.iter().filter(|change| change.expected != Expected::Absent);
        let keys = known.filter_map(|change| change.key.strip_prefix(AccessKey::PREFIX));
        let keys: Vec<_> = keys.map(str::to_owned).collect();
        let committed = tokio::spawn(async move {
            let stored = service.storage.commit(changes).await;
            // Whatever became of an access key, nothing is made of what was known of it.
            keys.iter().for_each(|id| service.forget_access_key(id));
            stored?;
            let Some(ledger) = service.ledger() else {
                // What operators do while the service is sealed waits in the outbox; a client is
                // told nothing that the trail does not have.
                return if is_request { Err(Error::internal().into()) } else { Ok(()) };
            };
            if let Err(unwritable) = ledger.trail.append_all(records).await {
                tracing::error!("a change is not told, its record is in the outbox: {unwritable}");
                return Err(Error::unavailable().into());
            }
            for id in &ids {
                ledger.outbox.done(id);
            }
            Ok(())
        });
        committed.await.map_err(Error::world)?
    }

    /// Makes the record of something that changed nothing durable: in the trail, or in the outbox
    /// while the service is sealed.
    pub async fn record(
        &self,
        event: &Event,
        error: Option<&ApiError>,
    ) -> std::result::Result<(), Unrecorded> {
        if !self.keeps_records() {
            return Ok(());
        }
        let record = event.finish(error);
        if let Some(ledger) = self.ledger() {
            return ledger.trail.append(record).await.map_err(Unrecorded::Unwritable);
        }
        if event.is_request() || self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(Unrecorded::Sealed);
        }
        let entry = Outbox::entry(&event.id, record);
        self.storage.commit(vec![entry]).await.map_err(Unrecorded::Unstored)?;
        Ok(())
    }

    /// Whether there are records: always, but for measurements of what they cost.
    pub fn keeps_records(&self) -> bool {
        self.trail.recording == trail::Recording::On
    }

    /// What is done every second until `stop` is done, and once more then: last uses of keys and
    /// the trail's head are stored, and the outbox emptied; and a root isolate that broke down is
    /// unsealed again, if the unseal key lies in a file.
    pub async fn keep(&self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut is_last = false;
        while !is_last {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = &mut stop => is_last = true,
            }
            if let Err(error) = self.store_uses().await {
                tracing::error!("keys' last uses cannot be stored: {error}");
            }
            if let Err(error) = self.store_key_uses().await {
                tracing::error!("access keys' last uses cannot be stored: {error}");
            }
            if let Some(ledger) = self.ledger() {
                let swept = ledger.outbox.sweep(&self.storage, ledger.trail.head()).await;
                self.is_stored.store(swept.is_ok(), Ordering::Relaxed);
                if is_last {
                    ledger.tell_end();
                }
                if let Err(error) = swept {
                    tracing::error!("the store cannot be written: {error}");
                }
            }
            if !self.isolates.is_unsealed()
                && !self.is_held.load(Ordering::Acquire)
                && let Err(error) = self.reopen().await
            {
                tracing::error!("the service is sealed: {error}");
            }
        }
    }
}

/// Why a record is neither in the trail nor in the outbox.
#[derive(Debug)]
pub enum Unrecorded {
    /// The trail cannot be written.
    Unwritable(Unwritable),
    /// The store cannot be written.
    Unstored(storage::Error),
    /// The service is sealed, and this is not for the outbox.
    Sealed,
}

impl std::fmt::Display for Unrecorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unwritable(why) => why.fmt(f),
            Self::Unstored(why) => why.fmt(f),
            Self::Sealed => f.write_str("the service is sealed"),
        }
    }
}

impl std::error::Error for Unrecorded {}

/// Commands that are recorded while the service is sealed, until no more are taken.
const WAITING: u64 = 10_000;
