//! What every request shares: storage, isolates, trail, clock, Regions.

use std::{
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use quick_cache::sync::Cache;

use crate::{
    arn::{AccountId, Region},
    audit::{
        Notary, NotaryError,
        outbox::{self, Outbox},
        record::{Event, Source},
        segment::Head,
        trail::{Trail, Unwritable},
    },
    clock::Clock,
    config::Config,
    identity::AccessKey,
    isolates::{Components, Failure, Isolates, Living, Tenant, TenantId},
    regions::Regions,
    seal,
    sigv4::SigningKey,
    storage::{self, Change, Storage, Stored},
    stored_as_json,
    wire::{ApiError, Error, Result, hex},
};

/// The service.
pub struct Service {
    storage: Storage,
    isolates: Arc<Isolates>,
    trail: Trail,
    outbox: Outbox,
    signing_keys: Cache<String, Arc<SigningKey>>,
    clock: Clock,
    regions: Regions,
    data: PathBuf,
    unseal_key: PathBuf,
    strangers: Strangers,
    turns: [tokio::sync::Mutex<()>; TURNS],
    is_stored: AtomicBool,
}

/// The record of a tenant's sealed roots, the newest last.
#[derive(serde::Serialize, serde::Deserialize)]
struct Roots {
    sealed: Vec<SealedRoot>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct SealedRoot(#[serde(with = "crate::keys::base64_text")] Vec<u8>);

stored_as_json!(Roots);

/// Why the service does not start.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

impl Service {
    /// Opens the data folder, unseals, and replays what a crash has left.
    pub async fn open(
        config: &Config,
        components: &Components,
        clock: Clock,
    ) -> std::result::Result<Self, StartError> {
        seal::create_folder(&config.data)?;
        let storage =
            Storage::open(&config.data.join("keycell.redb"), storage::Options::default())?;
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let isolates = Arc::new(Isolates::new(components, workers, &config.isolates)?);
        seal::start(&storage, &isolates, &config.unseal_key()).await?;
        let system = tenant(&storage, &isolates, TenantId::global(SYSTEM.parse()?)).await;
        let notary: Arc<dyn Notary> = Arc::new(SystemNotary(system.map_err(started)?));
        let folder = config.data.join("trail");
        let head = outbox::stored_head(&storage).await?;
        let (trail, recovered) = Trail::open(&folder, notary, config.trail, head)?;
        if recovered.bytes_cut > 0 {
            let bytes = recovered.bytes_cut;
            tracing::warn!(bytes, "the trail ended in a batch that was never answered: cut");
        }
        for finding in &recovered.findings {
            tracing::error!("the trail was tampered with or damaged: {finding:?}");
        }
        let Head { sequence, hash } = trail.head();
        tracing::info!(sequence, hash = hex(&hash), "the trail goes on from this batch");
        let replayed = outbox::replay(&storage, &trail, &folder).await?;
        if replayed > 0 {
            tracing::info!(replayed, "records of changes before the crash were added to the trail");
        }
        Ok(Self {
            storage,
            isolates,
            trail,
            outbox: Outbox::new(head),
            signing_keys: Cache::new(SIGNING_KEYS),
            clock,
            regions: config.regions.clone(),
            data: config.data.clone(),
            unseal_key: config.unseal_key(),
            strangers: Strangers::default(),
            turns: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            is_stored: AtomicBool::new(true),
        })
    }

    /// Records.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The Regions served.
    pub fn regions(&self) -> &Regions {
        &self.regions
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Why no request can be served, if none can.
    pub fn ailment(&self) -> Option<&'static str> {
        if !self.isolates.is_unsealed() {
            Some("sealed")
        } else if !self.trail.is_writable() {
            Some("the trail cannot be written: restart the service when the disk is well again")
        } else if !self.is_stored.load(Ordering::Relaxed) {
            Some("the store cannot be written")
        } else {
            None
        }
    }

    /// While the service is sealed nothing can be verified; while the trail cannot be written
    /// nothing is answered.
    pub fn check_open(&self) -> Result<()> {
        if !self.isolates.is_unsealed() {
            Err(Error::internal().into())
        } else if !self.trail.is_writable() || !self.is_stored.load(Ordering::Relaxed) {
            Err(Error::unavailable().into())
        } else {
            Ok(())
        }
    }

    /// An event that begins now.
    pub fn begin(&self, source: Source, user_agent: Option<String>) -> Event {
        Event::begin(uuids(), self.now(), source, user_agent)
    }

    /// The digest of the component that serves an account.
    pub fn component(&self, account: AccountId) -> &str {
        self.isolates.digest(account)
    }

    /// All isolates that live.
    pub fn living_isolates(&self) -> Vec<Living> {
        self.isolates.living()
    }

    /// A tenant's isolate. A tenant that was never here before gets its root.
    pub async fn tenant(&self, id: TenantId) -> Result<Arc<Tenant>> {
        match self.isolates.live(&id) {
            Some(tenant) => Ok(tenant),
            None => tenant(&self.storage, &self.isolates, id).await,
        }
    }

    /// The key that verifies an access key's signatures of one day, Region and service.
    pub async fn signing_key(
        &self,
        key: &AccessKey,
        date: &str,
        region: &str,
        service: &str,
    ) -> Result<Arc<SigningKey>> {
        let scope = [&key.id, date, region, service].join("/");
        if let Some(known) = self.signing_keys.get(&scope) {
            return Ok(known);
        }
        let isolate = self.tenant(TenantId::global(key.account)).await?;
        let derived = isolate.signing_key(&key.id, &key.sealed, date, region, service)?;
        let derived = Arc::new(SigningKey::new(derived));
        self.signing_keys.insert(scope, derived.clone());
        Ok(derived)
    }

    /// Forgets what was derived from an access key.
    pub fn forget_access_key(&self, id: &str) {
        self.signing_keys.retain(|scope, _| scope.split('/').next() != Some(id));
    }

    /// Waits for one's turn among those of a tenant who change the same records, for as long as the
    /// guard lives.
    pub async fn turn(
        &self,
        account: AccountId,
        region: Region,
    ) -> tokio::sync::MutexGuard<'_, ()> {
        let mut hasher = std::hash::DefaultHasher::new();
        (account, region).hash(&mut hasher);
        let turns = u64::try_from(TURNS).expect("64 is a number");
        let at = usize::try_from(hasher.finish() % turns).expect("it is less than 64");
        self.turns.get(at).expect("it is less than the number of turns").lock().await
    }

    /// A request whose caller is unknown is counted and now and then logged, but not recorded, so
    /// that strangers cannot fill the disk.
    pub fn count_stranger(&self, error: &ApiError) {
        self.strangers.count(self.now(), error);
    }

    /// Commits changes together with the finished record of what made them, and brings the record
    /// to the trail. Who stops waiting, as for a client that has hung up, stops neither.
    pub async fn commit(self: &Arc<Self>, event: &Event, mut changes: Vec<Change>) -> Result<()> {
        let (service, id, record) = (self.clone(), event.id.clone(), event.finish(None));
        changes.push(Outbox::entry(&id, record.clone()));
        let committed = tokio::spawn(async move {
            service.storage.commit(changes).await?;
            if let Err(unwritable) = service.trail.append(record).await {
                tracing::error!("a change is not told, its record is in the outbox: {unwritable}");
                return Err(Error::unavailable().into());
            }
            service.outbox.done(&id);
            Ok(())
        });
        committed.await.map_err(Error::world)?
    }

    /// Makes the record of something that changed nothing durable.
    pub async fn record(
        &self,
        event: &Event,
        error: Option<&ApiError>,
    ) -> std::result::Result<(), Unwritable> {
        self.trail.append(event.finish(error)).await
    }

    /// What is done every second until `stop` is done, and once more then: the trail's head is
    /// stored and the outbox emptied; and a root isolate that broke down is unsealed again.
    pub async fn keep(&self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut is_last = false;
        while !is_last {
            tokio::select! {
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
                () = &mut stop => is_last = true,
            }
            let swept = self.outbox.sweep(&self.storage, self.trail.head()).await;
            self.is_stored.store(swept.is_ok(), Ordering::Relaxed);
            if is_last {
                let Head { sequence, hash } = self.trail.head();
                tracing::info!(sequence, hash = hex(&hash), "the trail ends with this batch");
            }
            if let Err(error) = swept {
                tracing::error!("the store cannot be written: {error}");
            }
            if !self.isolates.is_unsealed()
                && let Err(error) =
                    seal::open(&self.storage, &self.isolates, &self.unseal_key).await
            {
                tracing::error!("the service is sealed: {error}");
            }
        }
    }
}

/// Requests that failed before there was a caller.
#[derive(Default)]
struct Strangers {
    count: AtomicU64,
    last_logged: AtomicI64,
}

impl Strangers {
    fn count(&self, now: Timestamp, error: &ApiError) {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let second = now.as_second();
        if self.last_logged.swap(second, Ordering::Relaxed) != second {
            tracing::warn!(count, code = error.code, "requests were refused before authentication");
        }
    }
}

/// Finds or makes a tenant's root, and its isolate.
async fn tenant(storage: &Storage, isolates: &Arc<Isolates>, id: TenantId) -> Result<Arc<Tenant>> {
    let path = format!("root/{}/{}", id.account, id.place.as_str());
    let roots = match storage.load::<Roots>(&path).await? {
        Some(roots) => roots,
        None => {
            let sealed = isolates.create_root(&id)?;
            let roots = Roots { sealed: vec![SealedRoot(sealed)] };
            match storage.commit(vec![Change::create(&*path, roots.encode())]).await {
                // Somebody else was faster: that root is as good.
                Ok(_) | Err(storage::Error::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
            let missing = || Error::world("a tenant root is gone");
            storage.load::<Roots>(&path).await?.ok_or_else(missing)?
        }
    };
    let sealed: Vec<_> = roots.sealed.iter().map(|root| root.0.clone()).collect();
    let isolates = isolates.clone();
    let opened = tokio::task::spawn_blocking(move || isolates.open(&id, &sealed));
    Ok(opened.await.map_err(Error::world)??)
}

/// The trail's batches are vouched for by the system isolate.
struct SystemNotary(Arc<Tenant>);

impl Notary for SystemNotary {
    fn tag(&self, label: &[u8], message: &[u8]) -> std::result::Result<Vec<u8>, NotaryError> {
        twice(|| self.0.tag(label, message))
    }

    fn check(
        &self,
        label: &[u8],
        message: &[u8],
        tag: &[u8],
    ) -> std::result::Result<bool, NotaryError> {
        twice(|| self.0.check(label, message, tag))
    }
}

/// A random UUID (RFC 9562, version 4).
pub fn uuid() -> String {
    let [uuid] = uuids();
    uuid
}

/// Several at once, for one call to the kernel.
fn uuids<const N: usize>() -> [String; N] {
    let mut bytes = [[0; 16]; N];
    getrandom::fill(bytes.as_flattened_mut()).expect("getrandom(2) does not fail after the boot");
    bytes.map(|mut bytes| {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut uuid = hex(&bytes);
        for at in [20, 16, 12, 8] {
            uuid.insert(at, '-');
        }
        uuid
    })
}

/// A trap costs an instance, not the trail: the next call gets a new one.
fn twice<T>(
    call: impl Fn() -> std::result::Result<T, Failure>,
) -> std::result::Result<T, NotaryError> {
    let result = match call() {
        Err(Failure::Trapped(_)) => call(),
        result => result,
    };
    result.map_err(|failure| NotaryError(failure.to_string()))
}

/// An error of a request, as an error of the start.
fn started(error: Error) -> StartError {
    match error {
        Error::World(source) => source,
        other => format!("{other:?}").into(),
    }
}

/// The account that the service itself vouches as.
pub const SYSTEM: &str = "000000000000";
/// How many tenants can be waited for at once; more share a turn.
const TURNS: usize = 64;
/// Signing keys that are remembered: one for each access key, day and Region.
const SIGNING_KEYS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_the_id_of_a_key() {
        let id = uuid();
        assert!(id.parse::<crate::arn::KeyId>().is_ok(), "{id}");
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]));
        assert_ne!(id, uuid());
    }
}
