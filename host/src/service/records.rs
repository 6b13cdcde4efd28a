//! Records of what was done: in the trail, or on their way there.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use crate::{
    audit::{
        outbox::{self, Outbox},
        record::{Event, Part},
        trail::{self, Unwritable},
    },
    identity::AccessKey,
    storage::{self, Change, Expected},
    wire::{ApiError, Error, Result},
};

use super::{Service, ledger::Ledger, uuid};

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
        let finished = recorded.flat_map(|event| finished(event, None));
        let (ids, records): (Vec<_>, Vec<_>) = finished.unzip();
        let entries = ids.iter().zip(&records);
        changes.extend(entries.map(|(id, record)| Outbox::entry(id, record.clone())));
        let known = changes.iter().filter(|change| change.expected != Expected::Absent);
        let keys = known.filter_map(|change| change.key.strip_prefix(AccessKey::PREFIX));
        let keys: Vec<_> = keys.map(str::to_owned).collect();
        let committed = tokio::spawn(async move {
            // Taken before: what a trail that fails does not take is brought to the next one.
            let ledger = service.ledger();
            let stored = service.storage.commit(changes).await;
            // Whatever became of an access key, nothing is made of what was known of it.
            keys.iter().for_each(|id| service.forget_access_key(id));
            if let Err(storage::Error::Unavailable(cause)) = &stored {
                tracing::error!("whether a change was stored is not known: {cause}");
                service.is_stored.store(false, Ordering::Relaxed);
                service.leave(ids);
                return Err(Error::unavailable().into());
            }
            stored?;
            let Some(ledger) = ledger else {
                // Whoever has unsealed the service meanwhile may have emptied the outbox before.
                if service.ledger().is_some() {
                    service.leave(ids);
                }
                // What operators do while the service is sealed waits in the outbox; a client is
                // told nothing that the trail does not have.
                return if is_request { Err(Error::internal().into()) } else { Ok(()) };
            };
            if let Err(unwritable) = ledger.trail.append_all(records).await {
                tracing::error!("a change is not told, its record is in the outbox: {unwritable}");
                service.leave(ids);
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
        if let Some(ledger) = self.ledger() {
            let recorded = match event.others(error).is_empty() {
                true => ledger.trail.append(event.finish(error)).await,
                false => {
                    let records = finished(event, error).into_iter().map(|(_, record)| record);
                    ledger.trail.append_all(records.collect()).await
                }
            };
            return recorded.map_err(Unrecorded::Unwritable);
        }
        if event.is_request() || self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(Unrecorded::Sealed);
        }
        let entry = Outbox::entry(&event.id, event.finish(error));
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
                self.keep_ledger(ledger).await;
            }
            if is_last && let Some(ledger) = self.ledger() {
                ledger.tell_end();
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

impl Service {
    /// Opens the trail again if it was full and there is room, stores its head, empties the outbox.
    async fn keep_ledger(&self, mut ledger: Arc<Ledger>) {
        if ledger.trail.state() == trail::State::Failed(trail::Failure::Full) {
            match self.resume(ledger.clone()).await {
                Ok(Some(resumed)) => ledger = resumed,
                Ok(None) => {}
                Err(error) => tracing::error!("the trail cannot be written yet: {error}"),
            }
        }
        let was_stored = self.is_stored.load(Ordering::Relaxed);
        let swept = ledger.outbox.sweep(&self.storage, ledger.trail.head(), !was_stored).await;
        self.is_stored.store(swept.is_ok(), Ordering::Relaxed);
        match swept {
            Ok(()) if ledger.trail.is_writable() => self.bring_left(&ledger).await,
            Ok(()) => {}
            Err(error) => tracing::error!("the store cannot be written: {error}"),
        }
    }

    /// These events may be in the outbox and not in the trail.
    fn leave(&self, event_ids: Vec<String>) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).extend(event_ids);
    }

    /// Brings what a failure has left in the outbox to the trail.
    async fn bring_left(&self, ledger: &Ledger) {
        let ids = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        if ids.is_empty() {
            return;
        }
        let folder = self.data.join("trail");
        match outbox::replay_of(&self.storage, &ledger.trail, &folder, &ids).await {
            Ok(replayed) => tracing::info!(replayed, "records of the outbox came to the trail"),
            Err(error) => {
                tracing::error!("records stay in the outbox: {error}");
                self.leave(ids);
            }
        }
    }
}

/// The records of an event, with their ids: one in each account that it concerns.
fn finished(event: &Event, error: Option<&ApiError>) -> Vec<(String, Vec<u8>)> {
    let others = event.others(error);
    if others.is_empty() {
        return vec![(event.id.clone(), event.finish(error))];
    }
    let shared = uuid();
    let own = event.finish_part(Part::Caller { shared: Some(&shared) }, error);
    let mut all = vec![(event.id.clone(), own)];
    for account in others {
        let id = uuid();
        let part = Part::Owner { account, id: &id, shared: &shared };
        let record = event.finish_part(part, error);
        all.push((id, record));
    }
    all
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
