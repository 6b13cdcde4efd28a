//! One tenant's instances.

use std::{
    cell::Cell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use wasmtime::Store;

use super::{
    Failure, Isolates, Refusal, TenantId,
    bindings::tenant::Tenant as World,
    engine::Limits,
    instance::{Instance, Outcome},
    time::Budget,
};

/// A tenant's isolate: a few interchangeable instances of one component.
pub struct Tenant {
    isolates: Weak<Isolates>,
    id: TenantId,
    /// From which instances are made.
    sealed_roots: RwLock<Vec<Vec<u8>>>,
    /// For calls on the caller's thread.
    short: Vec<Slot>,
    /// For calls on the threads of the pool, so that they are never in the way of the short ones.
    long: Vec<Slot>,
    calls: AtomicU64,
}

type Slot = Mutex<Option<Live>>;

/// An instance, and the root isolate's word for whose it is.
pub(super) struct Live {
    /// Admitted.
    pub instance: Instance<World>,
    /// For other isolates.
    pub certificate: Vec<u8>,
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
        let slots = |first| {
            let rest = std::iter::repeat_with(|| None).take(instances.saturating_sub(1));
            std::iter::once(first).chain(rest).map(Mutex::new).collect()
        };
        let (short, long) = (slots(Some(first)), slots(None));
        let (isolates, calls) = (Arc::downgrade(isolates), AtomicU64::new(0));
        let sealed_roots = RwLock::new(sealed_roots);
        Ok(Self { isolates, id, sealed_roots, short, long, calls })
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

    /// How many instances are alive.
    pub fn instances(&self) -> usize {
        let is_alive = |slot: &&Slot| lock(slot).is_some();
        self.short.iter().chain(&self.long).filter(is_alive).count()
    }

    /// One short call to whichever instance is free, on the caller's thread.
    pub(super) fn call<T, E: Into<Refusal>>(
        &self,
        run: impl FnOnce(&World, &mut Store<Limits>) -> Outcome<T, E>,
    ) -> Result<T, Failure> {
        self.call_within(Budget::Short, run)
    }

    /// One call within a budget. An instance that trapped is dropped with its memory.
    pub(super) fn call_within<T, E: Into<Refusal>>(
        &self,
        budget: Budget,
        run: impl FnOnce(&World, &mut Store<Limits>) -> Outcome<T, E>,
    ) -> Result<T, Failure> {
        let mut slot = free(match budget {
            Budget::Short => &self.short,
            Budget::Long => &self.long,
        });
        self.call_in(&mut slot, budget, run)
    }

    /// The certificate of an instance that takes long calls.
    pub(super) fn certificate(&self) -> Result<Vec<u8>, Failure> {
        let mut slot = free(&self.long);
        Ok(self.live(&mut slot)?.certificate.clone())
    }

    /// One call to the instance with this certificate, with the certificate; `None` if it is gone.
    pub(super) fn call_holder<T, E: Into<Refusal>>(
        &self,
        certificate: &[u8],
        run: impl FnOnce(&World, &mut Store<Limits>) -> Outcome<T, E>,
    ) -> Result<Option<T>, Failure> {
        for slot in &self.long {
            let mut slot = lock(slot);
            if slot.as_ref().is_some_and(|live| live.certificate == certificate) {
                return self.call_in(&mut slot, Budget::Long, run).map(Some);
            }
        }
        Ok(None)
    }

    /// One call to the instance of a slot. An instance that trapped is dropped with its memory.
    fn call_in<T, E: Into<Refusal>>(
        &self,
        slot: &mut Option<Live>,
        budget: Budget,
        run: impl FnOnce(&World, &mut Store<Limits>) -> Outcome<T, E>,
    ) -> Result<T, Failure> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.live(slot)?;
        // INVARIANT: if the call panics the slot is left empty.
        let mut live = slot.take().expect("the slot was filled above");
        let result = live.instance.call_within(budget, run);
        if let Err(Failure::Trapped(error)) = &result {
            tracing::error!(account = %self.id.account, "an isolate trapped: {error:#}");
        } else {
            *slot = Some(live);
        }
        result
    }

    /// What is in the slot, or a new instance.
    fn live<'s>(&self, slot: &'s mut Option<Live>) -> Result<&'s Live, Failure> {
        if slot.is_none() {
            let sealed_roots = self.sealed_roots.read().unwrap_or_else(PoisonError::into_inner);
            let sealed_roots = sealed_roots.clone();
            *slot = Some(self.isolates()?.admit(&self.id, &sealed_roots)?);
        }
        Ok(slot.as_ref().expect("the slot was filled above"))
    }

    /// Runs a call that takes long, when this tenant's turn has come, on a thread for such calls.
    pub(super) async fn later<T: Send + 'static>(
        self: &Arc<Self>,
        run: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let tenant = self.clone();
        self.isolates()?.pool.run(self.id, move || run(&tenant)).await
    }

    /// Whose isolate it is.
    pub fn id(&self) -> TenantId {
        self.id
    }

    fn isolates(&self) -> Result<Arc<Isolates>, Failure> {
        self.isolates.upgrade().ok_or(Failure::Sealed)
    }
}

/// The instance of this thread if it is free, else any free one, else the first to become free.
fn free(slots: &[Slot]) -> MutexGuard<'_, Option<Live>> {
    let own = worker() % slots.len();
    let (before, after) = slots.split_at(own);
    for slot in after.iter().chain(before) {
        match slot.try_lock() {
            Ok(free) => return free,
            // A panic came in between: the slot was emptied before the call.
            Err(TryLockError::Poisoned(free)) => return free.into_inner(),
            Err(TryLockError::WouldBlock) => {}
        }
    }
    lock(after.first().expect("a tenant has at least one instance"))
}

fn lock(slot: &Slot) -> MutexGuard<'_, Option<Live>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
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
