//! The open trail with its outbox: there while the service is unsealed, as its batches are vouched
//! for by the system isolate.

use std::{path::Path, sync::Arc};

use crate::{
    audit::{
        Notary, NotaryError,
        history::History,
        indexer::Indexer,
        load::Load,
        outbox::{self, Outbox},
        recovery::Recovered,
        segment::Head,
        trail::{self, Trail},
    },
    isolates::{Failure, Tenant},
    storage::Storage,
    wire::hex,
};

use super::StartError;

/// Where records go.
pub(super) struct Ledger {
    /// What was recorded, to be looked up.
    pub(super) history: Arc<History>,
    /// Ends before the trail does.
    _indexer: Indexer,
    pub(super) trail: Trail,
    pub(super) outbox: Arc<Outbox>,
    /// The system isolate, which may live longer than the list of live isolates knows it.
    pub(super) system: Arc<Tenant>,
}

impl Ledger {
    /// Opens the trail, and appends what a crash or a time of being sealed has left in the outbox.
    pub(super) async fn open(
        storage: &Storage,
        data: &Path,
        options: trail::Options,
        system: Arc<Tenant>,
        load: Load,
    ) -> Result<Self, StartError> {
        let folder = data.join("trail");
        let head = outbox::stored_head(storage).await?;
        let notary: Arc<dyn Notary> = Arc::new(SystemNotary(system.clone()));
        let (trail, recovered) = Trail::open(&folder, notary, options, head, load)?;
        if options.recording == trail::Recording::Off {
            tracing::error!("nothing of what is done is recorded: this is for measurements only");
        }
        tell(&recovered);
        let Head { sequence, hash } = trail.head();
        tracing::info!(sequence, hash = hex(&hash), "the trail goes on from this batch");
        let replayed = outbox::replay(storage, &trail, &folder).await?;
        if replayed > 0 {
            tracing::info!(replayed, "records that waited in the outbox were added to the trail");
        }
        let history = Arc::new(History::new(folder));
        let indexer = Indexer::start(history.clone(), trail.sequence())?;
        let outbox = Arc::new(Outbox::new(head));
        Ok(Self { history, _indexer: indexer, trail, outbox, system })
    }

    /// The same ledger, if its trail has failed for want of room and there is room again. It takes
    /// some time: the end of the trail is verified.
    pub(super) fn resumed(
        &self,
        data: &Path,
        options: trail::Options,
        load: Load,
    ) -> Result<Self, StartError> {
        let folder = data.join("trail");
        trail::try_room(&folder)?;
        let (system, outbox) = (self.system.clone(), self.outbox.clone());
        let notary: Arc<dyn Notary> = Arc::new(SystemNotary(system.clone()));
        let (trail, recovered) =
            Trail::open(&folder, notary, options, Some(self.trail.head()), load)?;
        tell(&recovered);
        let history = self.history.clone();
        let indexer = Indexer::start(history.clone(), trail.sequence())?;
        Ok(Self { history, _indexer: indexer, trail, outbox, system })
    }

    /// Says in the log where the trail ends, for those who keep heads elsewhere.
    pub(super) fn tell_end(&self) {
        let Head { sequence, hash } = self.trail.head();
        tracing::info!(sequence, hash = hex(&hash), "the trail ends with this batch");
    }
}

fn tell(recovered: &Recovered) {
    if recovered.bytes_cut > 0 {
        let bytes = recovered.bytes_cut;
        tracing::warn!(bytes, "the trail ended in a batch that was never answered: cut");
    }
    for finding in &recovered.findings {
        tracing::error!("the trail was tampered with or damaged: {finding}");
    }
}

/// The trail's batches are vouched for by the system isolate.
pub(super) struct SystemNotary(pub(super) Arc<Tenant>);

impl Notary for SystemNotary {
    fn tag(&self, label: &[u8], message: &[u8]) -> Result<Vec<u8>, NotaryError> {
        twice(|| self.0.tag(label, message))
    }

    fn check(&self, label: &[u8], message: &[u8], tag: &[u8]) -> Result<bool, NotaryError> {
        twice(|| self.0.check(label, message, tag))
    }
}

/// A trap costs an instance, not the trail: the next call gets a new one.
fn twice<T>(call: impl Fn() -> Result<T, Failure>) -> Result<T, NotaryError> {
    let result = match call() {
        Err(Failure::Trapped(_)) => call(),
        result => result,
    };
    result.map_err(|failure| NotaryError(failure.to_string()))
}
