//! One server for all tests that leave it as it is: it runs while any of them does.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{Client, Credentials, Imported, Key, Server};

/// A server with two accounts.
pub(crate) struct Shared {
    server: Server,
    stranger: Credentials,
    /// RSA keys by their usage.
    rsa_keys: Mutex<BTreeMap<String, Key>>,
    imported: Mutex<Option<Imported>>,
}

/// A client of the first account on the shared server.
#[track_caller]
pub(crate) fn kms() -> Client {
    static SHARED: Mutex<Weak<Shared>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let running = shared.upgrade().unwrap_or_else(|| Arc::new(Shared::new(Server::start())));
    *shared = Arc::downgrade(&running);
    client_of(running)
}

/// A client of the first account on a server of a test's own, as if it were the shared one.
#[track_caller]
pub(crate) fn share(server: Server) -> Client {
    client_of(Arc::new(Shared::new(server)))
}

fn client_of(shared: Arc<Shared>) -> Client {
    let mut client = shared.server.client();
    client.shared = Some(shared);
    client
}

impl Shared {
    #[track_caller]
    fn new(server: Server) -> Self {
        let stranger = server.create_account("444455556666");
        let (rsa_keys, imported) = (Mutex::default(), Mutex::default());
        Self { server, stranger, rsa_keys, imported }
    }

    /// The key for that usage, made when it is first asked for.
    pub(super) fn rsa_key(&self, usage: &str, make: impl FnOnce() -> Key) -> Key {
        let mut keys = lock(&self.rsa_keys);
        keys.entry(usage.to_owned()).or_insert_with(make).clone()
    }

    /// The same for a key with imported material.
    pub(super) fn imported(&self, make: impl FnOnce() -> Imported) -> Imported {
        lock(&self.imported).get_or_insert_with(make).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Client {
    /// The server, if it is a shared one.
    pub(crate) fn server(&self) -> &Server {
        &self.shared.as_ref().expect("a client of the shared server").server
    }

    /// The other account of the shared server, in the same Region.
    pub(crate) fn stranger(&self) -> Client {
        let shared = self.shared.as_ref().expect("a client of the shared server");
        self.as_caller(shared.stranger.clone())
    }

    /// The same account in a Region that no other test uses: what it lists is the test's own.
    pub(crate) fn elsewhere(&self) -> Client {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        self.in_region(REGIONS.get(next).expect("there are Regions enough for all tests"))
    }
}

/// Not the one that clients begin in.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-central-1",
    "ca-west-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
];
