//! What every request shares: storage, isolates, trail, clock, Regions.

mod acting;
mod callers;
mod delivery;
mod grantees;
mod key_uses;
mod ledger;
mod lookups;
mod opening;
mod quota;
mod records;
mod secrets;
mod tenants;
mod uses;
mod witness;

use std::{
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use quick_cache::sync::Cache;
use tokio::sync::{
    Mutex, MutexGuard, Notify, OwnedRwLockReadGuard, RwLockReadGuard, RwLockWriteGuard, Semaphore,
};

use crate::{
    arn::{AccountId, Region},
    audit::{
        delivery::{Delivery, Store},
        load::{Load, Served},
        record::{Event, Source},
        trail,
    },
    clock::Clock,
    config::Config,
    front::Front,
    identity::{AccessKey, Account, Actors},
    isolates::{Components, Isolates, Living, Progress, TenantId},
    keys::Tracking,
    regions::Regions,
    seal::{self, Seal},
    sigv4::SigningKey,
    storage::{self, Storage},
    wire::{ApiError, Result, hex},
};

use grantees::Grantees;
use key_uses::KeyUses;
use ledger::Ledger;
use opening::started;
use quota::Quota;
pub use records::Unrecorded;
pub use tenants::Roots;
use tenants::SealedAccounts;
use uses::Uses;

/// The service.
pub struct Service {
    storage: Storage,
    isolates: Arc<Isolates>,
    /// None while the service is sealed.
    ledger: RwLock<Option<Arc<Ledger>>>,
    signing_keys: Cache<String, Derived>,
    quota: Quota,
    grantees: Grantees,
    clock: Clock,
    regions: Regions,
    actors: Actors,
    front: Front,
    data: PathBuf,
    unseal_key: PathBuf,
    trail: trail::Options,
    load: Load,
    delivery: Delivery,
    strangers: Strangers,
    turns: [Mutex<()>; TURNS],
    is_stored: AtomicBool,
    /// Events that may be in the outbox and not in the trail, since one of the two has failed: no
    /// more than there were requests under way then.
    left: std::sync::Mutex<Vec<String>>,
    sealed_accounts: SealedAccounts,
    /// Whether an operator has sealed the service: it is not unsealed without being asked.
    is_held: AtomicBool,
    /// How far those who unseal are.
    gathered: std::sync::Mutex<Progress>,
    /// Records of commands that wait in the outbox since the service was sealed.
    waiting: AtomicU64,
    /// Held while something changes that was sealed by a tenant's isolate, until it is stored.
    changing: Arc<tokio::sync::RwLock<()>>,
    /// Held while roots are read to open an isolate, and while one is made, until it is stored.
    founding: tokio::sync::RwLock<()>,
    /// Held while the domain keys or the seal change.
    desk: Mutex<()>,
    /// How often a root or a domain key was dropped.
    rotations: AtomicU64,
    work: Notify,
    uses: Uses,
    key_uses: KeyUses,
    tracking: Tracking,
    /// Room for those who look up records.
    lookups: Arc<Semaphore>,
}

/// One's place among those who change something that isolates have sealed.
pub type Changing = OwnedRwLockReadGuard<()>;

/// A signing key, and whose.
#[derive(Clone)]
struct Derived {
    account: AccountId,
    key: Arc<SigningKey>,
}

/// Why the service does not start.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

impl Service {
    /// Opens the data folder, unseals if the unseal key is at hand, and replays what a crash has
    /// left.
    pub async fn open(
        config: &Config,
        components: &Components,
        clock: Clock,
    ) -> std::result::Result<Self, StartError> {
        let (service, seal) = Self::closed(config, components, clock).await?;
        match seal {
            Seal::File => service.open_ledger().await?,
            Seal::Shares { threshold, .. } => {
                service.set_gathered(Progress { have: 0, need: threshold });
            }
        }
        Ok(service)
    }

    /// The same, but for the trail: it is not touched, and no request is served.
    pub async fn closed(
        config: &Config,
        components: &Components,
        clock: Clock,
    ) -> std::result::Result<(Self, Seal), StartError> {
        seal::create_folder(&config.data)?;
        let store = Store::open(&config.delivery.target);
        let store = store.map_err(|why| format!("[trail.delivery]: {why}"))?;
        let storage =
            Storage::open(&config.data.join("keycell.redb"), storage::Options::default())?;
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let isolates = Arc::new(Isolates::new(components, workers, &config.isolates)?);
        let tracking = uses::tracking(&storage, clock.now().as_millisecond()).await?;
        let seal = seal::start(&storage, &isolates, &config.unseal_key()).await?;
        let home = config.regions.home().ok_or("no Region is served")?;
        let (folder, options) = (config.data.join("trail"), config.delivery.clone());
        let delivery = Delivery::new(storage.clone(), store, folder, options, home);
        let service = Self {
            storage,
            isolates,
            ledger: RwLock::default(),
            signing_keys: Cache::new(SIGNING_KEYS),
            quota: Quota::new(config.keys),
            grantees: Grantees::default(),
            clock,
            regions: config.regions.clone(),
            actors: config.actors.clone(),
            front: config.front.clone(),
            data: config.data.clone(),
            unseal_key: config.unseal_key(),
            trail: config.trail,
            load: Load::default(),
            delivery,
            strangers: Strangers::default(),
            turns: std::array::from_fn(|_| Mutex::default()),
            is_stored: AtomicBool::new(true),
            left: std::sync::Mutex::default(),
            sealed_accounts: SealedAccounts::default(),
            is_held: AtomicBool::new(false),
            gathered: std::sync::Mutex::default(),
            waiting: AtomicU64::new(0),
            changing: Arc::default(),
            founding: tokio::sync::RwLock::default(),
            desk: Mutex::default(),
            rotations: AtomicU64::new(0),
            work: Notify::new(),
            uses: Uses::new(),
            key_uses: KeyUses::new(),
            tracking,
            lookups: lookups::room(),
        };
        for account in service.accounts().await.map_err(started)? {
            if account.is_closed() {
                service.sealed_accounts.insert(account.id);
            }
        }
        Ok((service, seal))
    }

    /// Counts a request that is being served, until what this returns is dropped.
    pub fn serving(&self) -> Served {
        self.load.enter()
    }

    /// Records.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The isolates.
    pub fn isolates(&self) -> &Isolates {
        &self.isolates
    }

    /// Where the unseal key lies, if it lies in a file.
    pub fn unseal_key(&self) -> &Path {
        &self.unseal_key
    }

    /// The Regions served.
    pub fn regions(&self) -> &Regions {
        &self.regions
    }

    /// What those who stand in front of the service tell of its clients.
    pub fn front(&self) -> &Front {
        &self.front
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The delivery of the trail.
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// One's place among those who change something that isolates have sealed: who waits for all of
    /// them, with [`Service::settled`], knows that what they had begun is stored.
    pub async fn changing(&self) -> RwLockReadGuard<'_, ()> {
        self.changing.read().await
    }

    /// The same place for as long as whoever has it likes.
    pub async fn begin_changing(&self) -> Changing {
        self.changing.clone().read_owned().await
    }

    /// Waits until every change is stored that had begun.
    pub async fn settled(&self) {
        drop(self.changing.write().await);
    }

    /// Keeps isolates from being opened and roots from being made, for as long as the guard lives.
    /// All that were made before are stored.
    pub async fn founding(&self) -> RwLockWriteGuard<'_, ()> {
        self.founding.write().await
    }

    /// One's turn to change the domain keys or the seal.
    pub async fn desk(&self) -> MutexGuard<'_, ()> {
        self.desk.lock().await
    }

    /// How often a root or a domain key was dropped: what was read before the last time may not
    /// open any more.
    pub fn rotations(&self) -> u64 {
        self.rotations.load(Ordering::Acquire)
    }

    /// A root or a domain key is dropped.
    pub fn count_rotation(&self) {
        self.rotations.fetch_add(1, Ordering::AcqRel);
    }

    /// Tells and awaits that there is work for the background.
    pub fn work(&self) -> &Notify {
        &self.work
    }

    /// All accounts.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let mut accounts: Vec<Account> = Vec::new();
        loop {
            let after = accounts.last().map(|account| Account::path(account.id));
            let page = self.storage.list::<Account>(Account::PREFIX, after.as_deref(), PAGE);
            let page = page.await?;
            let is_last = page.len() < PAGE;
            accounts.extend(page.into_iter().map(|(_, account)| (*account).clone()));
            if is_last {
                return Ok(accounts);
            }
        }
    }

    /// An event that begins now. The ids of what operators do are in the order of time, so that
    /// what waits in the outbox while the service is sealed comes to the trail in that order.
    pub fn begin(&self, source: Source, user_agent: Option<String>) -> Event {
        let now = self.now();
        let [mut id, request_id] = uuids();
        if let Source::Operator { .. } = source {
            id = in_order(&id, now);
        }
        Event::begin([id, request_id], now, source, user_agent)
    }

    /// The digest of the component that serves an account.
    pub fn component(&self, account: AccountId) -> &str {
        self.isolates.digest(account)
    }

    /// All isolates that live.
    pub fn living_isolates(&self) -> Vec<Living> {
        self.isolates.living()
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
            return Ok(known.key);
        }
        let isolate = self.tenant(TenantId::global(key.account)).await?;
        let derived = isolate.signing_key(&key.id, &key.sealed, date, region, service)?;
        let derived = Arc::new(SigningKey::new(derived));
        let known = Derived { account: key.account, key: derived.clone() };
        self.signing_keys.insert(scope, known);
        Ok(derived)
    }

    /// Forgets what was derived from an access key.
    pub fn forget_access_key(&self, id: &str) {
        self.signing_keys.retain(|scope, _| scope.split('/').next() != Some(id));
    }

    /// Waits for one's turn among those of a tenant who change the same records, for as long as the
    /// guard lives.
    pub async fn turn(&self, account: AccountId, region: Region) -> MutexGuard<'_, ()> {
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

    fn ledger(&self) -> Option<Arc<Ledger>> {
        self.ledger.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whose isolate vouches for the trail.
    pub fn system() -> TenantId {
        TenantId::global(SYSTEM.parse().expect("it has twelve digits"))
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

/// A UUID that sorts by time: its first 48 bits are milliseconds (RFC 9562, version 7).
fn in_order(random: &str, now: Timestamp) -> String {
    let millis = now.as_millisecond().max(0);
    let time = format!("{millis:012x}");
    let (high, low) = time.split_at(8);
    let rest = random.get(15..).expect("a UUID has 36 characters");
    format!("{high}-{low}-7{rest}")
}

/// The account that the service itself vouches as.
pub const SYSTEM: &str = "000000000000";
/// How many tenants can be waited for at once; more share a turn.
const TURNS: usize = 64;
/// Accounts read at once.
const PAGE: usize = 512;
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

    #[test]
    fn ids_of_operators_sort_by_time() {
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        let ids =
            [1, 2, 1 << 16, 1 << 17, 1_795_294_256_355].map(|time| in_order(&uuid(), at(time)));
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'7'));
    }
}
