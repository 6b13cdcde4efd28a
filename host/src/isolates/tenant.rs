//! One tenant's instances, and the calls of world `tenant` as functions.

use std::{
    cell::Cell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use wasmtime::Store;
use zeroize::Zeroizing;

use super::{
    Binding, Failure, Isolates, Key, Refusal, Side, TenantId,
    bindings::tenant::Tenant as World,
    engine::Limits,
    instance::{Instance, Outcome},
};

/// A tenant's isolate: a few interchangeable instances of one component.
pub struct Tenant {
    isolates: Weak<Isolates>,
    id: TenantId,
    /// From which instances are made.
    sealed_roots: RwLock<Vec<Vec<u8>>>,
    instances: Vec<Mutex<Option<Instance<World>>>>,
    calls: AtomicU64,
}

/// What making a key gives back.
pub struct SealedMaterial {
    /// For the record of the key.
    pub sealed: Vec<u8>,
    /// Names the material in ciphertexts.
    pub material_id: [u8; 32],
}

/// A data key on its way to its caller.
pub struct DataKey {
    /// The key itself.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// Under the KMS key.
    pub ciphertext: Vec<u8>,
}

/// A new access key on its way to its owner.
pub struct AccessKey {
    /// The secret, told once.
    pub secret: Zeroizing<Vec<u8>>,
    /// For the record of the access key.
    pub sealed: Vec<u8>,
}

impl Tenant {
    /// Makes the first instance; the others follow when threads ask for them.
    pub(super) fn open(
        isolates: &Arc<Isolates>,
        id: TenantId,
        sealed_roots: Vec<Vec<u8>>,
        instances: usize,
    ) -> Result<Self, Failure> {
        let first = isolates.admit(&id, &sealed_roots)?;
        let rest = std::iter::repeat_with(|| None).take(instances.saturating_sub(1));
        let instances = std::iter::once(Some(first)).chain(rest).map(Mutex::new).collect();
        let (isolates, calls) = (Arc::downgrade(isolates), AtomicU64::new(0));
        let sealed_roots = RwLock::new(sealed_roots);
        Ok(Self { isolates, id, sealed_roots, instances, calls })
    }

    /// How many calls crossed the boundary since the isolate was made.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The same roots, sealed anew: instances that are still to be made are made from these.
    pub fn renew(&self, sealed_roots: Vec<Vec<u8>>) {
        let mut own = self.sealed_roots.write().unwrap_or_else(PoisonError::into_inner);
        *own = sealed_roots;
    }

    /// A key under the newest root; the same bytes if it is there already.
    pub fn reseal(&self, key: Key<'_>) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| world.keycell_isolate_keys().call_reseal(store, key))
    }

    /// An access key's secret under the newest root; the same bytes if it is there already.
    pub fn reseal_access_key(&self, id: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_credentials().call_reseal(store, id.as_bytes(), sealed)
        })
    }

    /// Makes the key that `binding` describes.
    pub fn generate(&self, binding: Binding<'_>) -> Result<SealedMaterial, Failure> {
        let made =
            self.call(|world, store| world.keycell_isolate_keys().call_generate(store, binding))?;
        let material_id = made.material_id.try_into().map_err(|_| broken("material id"))?;
        Ok(SealedMaterial { sealed: made.sealed, material_id })
    }

    /// Encrypts at most 4096 bytes.
    pub fn encrypt(&self, under: Side<'_>, plaintext: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_cipher().call_encrypt(store, under, plaintext)
        })
    }

    /// Decrypts.
    pub fn decrypt(
        &self,
        under: Side<'_>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_cipher().call_decrypt(store, under, ciphertext)
        })
        .map(Zeroizing::new)
    }

    /// From one key to another; the plaintext stays inside.
    pub fn re_encrypt(
        &self,
        source: Side<'_>,
        ciphertext: &[u8],
        destination: Side<'_>,
    ) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            let cipher = world.keycell_isolate_cipher();
            cipher.call_re_encrypt(store, source, ciphertext, destination)
        })
    }

    /// Random bytes, 1 to 1024.
    pub fn random(&self, length: u32) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.call(|world, store| world.keycell_isolate_data_keys().call_random(store, length))
            .map(Zeroizing::new)
    }

    /// A data key of 1 to 1024 bytes, in the clear and encrypted.
    pub fn data_key(&self, under: Side<'_>, length: u32) -> Result<DataKey, Failure> {
        let made = self.call(|world, store| {
            world.keycell_isolate_data_keys().call_generate(store, under, length)
        })?;
        Ok(DataKey { plaintext: made.plaintext.into(), ciphertext: made.ciphertext })
    }

    /// A data key, encrypted only.
    pub fn sealed_data_key(&self, under: Side<'_>, length: u32) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_data_keys().call_generate_sealed(store, under, length)
        })
    }

    /// A new secret for an access key.
    pub fn create_access_key(&self, id: &str) -> Result<AccessKey, Failure> {
        let made = self.call(|world, store| {
            world.keycell_isolate_credentials().call_create(store, id.as_bytes())
        })?;
        Ok(AccessKey { secret: made.secret.into(), sealed: made.sealed })
    }

    /// Takes in a secret that was chosen elsewhere.
    pub fn adopt_access_key(&self, id: &str, secret: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_credentials().call_adopt(store, id.as_bytes(), secret)
        })
    }

    /// Whether `secret` is the sealed one.
    pub fn confirm_access_key(
        &self,
        id: &str,
        sealed: &[u8],
        secret: &[u8],
    ) -> Result<bool, Failure> {
        let confirmed = self.call(|world, store| {
            let credentials = world.keycell_isolate_credentials();
            credentials.call_confirm(store, id.as_bytes(), sealed, secret)
        });
        is_verified(confirmed)
    }

    /// The SigV4 signing key for a day (`YYYYMMDD`), Region and service.
    pub fn signing_key(
        &self,
        id: &str,
        sealed: &[u8],
        date: &str,
        region: &str,
        service: &str,
    ) -> Result<Zeroizing<[u8; 32]>, Failure> {
        let key = self.call(|world, store| {
            let (id, date) = (id.as_bytes(), date.as_bytes());
            let (region, service) = (region.as_bytes(), service.as_bytes());
            let credentials = world.keycell_isolate_credentials();
            credentials.call_signing_key(store, id, sealed, date, region, service)
        })?;
        let key = Zeroizing::new(key);
        let key = key.first_chunk().ok_or_else(|| broken("signing key"))?;
        Ok(Zeroizing::new(*key))
    }

    /// A MAC over `message` for the use that `label` names.
    pub fn tag(&self, label: &[u8], message: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| world.keycell_isolate_notary().call_tag(store, label, message))
    }

    /// Whether a tag is one of this isolate's.
    pub fn check(&self, label: &[u8], message: &[u8], tag: &[u8]) -> Result<bool, Failure> {
        let checked = self.call(|world, store| {
            world.keycell_isolate_notary().call_check(store, label, message, tag)
        });
        is_verified(checked)
    }

    /// One call to whichever instance is free. One that trapped is dropped with its memory.
    fn call<T, E: Into<Refusal>>(
        &self,
        run: impl FnOnce(&World, &mut Store<Limits>) -> Outcome<T, E>,
    ) -> Result<T, Failure> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut slot = self.free_instance();
        let mut instance = match slot.take() {
            Some(instance) => instance,
            None => {
                let isolates = self.isolates.upgrade().ok_or(Failure::Sealed)?;
                let sealed_roots = self.sealed_roots.read();
                let sealed_roots = sealed_roots.unwrap_or_else(PoisonError::into_inner).clone();
                isolates.admit(&self.id, &sealed_roots)?
            }
        };
        let result = instance.call(run);
        if let Err(Failure::Trapped(error)) = &result {
            tracing::error!(account = %self.id.account, "an isolate trapped: {error:#}");
        } else {
            *slot = Some(instance);
        }
        result
    }

    /// The instance of this thread if it is free, else any free one, else the first to become free.
    fn free_instance(&self) -> MutexGuard<'_, Option<Instance<World>>> {
        let own = worker() % self.instances.len();
        let (before, after) = self.instances.split_at(own);
        for instance in after.iter().chain(before) {
            match instance.try_lock() {
                Ok(free) => return free,
                // A panic came in between: the slot was emptied before the call.
                Err(TryLockError::Poisoned(free)) => return free.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let own = after.first().expect("a tenant has at least one instance");
        own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_verified(result: Result<(), Failure>) -> Result<bool, Failure> {
    match result {
        Ok(()) => Ok(true),
        Err(Failure::Refused(Refusal::Unverified)) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Values from a guest are input from outside.
fn broken(what: &str) -> Failure {
    Failure::Trapped(wasmtime::Error::msg(format!("the isolate returned no proper {what}")))
}

/// A number for each thread, so that a worker comes back to the instance whose memory its core
/// knows.
fn worker() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed));
    }
    NUMBER.get()
}
