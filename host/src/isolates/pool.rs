//! The threads for calls that take long: RSA, ML-DSA, the making of such keys. Each tenant has a
//! queue of its own, and the queues are served in turn, so that one tenant's load is not another's
//! delay.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::{Failure, TenantId};

/// The threads and what waits for them.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    queues: HashMap<TenantId, VecDeque<Job>>,
    /// Whose turn it is. Each tenant with a queue stands here once.
    turns: VecDeque<TenantId>,
    total: usize,
    is_over: bool,
}

type Job = Box<dyn FnOnce() + Send>;

impl Pool {
    /// Starts as many threads.
    pub(super) fn new(threads: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { waiting: Mutex::default(), arrived: Condvar::new() });
        for _ in 0..threads.max(1) {
            let shared = shared.clone();
            std::thread::Builder::new().name("keycell-long".into()).spawn(move || shared.work())?;
        }
        Ok(Self { shared })
    }

    /// Runs `call` when the tenant's turn has come. It is run even if nobody waits any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        tenant: TenantId,
        call: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (done, result) = oneshot::channel();
        let job = move || {
            // Whoever asked may have gone away.
            let _ = done.send(call());
        };
        self.shared.push(tenant, Box::new(job))?;
        result.await.map_err(|_| Failure::Sealed)?
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        self.shared.arrived.notify_all();
    }
}

impl Shared {
    fn push(&self, tenant: TenantId, job: Job) -> Result<(), Failure> {
        let mut waiting = self.lock();
        let Waiting { queues, turns, total, .. } = &mut *waiting;
        let queue = queues.entry(tenant).or_default();
        if queue.len() >= WAITING || *total >= WAITING_IN_ALL {
            if queue.is_empty() {
                queues.remove(&tenant);
            }
            return Err(Failure::Busy);
        }
        if queue.is_empty() {
            turns.push_back(tenant);
        }
        queue.push_back(job);
        *total += 1;
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.take() {
                return Some(job);
            }
            if waiting.is_over {
                return None;
            }
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // INVARIANT: nothing panics while the lock is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// One job of the tenant whose turn it is, which then stands last.
    fn take(&mut self) -> Option<Job> {
        let tenant = self.turns.pop_front()?;
        let queue = self.queues.get_mut(&tenant)?;
        let job = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
        self.total -= usize::from(job.is_some());
        job
    }
}

/// Calls of one tenant that may wait: at some milliseconds each, about a second's worth.
const WAITING: usize = 256;
/// Calls of all tenants that may wait.
const WAITING_IN_ALL: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolates::Place;

    fn tenant(number: u8) -> TenantId {
        let account = format!("{number:012}").parse().expect("twelve digits");
        TenantId { account, place: Place::Global }
    }

    #[test]
    fn tenants_take_turns() {
        let shared = Shared { waiting: Mutex::default(), arrived: Condvar::new() };
        let order = Arc::new(Mutex::new(Vec::new()));
        for number in [1, 1, 1, 2, 3, 3] {
            let order = order.clone();
            let job = move || order.lock().unwrap().push(number);
            shared.push(tenant(number), Box::new(job)).expect("there is room");
        }
        while let Some(job) = shared.lock().take() {
            job();
        }
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 1, 3, 1]);
        assert!(shared.lock().queues.is_empty() && shared.lock().total == 0);
    }

    #[test]
    fn a_full_queue_refuses_its_own_tenant_only() {
        let shared = Shared { waiting: Mutex::default(), arrived: Condvar::new() };
        for _ in 0..WAITING {
            shared.push(tenant(1), Box::new(|| ())).expect("there is room");
        }
        assert!(matches!(shared.push(tenant(1), Box::new(|| ())), Err(Failure::Busy)));
        assert!(shared.push(tenant(2), Box::new(|| ())).is_ok());
    }
}
