//! The isolates that live in this process, and typed calls to them. The only user of wasmtime.
//!
//! A tenant (an account in a Region) has up to one instance per core, made when it is first needed
//! and again after a trap. Keys are values, so any instance serves any call. Calls run on the
//! caller's thread: they take microseconds, and a hop to another thread and back costs more than an
//! Encrypt.

mod bindings;
mod engine;
mod instance;
mod memory;
mod tenant;

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

pub use bindings::tenant::exports::keycell::isolate::{
    cipher::Side,
    types::{Binding, Key, KeySpec, KeyUsage},
};
pub use instance::{Failure, Refusal};
pub use memory::{Level, Levels, Living};
pub use tenant::{AccessKey, DataKey, SealedMaterial, Tenant};

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
    instances: usize,
}

/// What the service stores and what its operators keep.
pub struct Founding {
    /// The domain keys under the unseal key.
    pub sealed_domain: Vec<u8>,
    /// The unseal key, encrypted to each operator.
    pub shares: Vec<Vec<u8>>,
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
        let root_component = compile(&components.root)?;
        let by_account = components.by_account.iter();
        let tenant = compile(&components.tenant)?;
        // The threads that call: workers, one that starts and one that writes the trail.
        let room = memory::instances(&levels, tenant.memory, instances + 2, INSTANCES);
        // Beside the root isolate and the system isolate, which always live.
        let room = room.map_err(Failure::Unprotected)?.saturating_sub(1 + instances);
        let room = room / instances.max(1);
        let tenants = options.tenants.map_or(room, |tenants| tenants.min(room));
        Ok(Self {
            tenant,
            by_account: by_account
                .map(|(account, bytes)| Ok((*account, compile(bytes)?)))
                .collect::<Result<_, Failure>>()?,
            root: Mutex::new(Instance::root(&machine, &root_component)?),
            is_unsealed: AtomicBool::new(false),
            root_component,
            machine,
            live: Cache::new(tenants.max(1)),
            instances,
        })
    }

    /// The SHA-256 of the component that serves an account, as 64 hexadecimal digits.
    pub fn digest(&self, account: AccountId) -> &str {
        &self.component(account).digest_text
    }

    /// A public key for unseal keys, good until the next start of the root isolate.
    pub fn reception(&self) -> Result<Vec<u8>, Failure> {
        self.root_call(None, |root, store| {
            let reception = root.keycell_isolate_domain().call_reception(store)?;
            Ok(Ok::<_, std::convert::Infallible>(reception))
        })
    }

    /// Makes a domain key under a new unseal key, which comes out encrypted to the operators.
    pub fn initialise(&self, operators: &[Vec<u8>]) -> Result<Founding, Failure> {
        let founding = self.root_call(Some(true), |root, store| {
            root.keycell_isolate_domain().call_initialise(store, operators)
        })?;
        Ok(Founding { sealed_domain: founding.sealed_domain, shares: founding.shares })
    }

    /// Opens the domain keys with an unseal key that was encrypted to [`Isolates::reception`].
    pub fn unseal(&self, sealed_domain: &[u8], shares: &[Vec<u8>]) -> Result<(), Failure> {
        self.root_call(Some(true), |root, store| {
            root.keycell_isolate_domain().call_unseal(store, sealed_domain, shares)
        })
    }

    /// Whether tenants can be admitted.
    pub fn is_unsealed(&self) -> bool {
        self.is_unsealed.load(Ordering::Acquire)
    }

    /// A new tenant root, sealed.
    pub fn create_root(&self, id: &TenantId) -> Result<Vec<u8>, Failure> {
        let (account, region) = (id.account.as_str().as_bytes(), id.place.as_str().as_bytes());
        self.unsealed()?;
        self.root_call(None, |root, store| {
            root.keycell_isolate_domain().call_create_tenant(store, account, region)
        })
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

    /// A new instance for a tenant, admitted by the root isolate.
    fn admit(
        &self,
        id: &TenantId,
        sealed_roots: &[Vec<u8>],
    ) -> Result<Instance<bindings::tenant::Tenant>, Failure> {
        let component = self.component(id.account);
        let mut instance = Instance::tenant(&self.machine, component, *id)?;
        let hello = instance.call(|tenant, store| {
            let hello = tenant.keycell_isolate_sealing().call_hello(store)?;
            Ok(Ok::<_, std::convert::Infallible>(hello))
        })?;
        let (account, region) = (id.account.as_str().as_bytes(), id.place.as_str().as_bytes());
        let admission = self.root_call(None, |root, store| {
            let domain = root.keycell_isolate_domain();
            domain.call_admit(store, account, region, sealed_roots, &hello, &component.digest)
        })?;
        instance.call(|tenant, store| {
            tenant.keycell_isolate_sealing().call_unseal(store, &admission.parcel)
        })?;
        Ok(instance)
    }

    fn component(&self, account: AccountId) -> &Compiled {
        let own = self.by_account.iter().find(|(owner, _)| *owner == account);
        own.map_or(&self.tenant, |(_, component)| component)
    }

    fn unsealed(&self) -> Result<(), Failure> {
        if self.is_unsealed() { Ok(()) } else { Err(Failure::Sealed) }
    }

    /// One call to the root isolate, which leaves it unsealed or not if it succeeds. An instance
    /// that trapped is replaced by a sealed one, so that the seal has to be opened again.
    fn root_call<T, E: Into<Refusal>>(
        &self,
        leaves_unsealed: Option<bool>,
        run: impl FnOnce(&RootWorld, &mut Store<engine::Limits>) -> instance::Outcome<T, E>,
    ) -> Result<T, Failure> {
        // INVARIANT: a panic while the lock is held leaves the isolate between two calls.
        let mut root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        let result = root.call(run);
        match (&result, leaves_unsealed) {
            (Err(Failure::Trapped(error)), _) => {
                tracing::error!("the root isolate trapped: {error:#}");
                self.is_unsealed.store(false, Ordering::Release);
                *root = Instance::root(&self.machine, &self.root_component)?;
            }
            (Ok(_), Some(is_unsealed)) => self.is_unsealed.store(is_unsealed, Ordering::Release),
            (Ok(_), None) | (Err(_), _) => {}
        }
        result
    }
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
