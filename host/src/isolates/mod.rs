//! The isolates that live in this process, and typed calls to them. The only user of wasmtime.
//!
//! A tenant (an account in a Region) has up to one instance per core, made when it is first needed
//! and again after a trap. Keys are values, so any instance serves any call. Calls run on the
//! caller's thread: they take microseconds, and a hop to another thread and back costs more than an
//! Encrypt.

mod bindings;
mod calls;
mod credentials;
mod domain;
mod engine;
mod instance;
mod key;
mod memory;
mod native;
mod pool;
mod tenant;
mod time;
mod transfer;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use quick_cache::sync::Cache;
use wasmtime::Store;

use crate::arn::{AccountId, Region};

use bindings::root::Root as RootWorld;
use engine::{Compiled, Machine};
use instance::Instance;
use pool::Pool;
use tenant::Live;
use time::Budget;

pub use bindings::tenant::exports::keycell::isolate::{
    cipher::Algorithm as Encryption, material::Wrapping, signing::Algorithm as Signing,
};
pub use calls::{
    DataKey, DataKeyPair, Encapsulated, Invitation, Message, SealedMaterial, SealedPair,
};
pub use credentials::AccessKey;
pub use domain::{Founding, Progress, Refused, Unfit};
pub use instance::{Failure, Refusal};
pub use key::{Binding, Key, KeySpec, KeyUsage, Side};
pub use memory::{Level, Levels, Living};
pub use tenant::Tenant;

/// Whose isolate it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TenantId {
    /// The account.
    pub account: AccountId,
    /// Where.
    pub place: Place,
}

/// Where an isolate belongs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// A Region's KMS keys.
    Region(Region),
    /// What an account has once: its access keys; and what the service itself has.
    Global,
}

/// The components to run, as bytes.
pub struct Components {
    /// World `tenant`.
    pub tenant: Vec<u8>,
    /// World `root`.
    pub root: Vec<u8>,
    /// Other builds of world `tenant` for single accounts.
    pub by_account: Vec<(AccountId, Vec<u8>)>,
}

/// How isolates are kept.
#[derive(Clone, Default)]
pub struct Options {
    /// How their memory is.
    pub memory: Levels,
    /// How many tenants may live at once; as many as the machine allows if nothing is said.
    pub tenants: Option<usize>,
}

/// All isolates of the service.
pub struct Isolates {
    machine: Machine,
    tenant: Compiled,
    by_account: Vec<(AccountId, Compiled)>,
    root_component: Compiled,
    root: Mutex<Instance<RootWorld>>,
    /// Whether the root isolate has the domain keys. Written while it is locked.
    is_unsealed: AtomicBool,
    live: Cache<TenantId, Arc<Tenant>>,
    pool: Pool,
    instances: usize,
}

impl Components {
    /// The two that were built with this host.
    pub fn built_in() -> Self {
        Self {
            tenant: include_bytes!(concat!(env!("OUT_DIR"), "/tenant.wasm")).to_vec(),
            root: include_bytes!(concat!(env!("OUT_DIR"), "/root.wasm")).to_vec(),
            by_account: Vec::new(),
        }
    }
}

/// Compiles components once for all starts to come: the images lie beside the executable.
pub fn compile(components: &Components) -> Result<Vec<std::path::PathBuf>, Failure> {
    let levels = memory::choose(&Options::default().memory).map_err(Failure::Unprotected)?;
    Ok(Machine::new(&levels)?.write_images(&[&components.tenant, &components.root])?)
}

impl Isolates {
    /// Compiles the components and starts a sealed root isolate. A tenant gets up to `instances`
    /// instances, which should be the number of threads that call.
    pub fn new(
        components: &Components,
        instances: usize,
        options: &Options,
    ) -> Result<Self, Failure> {
        let levels = memory::choose(&options.memory).map_err(Failure::Unprotected)?;
        let machine = Machine::new(&levels)?;
        let compile = |bytes: &[u8]| machine.compile(bytes);
        let (tenant, root_component) = (compile(&components.tenant)?, compile(&components.root)?);
        self_test(&machine, &tenant)?;
        let by_account = components.by_account.iter();
        // The threads that call: workers, one that starts and one that writes the trail.
        let room = memory::instances(&levels, tenant.memory, instances + 2, INSTANCES);
        // Beside the root isolate and the system isolate, which always live.
        let room = room.map_err(Failure::Unprotected)?.saturating_sub(1 + instances);
        let room = room / instances.max(1);
        let tenants = options.tenants.map_or(room, |tenants| tenants.min(room));
        Ok(Self {
            by_account: by_account
                .map(|(account, bytes)| Ok((*account, compile(bytes)?)))
                .collect::<Result<_, Failure>>()?,
            root: Mutex::new(Instance::root(&machine, &root_component)?),
            is_unsealed: AtomicBool::new(false),
            pool: Pool::new(instances).map_err(wasmtime::Error::from)?,
            live: Cache::new(tenants.max(1)),
            tenant,
            root_component,
            machine,
            instances,
        })
    }

    /// The SHA-256 of the component that serves an account, as 64 hexadecimal digits.
    pub fn digest(&self, account: AccountId) -> &str {
        &self.component(account).digest_text
    }

    /// Whether tenants can be admitted.
    pub fn is_unsealed(&self) -> bool {
        self.is_unsealed.load(Ordering::Acquire)
    }

    /// All isolates that live, and where their memory is.
    pub fn living(&self) -> Vec<Living> {
        self.machine.registry().living()
    }

    /// The tenant's isolate, if it lives: what a warm request finds.
    pub fn live(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.live.get(id)
    }

    /// The tenant's isolate, made from its sealed roots (the newest last) if need be. Takes up to a
    /// millisecond of this thread's time.
    pub fn open(
        self: &Arc<Self>,
        id: &TenantId,
        sealed_roots: &[Vec<u8>],
    ) -> Result<Arc<Tenant>, Failure> {
        if let Some(tenant) = self.live(id) {
            return Ok(tenant);
        }
        self.unsealed()?;
        let tenant = Tenant::open(self, *id, sealed_roots.to_vec(), self.instances)?;
        self.live.get_or_insert_with(id, || Ok(Arc::new(tenant)))
    }

    /// Drops a tenant's isolate: the next call makes it anew, from the sealed roots of then.
    pub fn forget(&self, id: &TenantId) {
        self.live.remove(id);
    }

    /// Drops all isolates of an account.
    pub fn forget_account(&self, account: AccountId) {
        self.live.retain(|id, _| id.account != account);
    }

    /// A new instance for a tenant, admitted by the root isolate.
    fn admit(&self, id: &TenantId, sealed_roots: &[Vec<u8>]) -> Result<Live, Failure> {
        let component = self.component(id.account);
        let mut instance = Instance::tenant(&self.machine, component, *id)?;
        let hello =
            instance.call(|tenant, store| tenant.keycell_isolate_sealing().call_hello(store))?;
        let (account, region) = (id.account.as_str().as_bytes(), id.place.as_str().as_bytes());
        let admission = self.root_call(|root, store| {
            let domain = root.keycell_isolate_domain();
            domain.call_admit(store, account, region, sealed_roots, &hello, &component.digest)
        })?;
        instance.call(|tenant, store| {
            tenant.keycell_isolate_sealing().call_unseal(store, &admission.parcel)
        })?;
        Ok(Live { instance, certificate: admission.certificate })
    }

    fn component(&self, account: AccountId) -> &Compiled {
        let own = self.by_account.iter().find(|(owner, _)| *owner == account);
        own.map_or(&self.tenant, |(_, component)| component)
    }

    fn unsealed(&self) -> Result<(), Failure> {
        if self.is_unsealed() { Ok(()) } else { Err(Failure::Sealed) }
    }

    /// One call to the root isolate that leaves it sealed or unsealed as it is.
    fn root_call<T, E: Into<Refusal>>(
        &self,
        run: impl FnOnce(&RootWorld, &mut Store<engine::Limits>) -> instance::Outcome<T, E>,
    ) -> Result<T, Failure> {
        self.root_call_leaving(|_| None, run)
    }

    /// One call to the root isolate, whose result tells whether it leaves it unsealed. An instance
    /// that trapped is replaced by a sealed one, so that the seal has to be opened again. With it
    /// goes the key that signed the certificates of all live isolates: they are admitted anew.
    fn root_call_leaving<T, E: Into<Refusal>>(
        &self,
        leaves_unsealed: impl FnOnce(&T) -> Option<bool>,
        run: impl FnOnce(&RootWorld, &mut Store<engine::Limits>) -> instance::Outcome<T, E>,
    ) -> Result<T, Failure> {
        // INVARIANT: a panic while the lock is held leaves the isolate between two calls.
        let mut root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        let result = root.call(run);
        match &result {
            Err(Failure::Trapped(error)) => {
                tracing::error!("the root isolate trapped: {error:#}");
                self.is_unsealed.store(false, Ordering::Release);
                self.live.clear();
                *root = Instance::root(&self.machine, &self.root_component)?;
            }
            Ok(value) => {
                if let Some(is_unsealed) = leaves_unsealed(value) {
                    self.is_unsealed.store(is_unsealed, Ordering::Release);
                }
            }
            Err(
                Failure::Refused(_) | Failure::Sealed | Failure::Busy | Failure::Unprotected(_),
            ) => {}
        }
        result
    }
}

/// Every known answer there is, on an instance that is thrown away.
fn self_test(machine: &Machine, component: &Compiled) -> Result<(), Failure> {
    let nobody = TenantId::global("000000000000".parse().expect("twelve digits"));
    Instance::tenant(machine, component, nobody)?.call_within(Budget::Long, |tenant, store| {
        tenant.keycell_isolate_sealing().call_self_test(store)
    })
}

impl TenantId {
    /// An account's KMS keys in a Region.
    pub fn of(account: AccountId, region: Region) -> Self {
        Self { account, place: Place::Region(region) }
    }

    /// An account's access keys.
    pub fn global(account: AccountId) -> Self {
        Self { account, place: Place::Global }
    }
}

impl Place {
    /// As it stands in bindings and storage keys.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Region(region) => region.as_str(),
            Self::Global => "global",
        }
    }
}

/// Live instances of tenants at most; the tenant that was used longest ago makes room. An instance
/// reserves 4 GiB of address space, of which 128 TiB are to be had.
const INSTANCES: usize = 8192;
