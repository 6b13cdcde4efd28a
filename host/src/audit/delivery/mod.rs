//! Delivery: the trail's records become CloudTrail log files and signed digests in a store, in the
//! background. It may not hold up a request, nor touch key material: a [`Signer`] signs.
//!
//! **Log files.** A *window* is some batches that are delivered together. It is committed before
//! anything of it is delivered, and the names and bytes of its files follow from it, so that a
//! window which a crash or a store that is away has interrupted is done again as it was begun:
//! the same objects with the same bytes. One commit then notes that it is delivered, and what the
//! next digests have to list.
//!
//! **Digests.** Each place (an account in a Region) that ever had a log file has a chain of them.
//! One ends at each multiple of the time between them, also if there is no log file to list; if the
//! service was away, one digest covers the gap. What decides on a digest is committed as a *draft*
//! before it is signed and delivered.
//!
//! **Segments** stay until their records are delivered and old enough; the oldest go first.

mod chain;
mod digest;
mod files;
mod keys;
mod log_file;
mod names;
mod proof;
mod prune;
mod public_key;
mod rows;
mod status;
mod store;
mod verify;

use std::{
    fmt, io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::{Mutex, oneshot};

use crate::{
    arn::Region,
    priority,
    storage::{self, Change, Storage, Stored},
};

use super::{NotaryError, Signer};

pub use digest::{ALGORITHM, Digest, Listed};
pub use keys::public_keys;
pub use log_file::{Unreadable, first_fault, pack, unpack};
pub use names::{Named, Names, Place, TRAIL, parse};
pub use public_key::PublicKey;
pub use status::{Attempt, Status};
pub use store::{BESIDE, Fetched, Signature, Store, StoreError, Target};
pub use verify::{Anchors, Counts, Fault, Finding, MAX_DIGEST, MAX_LOG, anchors, verify};

use files::Reader;
use rows::Progress;
use status::Health;

/// How the trail is delivered.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to.
    pub target: Target,
    /// The time between log files, in seconds.
    pub log_seconds: u32,
    /// The time between digests, in seconds.
    pub digest_seconds: u32,
    /// How long segments stay after their last record, in days.
    pub keep_days: u32,
    /// Up to this batch those are delivered, too, that are not what was written.
    pub unproved: u64,
}

/// The delivery of a trail.
pub struct Delivery {
    storage: Storage,
    store: Arc<Store>,
    /// The folder of the trail.
    dir: PathBuf,
    options: Options,
    names: Names,
    health: Health,
    /// Who delivers, and where it reads on.
    turn: Mutex<Option<Reader>>,
    /// Whether what it last did took long.
    is_slow: AtomicBool,
}

/// Why something was not delivered.
#[derive(Debug)]
pub enum Error {
    /// The store.
    Store(StoreError),
    /// Our own storage.
    Storage(storage::Error),
    /// The trail cannot be read.
    Trail(io::Error),
    /// Nobody signs.
    Signer(NotaryError),
    /// The batch of the trail that has this number is missing, or not what was written.
    Unproved(u64),
    /// Something is not as it was stored.
    Broken(&'static str),
}

impl Delivery {
    /// The delivery of the trail in the folder `dir` to a store.
    pub fn new(
        storage: Storage,
        store: Store,
        dir: PathBuf,
        options: Options,
        home: Region,
    ) -> Self {
        let store = Arc::new(store);
        let names = Names { prefix: store.prefix.clone(), home };
        let (health, turn) = (Health::default(), Mutex::default());
        let is_slow = AtomicBool::new(false);
        Self { storage, store, dir, options, names, health, turn, is_slow }
    }

    /// The bucket that is delivered to, the part of it, and the trail's home Region.
    pub fn target(&self) -> (&str, &str, Region) {
        (&self.store.bucket, &self.names.prefix, self.names.home)
    }

    /// Delivers what is due: log files of the records up to the batch `head`, then digests; and
    /// removes segments that are no longer needed. What went wrong is kept for [`Self::status`].
    ///
    /// # Errors
    ///
    /// The first thing that went wrong; the next call goes on.
    pub async fn run<S: Signer>(&self, now: Timestamp, head: u64, signer: &S) -> Result<(), Error> {
        let mut turn = self.turn.lock().await;
        let progress = self.progress(now).await?;
        let files = match self.is_due(&progress, now) {
            true => self.deliver_files(&mut turn, now, head, signer).await,
            false => Ok(()),
        };
        // What was delivered before such a batch gets its digests, if it is not in the middle of a
        // window that was begun.
        if !matches!(files, Ok(()) | Err(Error::Unproved(_))) {
            return files;
        }
        self.deliver_digests(now, signer).await?;
        drop(turn);
        self.prune(now).await?;
        files
    }

    /// Delivers the records up to the batch `head`, whether they are due or not.
    ///
    /// # Errors
    ///
    /// What went wrong; the next call goes on.
    pub async fn run_to<S: Signer>(
        &self,
        now: Timestamp,
        head: u64,
        signer: &S,
    ) -> Result<(), Error> {
        let mut turn = self.turn.lock().await;
        self.deliver_files(&mut turn, now, head, signer).await
    }

    /// Does what takes processor time on a thread of its own, which uses what nobody else wants;
    /// unless there was so little of that the last time that the delivery would stand still.
    async fn quietly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (done, is_done) = oneshot::channel();
        let begin = Instant::now();
        let be_quiet = match self.is_slow.load(Ordering::Relaxed) {
            true => priority::low,
            false => priority::idle,
        };
        let thread = std::thread::Builder::new().name("keycell-deliver".to_owned());
        thread.spawn(move || {
            // A thread that keeps its priority works as well.
            let _ = be_quiet();
            let _ = done.send(work());
        })?;
        let result = is_done.await;
        self.is_slow.store(begin.elapsed() > PATIENCE, Ordering::Relaxed);
        result.map_err(|_| Error::Broken("a thread of the delivery has ended"))
    }

    fn is_due(&self, progress: &Progress, now: Timestamp) -> bool {
        let next = progress.time.saturating_add(self.options.log_seconds.into());
        progress.window.is_some()
            || now.as_second() >= next
            || self.health.files.last().error.is_some()
            || self.is_behind(progress)
    }

    /// How far it is; at the first time it begins now, and is due.
    async fn progress(&self, now: Timestamp) -> Result<Progress, Error> {
        if let Some(record) = self.storage.get(Progress::PATH).await? {
            return Progress::decode(&record.value)
                .map_err(|_| Error::Broken("the record of the delivery cannot be read"));
        }
        let progress = Progress { began: now.as_second(), ..Progress::default() };
        self.storage.commit(vec![progress.put()]).await?;
        Ok(progress)
    }
}

impl Progress {
    fn put(&self) -> Change {
        Change::put(Self::PATH, self.encode())
    }
}

impl Options {
    /// How it is done if nobody says otherwise.
    pub fn to(target: Target) -> Self {
        Self { target, log_seconds: 300, digest_seconds: 3600, keep_days: 90, unproved: 0 }
    }
}

impl Error {
    /// In CloudTrail's words, for those whose records they are.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code,
            Self::Storage(_)
            | Self::Trail(_)
            | Self::Signer(_)
            | Self::Unproved(_)
            | Self::Broken(_) => "InternalError",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(formatter, "the store of log files: {error}"),
            Self::Storage(error) => write!(formatter, "the store cannot be used: {error}"),
            Self::Trail(error) => write!(formatter, "the trail cannot be read: {error}"),
            Self::Signer(error) => error.fmt(formatter),
            Self::Unproved(batch) => write!(
                formatter,
                "batch {batch} of the trail is missing or not what was written, and nothing is \
                 delivered from it on: `keycell trail verify` tells what is wrong, and `unproved = \
                 {batch}` in the configuration has it delivered all the same"
            ),
            Self::Broken(what) => formatter.write_str(what),
        }
    }
}

impl std::error::Error for Error {}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        Self::Storage(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Trail(error)
    }
}

impl From<NotaryError> for Error {
    fn from(error: NotaryError) -> Self {
        Self::Signer(error)
    }
}

/// What takes longer than this had too little of the processor.
const PATIENCE: Duration = Duration::from_secs(5);
/// The account of what belongs to none.
const SYSTEM: &str = "000000000000";
