//! Storage: ordered records with three verbs, `get`, `scan` and `commit`, and a cache of typed
//! values above them. What a record means is unknown here, and secrets come here sealed only.
//!
//! A commit is all or nothing, durable when it is answered, and refused when a record that it
//! changes has moved. Nothing here blocks a worker of the async runtime, but opening a store and
//! dropping its last handle, which waits for the commits under way.

mod cache;
mod embedded;
mod error;
mod record;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use error::{Cause, Corrupt, Error, OpenError};
pub use record::{Change, Expected, Loaded, Record, Stored, Version};

use cache::Cache;
use embedded::Embedded;

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What the cached records may weigh, in bytes of their keys and encoded values.
    pub cache_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 64 << 20 }
    }
}

/// A handle on an open store. All clones share one store, which closes with the last of them.
#[derive(Clone)]
pub struct Storage(Arc<Shared>);

struct Shared {
    backend: Backend,
    cache: Arc<Cache>,
    reads: AtomicU64,
}

enum Backend {
    Embedded(Embedded),
}

impl Storage {
    /// Opens the store in the file `path`, or creates it, readable by its owner only. Blocks; after
    /// a crash for as long as it takes to read the whole file.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed, but that an empty file may have been created.
    pub fn open(path: &Path, options: Options) -> Result<Self, OpenError> {
        let cache = Arc::new(Cache::new(options.cache_bytes));
        let backend = Backend::Embedded(Embedded::open(path, cache.clone())?);
        Ok(Self(Arc::new(Shared { backend, cache, reads: AtomicU64::new(0) })))
    }

    /// How often the store itself was read since it was opened, past the cache.
    pub fn reads(&self) -> u64 {
        self.0.reads.load(Ordering::Relaxed)
    }

    /// The record under `key`, read from the store.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Unavailable`].
    pub async fn get(&self, key: &str) -> Result<Option<Record>, Error> {
        Ok(self.read(&[key]).await?.1.pop().flatten())
    }

    /// The records under at most [`MAX_BATCH`] keys, in the order of the keys, all of one moment.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Unavailable`].
    pub async fn get_many(&self, keys: &[&str]) -> Result<Vec<Option<Record>>, Error> {
        Ok(self.read(keys).await?.1)
    }

    /// At most `limit` records (up to [`MAX_BATCH`]) whose keys begin with `prefix`, ascending by
    /// the bytes of their keys, all of one moment. With `after`, only those behind that key, which
    /// need not exist.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Unavailable`].
    pub async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Record)>, Error> {
        check_batch(limit)?;
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        match &self.0.backend {
            Backend::Embedded(store) => store.scan(prefix, after, limit).await,
        }
    }

    /// Applies all `changes` (up to [`MAX_BATCH`], a key at most once) or none. They are durable,
    /// and seen by every later read, when this returns. A caller that stops waiting does not stop
    /// the commit.
    ///
    /// # Errors
    /// [`Error::Conflict`] and [`Error::Invalid`] when nothing was applied,
    /// [`Error::Unavailable`] when that is not known.
    pub async fn commit(&self, changes: Vec<Change>) -> Result<Version, Error> {
        check_changes(&changes)?;
        match &self.0.backend {
            Backend::Embedded(store) => store.commit(changes).await,
        }
    }

    /// Writes the store anew, so that nothing of what was deleted or replaced is left in its file;
    /// commits wait meanwhile. The old file is overwritten.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; the records are as they were.
    pub async fn rewrite(&self) -> Result<(), Error> {
        match &self.0.backend {
            Backend::Embedded(store) => store.rewrite().await,
        }
    }

    /// What the cache knows of the record under `key`: `None` when nothing, `Some(None)` that there
    /// is no such record. No I/O, no allocation, no waiting.
    pub fn cached<T: Stored>(&self, key: &str) -> Option<Option<Loaded<T>>> {
        self.0.cache.find(key)
    }

    /// The value under `key`, from the cache or else from the store into the cache.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Invalid`], [`Error::Unavailable`].
    pub async fn load<T: Stored>(&self, key: &str) -> Result<Option<Loaded<T>>, Error> {
        if let Some(known) = self.cached(key) {
            return Ok(known);
        }
        let (snapshot, mut records) = self.read(&[key]).await?;
        let Some(record) = records.pop().flatten() else {
            self.0.cache.install_absent(key, snapshot);
            return Ok(None);
        };
        let size = record.value.len();
        let loaded = decode(key, record)?;
        self.0.cache.install(key, size, snapshot, &loaded);
        Ok(Some(loaded))
    }

    /// The values that [`scan`](Self::scan) finds, past the cache.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Invalid`], [`Error::Unavailable`].
    pub async fn list<T: Stored>(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Loaded<T>)>, Error> {
        let found = self.scan(prefix, after, limit).await?.into_iter();
        found.map(|(key, record)| decode(&key, record).map(|loaded| (key, loaded))).collect()
    }

    /// The records under `keys`, and the last commit that the read could see.
    async fn read(&self, keys: &[&str]) -> Result<(Version, Vec<Option<Record>>), Error> {
        check_batch(keys.len())?;
        keys.iter().try_for_each(|key| check_key(key))?;
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        match &self.0.backend {
            Backend::Embedded(store) => store.read(keys).await,
        }
    }
}

fn decode<T: Stored>(key: &str, record: Record) -> Result<Loaded<T>, Error> {
    match T::decode(&record.value) {
        Ok(value) => Ok(Loaded { version: record.version, value: Arc::new(value) }),
        Err(reason) => Err(Error::Corrupt { key: key.to_owned(), reason }),
    }
}

fn check_changes(changes: &[Change]) -> Result<(), Error> {
    check_batch(changes.len())?;
    let mut keys = HashSet::with_capacity(changes.len());
    for change in changes {
        check_key(&change.key)?;
        if change.value.as_ref().is_some_and(|value| value.len() > MAX_VALUE_BYTES) {
            return Err(Error::Invalid("a value is longer than 1 MiB"));
        }
        if !keys.insert(&change.key) {
            return Err(Error::Invalid("a commit changes one key twice"));
        }
    }
    Ok(())
}

fn check_key(key: &str) -> Result<(), Error> {
    match key.len() {
        1..=MAX_KEY_BYTES => Ok(()),
        _ => Err(Error::Invalid("a key has not 1 to 1024 bytes")),
    }
}

fn check_batch(length: usize) -> Result<(), Error> {
    match length {
        0..=MAX_BATCH => Ok(()),
        _ => Err(Error::Invalid("more than 1024 records are asked for or changed at once")),
    }
}

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 1 << 10;
/// The longest value, in bytes: many times the largest policy.
pub const MAX_VALUE_BYTES: usize = 1 << 20;
/// The most records in one read, one page or one commit: a page of AWS's has at most 1000.
pub const MAX_BATCH: usize = 1 << 10;
