//! The durable trail: records in, one append-only file after another out. It may not read a record,
//! nor answer before `fdatasync` has.
//!
//! Group commit: a thread writes what has arrived as one batch, syncs, and has those woken whose
//! records it held (see `queue.rs`). Meanwhile the next of [`WRITERS`] threads may write the next
//! batch: who takes it has the [`Pen`], and a batch counts once those before it do.
//!
//! The end of the newest segment is zeros, up to [`AHEAD`] bytes: what is written there changes
//! neither the file's length nor where it lies, so that a sync has the data alone to write. Readers
//! stop there; a trail that is closed has none.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::load::Load;
use super::queue::{Append, Batch, End, Shared};
use super::recovery::{self, Recovered, Tail};
use super::segment::{self, BatchHash, Head, LABEL, MAX_TAG, Refused, Trailer};
use super::{Notary, NotaryError};
use crate::priority;

/// The trail of one service, open for writing. Dropping it writes what is queued and ends its
/// threads.
pub struct Trail {
    shared: Arc<Shared>,
    pen: Arc<Mutex<Pen>>,
    writers: Vec<JoinHandle<()>>,
}

/// How the trail writes.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The length in bytes from which a segment is followed by the next.
    pub segment_bytes: u64,
    /// Slept after each sync. For benchmarks only: it stands for a slower disk.
    pub sync_delay: Duration,
    /// Whether there are records at all.
    pub recording: Recording,
}

/// Whether what is done is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recording {
    /// It is, before it is answered.
    On,
    /// Nothing is recorded, so that it can be measured what records cost. For that alone: only a
    /// program that embeds the service can say it, no argument and no configuration file, and the
    /// service logs it as an error when it starts.
    Off,
}

impl Default for Options {
    fn default() -> Self {
        let (segment_bytes, sync_delay) = (64 * 1024 * 1024, Duration::ZERO);
        Self { segment_bytes, sync_delay, recording: Recording::On }
    }
}

/// Whether the trail takes records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It does.
    Writable,
    /// It does no more.
    Failed(Failure),
}

/// What ended the trail; the log has the details.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The notary made no tag, or too long a one.
    Notary,
    /// There is no room on the disk. The trail can be opened again once there is.
    Full,
    /// The next segment could not be made.
    Segment,
    /// A write failed.
    Write,
    /// A sync failed. What the disk holds of the batch is unknown, and asking again would not tell:
    /// the kernel reports a lost page once and then holds it for clean.
    Sync,
    /// One of the trail's threads panicked.
    Panic,
}

/// Why a record is not in the trail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unwritable {
    /// The trail would not take this record, whatever its state: a defect of the caller.
    Refused(Refused),
    /// The trail has failed. Whether the record is on the disk is unknown; nothing may be answered.
    Failed(Failure),
}

impl fmt::Display for Unwritable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => write!(formatter, "the trail does not take a record: {why:?}"),
            Self::Failed(why) => write!(formatter, "the trail has failed: {why:?}"),
        }
    }
}

impl std::error::Error for Unwritable {}

impl Trail {
    /// Opens the trail in a folder, made if it is missing, and starts its threads. `load` tells who
    /// may append soon: with nobody known, no batch waits.
    ///
    /// `expected` is the last head that was stored elsewhere: if the trail does not hold it, that
    /// is reported, never repaired. Whoever stores heads stores only greater ones than it has, so
    /// that what was found missing stays missing. Call it on the runtime of those who append.
    ///
    /// # Errors
    ///
    /// What the file system or the notary answered; `WouldBlock` if another process has the trail
    /// open.
    pub fn open(
        dir: &Path,
        notary: Arc<dyn Notary>,
        options: Options,
        expected: Option<Head>,
        load: Load,
    ) -> io::Result<(Self, Recovered)> {
        let (tail, recovered) = recovery::recover(dir, notary.as_ref(), expected)?;
        let end = End { head: recovered.head, size: tail.size };
        let shared = Arc::new(Shared::new(end, load));
        let (dir, written) = (dir.into(), tail.size);
        let pen = Arc::new(Mutex::new(Pen { notary, options, dir, tail, written }));
        let mut trail = Self { shared, pen, writers: Vec::new() };
        for _ in 0..WRITERS {
            let (shared, pen) = (trail.shared.clone(), trail.pen.clone());
            let writer = Writer { shared, pen, delay: options.sync_delay, segment: None };
            let thread = std::thread::Builder::new().name("keycell-trail".into());
            trail.writers.push(thread.spawn(move || writer.run())?);
        }
        Ok((trail, recovered))
    }

    /// Appends a record, one line of compact JSON without newline, and returns once it is durable.
    ///
    /// Nothing is queued before the first poll. Dropped later, the record is written all the same.
    ///
    /// # Errors
    ///
    /// See [`Unwritable`].
    pub async fn append(&self, record: Vec<u8>) -> Result<(), Unwritable> {
        self.shared.admit(&record).await?;
        Append::new(&self.shared, record).await
    }

    /// Appends records in their order, and returns once all are durable. They may share batches
    /// with others; when this is dropped or fails, the first few may be in the trail.
    ///
    /// # Errors
    ///
    /// See [`Unwritable`]. If one record is refused, none is appended.
    pub async fn append_all(&self, mut records: Vec<Vec<u8>>) -> Result<(), Unwritable> {
        for record in &records {
            segment::check(record).map_err(Unwritable::Refused)?;
        }
        let Some(last) = records.pop() else { return Ok(()) };
        for record in records {
            self.shared.admit(&record).await?;
            self.shared.push(&record, None)?;
        }
        self.append(last).await
    }

    /// The last durable batch: what to store elsewhere, so that a cut tail is found.
    pub fn head(&self) -> Head {
        self.shared.end().head
    }

    /// Tells the number of the last durable batch, also once the trail is closed.
    pub fn sequence(&self) -> impl Fn() -> u64 + Send + use<> {
        let shared = self.shared.clone();
        move || shared.end().head.sequence
    }

    /// Whether the trail takes records.
    pub fn state(&self) -> State {
        self.shared.state()
    }

    /// Whether the trail takes records.
    pub fn is_writable(&self) -> bool {
        self.state() == State::Writable
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        self.shared.close();
        for writer in self.writers.drain(..) {
            // Its panic has been reported by its guard, as a failure.
            let _ = writer.join();
        }
        lock(&self.pen).put_down(self.shared.end().size);
    }
}

/// Whether a folder's disk has room for a while, as far as one can tell by writing to it.
///
/// # Errors
///
/// What the file system answered.
pub fn try_room(dir: &Path) -> io::Result<()> {
    let path = dir.join("room");
    let write = |path: &Path| {
        let mut file = File::create(path)?;
        file.write_all(&vec![0; ROOM])?;
        file.sync_all()
    };
    let written = write(&path);
    std::fs::remove_file(&path)?;
    written
}

/// Creates a segment whose name is durable: nothing counts that stands in a file which a crash
/// unnames.
pub(super) fn create_segment(dir: &Path, sequence: u64) -> io::Result<File> {
    let path = dir.join(segment::file_name(sequence));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.sync_all()?;
    File::open(dir)?.sync_all()?;
    Ok(file)
}

/// A thread's own part.
struct Writer {
    shared: Arc<Shared>,
    pen: Arc<Mutex<Pen>>,
    delay: Duration,
    /// The newest segment and its number, opened by this thread itself, and before it writes there:
    /// the kernel tells of a lost page once for each opened file, and each thread has to know.
    segment: Option<(u64, File)>,
}

impl Writer {
    fn run(mut self) {
        if let Err(error) = priority::prompt() {
            tracing::debug!(%error, "the trail's threads may have to wait for others");
        }
        let _alarm = Alarm(self.shared.clone());
        let mut batch = Batch::default();
        while let Some(number) = self.shared.take(&mut batch) {
            let written = self.write(number, &mut batch);
            self.shared.written();
            match written.and_then(|end| self.sync().map(|()| end)) {
                Ok(end) => self.shared.settle(number, end),
                Err(failure) => {
                    self.shared.fail(failure);
                    lock(&self.pen).put_down(self.shared.end().size);
                    return;
                }
            }
        }
    }

    /// Writes a batch.
    fn write(&mut self, number: u64, batch: &mut Batch) -> Result<End, Failure> {
        let mut pen = lock(&self.pen);
        if pen.tail.lock.is_none() {
            // It was put down by another thread, which says why.
            return Err(Failure::Write);
        }
        if pen.tail.size >= pen.options.segment_bytes {
            // So that what is not durable is always in the newest segment.
            self.shared.settled_before(number)?;
            pen.turn().map_err(Failure::Segment.of())?;
            self.shared.turned();
        }
        if self.segment.as_ref().is_none_or(|(segment, _)| *segment != pen.tail.first) {
            let path = pen.dir.join(segment::file_name(pen.tail.first));
            let file = OpenOptions::new().write(true).open(path).map_err(Failure::Segment.of())?;
            self.segment = Some((pen.tail.first, file));
        }
        pen.write(batch)
    }

    /// Makes durable what was written.
    fn sync(&self) -> Result<(), Failure> {
        let (_, segment) = self.segment.as_ref().expect("something was written to it");
        segment.sync_data().map_err(Failure::Sync.of())?;
        if !self.delay.is_zero() {
            std::thread::sleep(self.delay);
        }
        Ok(())
    }
}

/// What the threads pass on: who holds it writes the next batch.
struct Pen {
    notary: Arc<dyn Notary>,
    options: Options,
    dir: PathBuf,
    tail: Tail,
    /// The newest segment's length in bytes, with the zeros that stand behind its batches.
    written: u64,
}

impl Pen {
    fn write(&mut self, batch: &mut Batch) -> Result<End, Failure> {
        let trailer = self.trailer(batch)?;
        batch.text.extend_from_slice(trailer.encode().as_bytes());
        batch.text.push(b'\n');
        let size = self.tail.size + batch.text.len() as u64;
        let is_longer = size > self.written;
        if is_longer {
            self.written = size.next_multiple_of(AHEAD).min(self.options.segment_bytes).max(size);
        }
        let written = self.tail.file.write_all_at(&batch.text, self.tail.size);
        let lengthened =
            written.and_then(|()| if is_longer { self.lengthen(size) } else { Ok(()) });
        lengthened.map_err(Failure::Write.of())?;
        self.tail.size = size;
        self.tail.previous = trailer.head.hash;
        self.tail.next += 1;
        Ok(End { head: trailer.head, size })
    }

    /// Writes zeros behind the last batch.
    fn lengthen(&self, mut from: u64) -> io::Result<()> {
        while from < self.written {
            let left = usize::try_from(self.written - from).unwrap_or(usize::MAX);
            let zeros = ZEROS.get(..left).unwrap_or(&ZEROS);
            self.tail.file.write_all_at(zeros, from)?;
            from += zeros.len() as u64;
        }
        Ok(())
    }

    /// Begins the next segment.
    fn turn(&mut self) -> io::Result<()> {
        self.cut(self.tail.size)?;
        self.tail.file.sync_all()?;
        self.tail.file = create_segment(&self.dir, self.tail.next)?;
        (self.tail.first, self.tail.size, self.written) = (self.tail.next, 0, 0);
        Ok(())
    }

    /// Nothing is written any more, and another trail may be opened. What is not durable is cut
    /// off: else the page cache may hand batches that nobody was promised to the next start, which
    /// would take for durable what the disk does not have. Zeros that stay harm nobody.
    fn put_down(&mut self, durable: u64) {
        if self.tail.lock.is_some() {
            let _ = self.cut(durable);
            self.tail.lock = None;
        }
    }

    /// Cuts the newest segment.
    fn cut(&mut self, size: u64) -> io::Result<()> {
        if self.written != size {
            self.tail.file.set_len(size)?;
            self.written = size;
        }
        Ok(())
    }

    fn trailer(&self, batch: &Batch) -> Result<Trailer, Failure> {
        let sequence = self.tail.next;
        let mut hash = BatchHash::new();
        let mut rest = batch.text.as_slice();
        for length in &batch.lengths {
            let (record, after) = rest.split_at_checked(*length).expect("lengths are of this text");
            hash.record(record);
            rest = after.strip_prefix(b"\n").expect("a newline follows each record");
        }
        let (records, sums) = (hash.records(), hash.sums().to_vec());
        let previous = self.tail.previous;
        let head = Head { sequence, hash: hash.finish(sequence, &previous) };
        let tag = self.notary.tag(LABEL, &head.hash).and_then(|tag| match tag.len() {
            0..=MAX_TAG => Ok(tag),
            length => Err(NotaryError(format!("a tag of {length} bytes"))),
        });
        let tag = tag.map_err(Failure::Notary.log())?;
        Ok(Trailer { head, records, sums, previous, tag })
    }
}

impl Failure {
    /// The same of the file system's errors, one of which is no defect.
    fn of(self) -> impl Fn(io::Error) -> Self {
        move |error| {
            let failure = if is_full(&error) { Self::Full } else { self };
            failure.log()(error)
        }
    }

    /// Makes the failure of an error, which is logged and told to nobody.
    fn log<E: fmt::Display>(self) -> impl Fn(E) -> Self {
        move |error| {
            tracing::error!(failure = ?self, %error, "the trail cannot be written");
            self
        }
    }
}

/// Whether more room is all that is missing.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), FileTooLarge | QuotaExceeded | StorageFull)
}

/// Bytes that must fit on the disk before the trail is opened again: so many that it is not full
/// again at once.
const ROOM: usize = 4 << 20;

/// How many threads write batches: so many are on their way to the disk at most.
pub(super) const WRITERS: usize = 4;

/// How many bytes the newest segment is lengthened by at once.
const AHEAD: u64 = 1 << 20;

/// What stands there.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// A thread that panicked has left a batch half written, and no other is after it.
fn lock(pen: &Mutex<Pen>) -> MutexGuard<'_, Pen> {
    pen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Leaves nobody waiting for a thread that panicked.
struct Alarm(Arc<Shared>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail(Failure::Panic);
        }
    }
}
