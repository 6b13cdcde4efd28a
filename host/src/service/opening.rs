//! Unsealing, sealing, and whether requests are served.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use crate::{
    audit::trail,
    isolates::Progress,
    seal::{self, Seal},
    wire::{Error, Result},
};

use super::{Service, StartError, ledger::Ledger};

impl Service {
    /// Opens the trail: the last step of unsealing. From now on requests are served.
    pub async fn open_ledger(&self) -> std::result::Result<(), StartError> {
        let system = self.tenant(Self::system()).await.map_err(started)?;
        let load = self.load.clone();
        let ledger = Ledger::open(&self.storage, &self.data, self.trail, system, load).await?;
        *self.ledger.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(ledger));
        self.is_held.store(false, Ordering::Release);
        self.waiting.store(0, Ordering::Relaxed);
        self.work.notify_one();
        Ok(())
    }

    /// Opens a trail again that was full, if there is room and nobody has sealed the service.
    pub(super) async fn resume(
        &self,
        full: Arc<Ledger>,
    ) -> std::result::Result<Option<Arc<Ledger>>, StartError> {
        let (data, options, load) = (self.data.clone(), self.trail, self.load.clone());
        let resumed = tokio::task::spawn_blocking(move || full.resumed(&data, options, load));
        let resumed = resumed.await??;
        let resumed = Arc::new(resumed);
        let mut ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
        if ledger.is_none() {
            return Ok(None);
        }
        *ledger = Some(resumed.clone());
        tracing::info!("there is room again: the trail goes on");
        Ok(Some(resumed))
    }

    /// Seals the service: changes that have begun are finished, the trail is closed, and all keys
    /// are wiped. Only who unseals opens it again.
    pub async fn seal(&self) {
        self.is_held.store(true, Ordering::Release);
        let changing = self.changing.write().await;
        let founding = self.founding.write().await;
        let ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Err(failure) = self.isolates.seal() {
            // Then it was replaced by one that is sealed.
            tracing::error!("the root isolate did not seal itself: {failure}");
        }
        self.signing_keys.clear();
        drop((changing, founding));
        if let Some(ledger) = ledger {
            self.close(ledger).await;
        }
    }

    /// Ends the trail, once those who have begun to write to it are done.
    async fn close(&self, mut ledger: Arc<Ledger>) {
        for _ in 0..CLOSING {
            ledger = match Arc::try_unwrap(ledger) {
                Ok(ledger) => {
                    if let Err(error) =
                        ledger.outbox.sweep(&self.storage, ledger.trail.head(), false).await
                    {
                        tracing::error!("the store cannot be written: {error}");
                    }
                    ledger.tell_end();
                    // Waits for the trail's thread.
                    let _ = tokio::task::spawn_blocking(move || drop(ledger)).await;
                    return;
                }
                Err(shared) => shared,
            };
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tracing::error!("a record was not written in time: the trail stays open");
    }

    /// Why no request can be served, if none can.
    pub fn ailment(&self) -> Option<String> {
        if !self.is_open() {
            return Some(match self.gathered() {
                Progress { need: 0, .. } => "sealed".to_owned(),
                Progress { have, need } => format!("sealed: {have} of {need} shares have come"),
            });
        }
        let why = match self.ledger().map(|ledger| ledger.trail.state()) {
            Some(trail::State::Writable) if self.is_stored.load(Ordering::Relaxed) => return None,
            Some(trail::State::Writable) => "the store cannot be written",
            Some(trail::State::Failed(trail::Failure::Full)) => {
                "the trail cannot be written: the disk is full; it goes on when there is room"
            }
            Some(trail::State::Failed(_)) | None => {
                "the trail cannot be written: restart the service when the disk is well again"
            }
        };
        Some(why.to_owned())
    }

    /// Whether the service is unsealed.
    pub fn is_open(&self) -> bool {
        self.isolates.is_unsealed()
            && !self.is_held.load(Ordering::Acquire)
            && self.ledger.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// While the service is sealed nothing can be verified; while the trail cannot be written
    /// nothing is answered.
    pub fn check_open(&self) -> Result<()> {
        if !self.isolates.is_unsealed() || self.is_held.load(Ordering::Acquire) {
            return Err(Error::internal().into());
        }
        match self.ledger() {
            None => Err(Error::internal().into()),
            Some(ledger)
                if ledger.trail.is_writable() && self.is_stored.load(Ordering::Relaxed) =>
            {
                Ok(())
            }
            Some(_) => Err(Error::unavailable().into()),
        }
    }

    /// How far those who unseal are; nobody is needed if the unseal key lies in a file.
    pub fn gathered(&self) -> Progress {
        *self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A share has come, or others are needed from now on.
    pub fn set_gathered(&self, progress: Progress) {
        *self.gathered.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }

    /// The root isolate broke down. Without the unseal key at hand that seals the service.
    pub(super) async fn reopen(&self) -> std::result::Result<(), StartError> {
        let Ok(_desk) = self.desk.try_lock() else { return Ok(()) };
        if self.isolates.is_unsealed() || self.ledger().is_none() {
            return Ok(());
        }
        let domain = self.storage.get(seal::DOMAIN).await?.ok_or("there are no domain keys")?;
        match Seal::of(&domain.value)? {
            Seal::File => seal::open(&self.isolates, &domain.value, &self.unseal_key),
            Seal::Shares { threshold, .. } => {
                self.set_gathered(Progress { have: 0, need: threshold });
                self.seal().await;
                Err("the root isolate broke down, and the operators' shares are needed".into())
            }
        }
    }
}

/// An error of a request, as an error of the start.
pub(super) fn started(error: Error) -> StartError {
    match error {
        Error::World(source) => source,
        other => format!("{other:?}").into(),
    }
}

/// Milliseconds that the last records have when the trail is closed: longer than any call takes.
const CLOSING: usize = 10_000;
