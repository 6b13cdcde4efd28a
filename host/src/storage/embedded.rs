//! The embedded backend: one redb file, written by one thread. The only user of redb.
//!
//! The thread takes all waiting commits into one transaction, so many of them share one sync of the
//! disk. Each is checked alone, against the state that includes those before it.

use std::fs::{File, OpenOptions};
use std::ops::Bound;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{io, iter};

use redb::backends::FileBackend;
use redb::{
    Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, Table,
    TableDefinition, TableError,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::cache::Cache;
use super::{Cause, Change, Error, Expected, OpenError, Record, Version};

pub(super) struct Embedded {
    database: Arc<Slot>,
    /// `None` only while dropping.
    queue: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

/// The open database, or why there is none.
type Slot = RwLock<Result<Database, Cause>>;

/// What waits for its turn.
enum Job {
    Commit(Commit),
    /// See [`Embedded::rewrite`].
    Rewrite(oneshot::Sender<Result<(), Error>>),
}

/// A commit, and who waits for it.
struct Commit {
    changes: Vec<Change>,
    answer: oneshot::Sender<Result<Version, Error>>,
}

impl Embedded {
    pub(super) fn open(path: &Path, cache: Arc<Cache>) -> Result<Self, OpenError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        let (database, sequence) = open_file(file)?;
        // What a rewrite has left that a crash came into.
        remove(&successor(path)).map_err(failed)?;
        sync_folder(path).map_err(failed)?;
        let database = Arc::new(RwLock::new(Ok(database)));
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        let path = path.to_owned();
        let writer = Writer { path, database: database.clone(), cache, waiting, sequence };
        let writer = thread::Builder::new()
            .name("keycell-storage".to_owned())
            .spawn(move || writer.run())
            .map_err(failed)?;
        Ok(Self { database, queue: Some(queue), writer: Some(writer) })
    }

    /// The records under `keys`, and the last commit that the read could see.
    pub(super) async fn read(
        &self,
        keys: &[&str],
    ) -> Result<(Version, Vec<Option<Record>>), Error> {
        let keys: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
        self.in_snapshot(move |snapshot| {
            let sequence = snapshot.open_table(META)?.get(SEQUENCE)?.map_or(0, |row| row.value());
            let records = snapshot.open_table(RECORDS)?;
            let found =
                keys.iter().map(|key| Ok(records.get(key.as_str())?.map(|r| record(r.value()))));
            Ok((Version(sequence), found.collect::<Result<_, redb::Error>>()?))
        })
        .await
    }

    pub(super) async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Record)>, Error> {
        let prefix = prefix.to_owned();
        let after = after.map(str::to_owned);
        self.in_snapshot(move |snapshot| {
            let from = match &after {
                Some(after) if *after >= prefix => Bound::Excluded(after.as_str()),
                _ => Bound::Included(prefix.as_str()),
            };
            let records = snapshot.open_table(RECORDS)?;
            let mut found = Vec::new();
            for row in records.range::<&str>((from, Bound::Unbounded))?.take(limit) {
                let (key, row) = row?;
                if !key.value().starts_with(&prefix) {
                    break;
                }
                found.push((key.value().to_owned(), record(row.value())));
            }
            Ok(found)
        })
        .await
    }

    pub(super) async fn commit(&self, changes: Vec<Change>) -> Result<Version, Error> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().expect("the queue is there until the store is dropped");
        // Both fail only after a panic of the writer.
        let job = Job::Commit(Commit { changes, answer });
        queue.send(job).await.map_err(|_| Error::unavailable(NO_WRITER))?;
        answered.await.map_err(|_| Error::unavailable(NO_WRITER))?
    }

    /// Writes all records into a new file, which takes the place of the old one; that is
    /// overwritten. Copy-on-write leaves what was deleted in freed pages: after this nothing of it
    /// is there.
    pub(super) async fn rewrite(&self) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().expect("the queue is there until the store is dropped");
        queue.send(Job::Rewrite(answer)).await.map_err(|_| Error::unavailable(NO_WRITER))?;
        answered.await.map_err(|_| Error::unavailable(NO_WRITER))?
    }

    async fn in_snapshot<Found: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<Found, redb::Error> + Send + 'static,
    ) -> Result<Found, Error> {
        let database = self.database.clone();
        let reading = spawn_blocking(move || {
            // Held until the end of the read, so that no file is exchanged under it.
            let slot = database.read().unwrap_or_else(PoisonError::into_inner);
            let snapshot = match &*slot {
                Ok(database) => database.begin_read().map_err(Error::unavailable)?,
                Err(cause) => return Err(Error::Unavailable(cause.clone())),
            };
            read(&snapshot).map_err(Error::unavailable)
        });
        reading.await.map_err(Error::unavailable)?
    }
}

impl Drop for Embedded {
    /// Ends the writer and closes the file, even when an abandoned read still holds the slot.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the writer was told to all who waited for it.
            let _ = writer.join();
        }
        fill(&self.database, Err(Arc::new(redb::Error::DatabaseClosed)));
    }
}

struct Writer {
    path: PathBuf,
    database: Arc<Slot>,
    cache: Arc<Cache>,
    waiting: mpsc::Receiver<Job>,
    /// The last sequence number given out, be it to a commit that failed.
    sequence: u64,
}

impl Writer {
    /// Serves until the queue has no sender any more.
    fn run(mut self) {
        let mut next = None;
        while let Some(first) = next.take().or_else(|| self.waiting.blocking_recv()) {
            let first = match first {
                Job::Commit(commit) => commit,
                Job::Rewrite(answer) => {
                    // Who stopped waiting needs no answer.
                    let _ = answer.send(self.rewrite().map_err(Error::unavailable));
                    continue;
                }
            };
            let mut jobs = vec![first];
            while jobs.len() < MAX_WAITING && next.is_none() {
                match self.waiting.try_recv() {
                    Ok(Job::Commit(commit)) => jobs.push(commit),
                    Ok(rewrite @ Job::Rewrite(_)) => next = Some(rewrite),
                    Err(_) => break,
                }
            }
            match self.transact(&jobs) {
                Ok(answers) => {
                    for (job, answer) in jobs.into_iter().zip(answers) {
                        let _ = job.answer.send(answer);
                    }
                }
                Err(error) => self.recover(jobs, error),
            }
        }
    }

    /// Applies in one transaction what does not conflict, and answers each job in order.
    fn transact(&mut self, jobs: &[Commit]) -> Result<Vec<Result<Version, Error>>, redb::Error> {
        // A transaction is durable when its commit returns, unless one asks for less.
        let transaction = match &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            Ok(database) => database.begin_write()?,
            Err(_) => return Err(redb::Error::DatabaseClosed),
        };
        let mut records = transaction.open_table(RECORDS)?;
        let mut answers = Vec::with_capacity(jobs.len());
        let mut applied = Vec::new();
        for Commit { changes, .. } in jobs {
            if !holds(&records, changes)? {
                answers.push(Err(Error::Conflict));
                continue;
            }
            self.sequence += 1;
            for Change { key, value, .. } in changes {
                match value {
                    Some(value) => {
                        records.insert(key.as_str(), (self.sequence, value.as_slice()))?
                    }
                    None => records.remove(key.as_str())?,
                };
                applied.push((Version(self.sequence), key.as_str()));
            }
            answers.push(Ok(Version(self.sequence)));
        }
        drop(records);
        if answers.iter().any(Result::is_ok) {
            transaction.open_table(META)?.insert(SEQUENCE, self.sequence)?;
            self.cache.announce(applied.into_iter());
            transaction.commit()?;
        }
        Ok(answers)
    }

    /// Nothing is lost if it fails: until the new file has the name, the old one counts.
    fn rewrite(&mut self) -> Result<(), redb::Error> {
        let path = successor(&self.path);
        let copied = self.copy(&path);
        let exchanged = copied.and_then(|fresh| self.exchange(&path, fresh));
        if exchanged.is_err() {
            // What is left is removed at the next start, or overwritten by the next rewrite.
            let _ = remove(&path);
        }
        exchanged
    }

    fn copy(&self, path: &Path) -> Result<Database, redb::Error> {
        remove(path)?;
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(0o600).open(path)?;
        let broken = |error: OpenError| redb::Error::Io(io::Error::other(error));
        let (fresh, _) = open_file(file).map_err(broken)?;
        let slot = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let snapshot = match &*slot {
            Ok(database) => database.begin_read()?,
            Err(_) => return Err(redb::Error::DatabaseClosed),
        };
        let transaction = fresh.begin_write()?;
        let mut records = transaction.open_table(RECORDS)?;
        for row in snapshot.open_table(RECORDS)?.range::<&str>(..)? {
            let (key, row) = row?;
            records.insert(key.value(), row.value())?;
        }
        drop(records);
        transaction.open_table(META)?.insert(SEQUENCE, self.sequence)?;
        transaction.commit()?;
        Ok(fresh)
    }

    fn exchange(&self, path: &Path, fresh: Database) -> Result<(), redb::Error> {
        let mut slot = self.database.write().unwrap_or_else(PoisonError::into_inner);
        let mut old = OpenOptions::new().write(true).open(&self.path)?;
        std::fs::rename(path, &self.path)?;
        *slot = Ok(fresh);
        drop(slot);
        sync_folder(&self.path)?;
        // The old file has no name any more; what it held shall not wait on the disk for others.
        let length = old.metadata()?.len();
        io::copy(&mut io::Read::take(io::repeat(0), length), &mut old)?;
        old.sync_all()?;
        Ok(())
    }

    /// After an error redb does nothing more until it is opened anew. That is safe when the disk
    /// was full. After any other error it is not, as the kernel may take for written what is not:
    /// then everything is refused until the process starts again.
    fn recover(&mut self, mut jobs: Vec<Commit>, error: redb::Error) {
        tracing::error!(%error, "storage cannot be written");
        let full = matches!(&error, redb::Error::Io(error) if is_full(error));
        let cause: Cause = Arc::new(error);
        fill(&self.database, Err(cause.clone()));
        loop {
            for job in jobs.drain(..) {
                let _ = job.answer.send(Err(Error::Unavailable(cause.clone())));
            }
            if full {
                match self.reopen() {
                    Ok(()) => return tracing::info!("storage is open again"),
                    Err(error) => tracing::error!(?error, "storage cannot be opened again"),
                }
            }
            if self.waiting.is_closed() {
                return;
            }
            thread::sleep(RETRY);
            for job in iter::from_fn(|| self.waiting.try_recv().ok()).take(MAX_WAITING) {
                match job {
                    Job::Commit(commit) => jobs.push(commit),
                    Job::Rewrite(answer) => {
                        let _ = answer.send(Err(Error::Unavailable(cause.clone())));
                    }
                }
            }
        }
    }

    /// Opens the file that is there; a file that has gone is not created.
    fn reopen(&mut self) -> Result<(), OpenError> {
        let file = OpenOptions::new().read(true).write(true).open(&self.path).map_err(failed)?;
        let (database, sequence) = open_file(file)?;
        self.sequence = self.sequence.max(sequence);
        self.cache.clear(Version(sequence));
        fill(&self.database, Ok(database));
        Ok(())
    }
}

/// Whether every record is as its change expects it.
fn holds(records: &Table<'_, &str, (u64, &[u8])>, changes: &[Change]) -> Result<bool, redb::Error> {
    for change in changes {
        let version = match change.expected {
            Expected::Anything => continue,
            Expected::Absent => None,
            Expected::At(version) => Some(version.0),
        };
        if records.get(change.key.as_str())?.map(|row| row.value().0) != version {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The database in `file`, made when the file is empty, and its last sequence number.
fn open_file(file: File) -> Result<(Database, u64), OpenError> {
    let backend = FileBackend::new(file).map_err(failed)?;
    let database =
        match Database::builder().set_cache_size(PAGE_CACHE_BYTES).create_with_backend(backend) {
            Ok(database) => database,
            Err(DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch) => {
                return Err(OpenError::InUse);
            }
            Err(error) => return Err(failed(error)),
        };
    let (format, sequence) = match header(&database).map_err(failed)? {
        Some(header) => header,
        None => initialise(&database).map_err(failed)?,
    };
    match format {
        FORMAT_1 => Ok((database, sequence)),
        other => Err(OpenError::UnknownFormat(other)),
    }
}

/// The format and the last sequence number of a database, `None` when it is empty.
fn header(database: &Database) -> Result<Option<(u64, u64)>, redb::Error> {
    let snapshot = database.begin_read()?;
    let meta = match snapshot.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) => {
            let empty = snapshot.list_tables()?.next().is_none();
            return Ok((!empty).then_some((0, 0)));
        }
        Err(error) => return Err(error.into()),
    };
    let number = |name| Ok::<_, redb::Error>(meta.get(name)?.map_or(0, |row| row.value()));
    Ok(Some((number(FORMAT)?, number(SEQUENCE)?)))
}

fn initialise(database: &Database) -> Result<(u64, u64), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(META)?.insert(FORMAT, FORMAT_1)?;
    transaction.open_table(RECORDS)?;
    transaction.commit()?;
    Ok((FORMAT_1, 0))
}

/// Where a rewrite puts the new file.
fn successor(path: &Path) -> PathBuf {
    let mut successor = path.as_os_str().to_owned();
    successor.push(".new");
    successor.into()
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes the name of a new file as durable as what is in it.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

fn record((version, value): (u64, &[u8])) -> Record {
    Record { version: Version(version), value: value.to_vec() }
}

fn fill(slot: &Slot, content: Result<Database, Cause>) {
    *slot.write().unwrap_or_else(PoisonError::into_inner) = content;
}

fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), FileTooLarge | QuotaExceeded | StorageFull)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> OpenError {
    OpenError::Failed(Arc::new(error))
}

/// Key to version and value.
const RECORDS: TableDefinition<'_, &str, (u64, &[u8])> = TableDefinition::new("records");
/// The two numbers of the store: its format, and the last sequence number.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const FORMAT: &str = "format";
const FORMAT_1: u64 = 1;
const SEQUENCE: &str = "sequence";

/// How many commits may wait, and how many one transaction takes. Who comes later waits for a
/// place.
const MAX_WAITING: usize = 1024;
/// What redb keeps of the file, a part of it for pages not yet written.
const PAGE_CACHE_BYTES: usize = 64 << 20;
/// How long after a failure the file is opened again, or the waiting commits are refused.
const RETRY: Duration = Duration::from_secs(1);
const NO_WRITER: &str = "the storage thread has ended";
