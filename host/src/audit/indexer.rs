//! The thread that makes the indexes: of each segment that is finished, whether it was just written
//! or found without one; and that keeps what is known of the growing one up to date. It uses what
//! nobody else wants of the processor, so that no request waits for it, while it is not far behind.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::entry::Hashes;
use super::growing::{Growing, Known};
use super::history::{History, gone};
use super::index::{self, Index, UNFINISHED};
use super::read::{Batches, segments};
use super::segment;
use crate::priority;

/// The thread, which ends when this is dropped.
pub struct Indexer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Indexer {
    /// Starts it. `head` tells the number of the last durable batch.
    ///
    /// # Errors
    ///
    /// If there can be no more threads.
    pub fn start(
        history: Arc<History>,
        head: impl Fn() -> u64 + Send + 'static,
    ) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let is_stopped = stop.clone();
        let thread = std::thread::Builder::new().name("keycell-index".into());
        let thread = thread.spawn(move || {
            let mut keeper = Keeper { history, is_stopped, good: BTreeSet::new(), oldest: None };
            while !keeper.is_stopped() {
                be_quiet(false);
                let pause = match keeper.keep(head()) {
                    Ok(()) => PERIOD,
                    Err(error) => {
                        tracing::warn!(%error, "the indexes of the trail cannot be made");
                        PAUSE
                    }
                };
                std::thread::park_timeout(pause);
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // If it has panicked, that was told, and lookups read the segments themselves.
            let _ = thread.join();
        }
    }
}

/// The thread's own part.
struct Keeper {
    history: Arc<History>,
    is_stopped: Arc<AtomicBool>,
    /// The segments whose index was right when it was last looked at.
    good: BTreeSet<u64>,
    /// The oldest segment when it was last looked for indexes of those that are gone.
    oldest: Option<u64>,
}

impl Keeper {
    /// Makes what is missing, newest first.
    fn keep(&mut self, head: u64) -> io::Result<()> {
        let begin = Instant::now();
        self.history.catch_up_by_steps(head, &|| be_quiet(begin.elapsed() > PATIENCE))?;
        let segments = segments(self.history.folder())?;
        self.history.retain(&segments);
        let suspects = self.history.take_suspects();
        self.good.retain(|sequence| !suspects.contains(sequence));
        let finished = segments.split_last().map_or(&[][..], |(_, finished)| finished);
        for (sequence, segment) in finished.iter().rev() {
            if self.is_stopped() {
                return Ok(());
            }
            if self.good.contains(sequence) {
                continue;
            }
            be_quiet(self.history.unindexed() > BEHIND);
            let looked_at = match self.history.known(*sequence) {
                Some(known) => write_known(segment, &known, &|| self.is_stopped()),
                None if suspects.contains(sequence) => make_anew(segment, &|| self.is_stopped()),
                None => make(segment, &|| self.is_stopped()),
            };
            if gone(looked_at)?.is_some() {
                self.good.insert(*sequence);
                self.history.indexed(*sequence);
            }
        }
        let is_there = |own: &u64| segments.binary_search_by_key(own, |(one, _)| *one).is_ok();
        self.good.retain(is_there);
        let oldest = segments.first().map(|(sequence, _)| *sequence);
        if oldest != self.oldest {
            sweep(self.history.folder())?;
            self.oldest = oldest;
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }
}

/// Makes the index of a finished segment, if it has none that is right.
///
/// # Errors
///
/// What the file system answered.
pub fn make(segment: &Path, is_stopped: &dyn Fn() -> bool) -> io::Result<()> {
    let length = std::fs::metadata(segment)?.len();
    match Index::open(segment, length) {
        Ok(_) => Ok(()),
        Err(_) => make_anew(segment, is_stopped),
    }
}

/// Writes the index of a segment that was read while it grew, if that was all of it.
fn write_known(segment: &Path, known: &Growing, is_stopped: &dyn Fn() -> bool) -> io::Result<()> {
    let length = std::fs::metadata(segment)?.len();
    if known.end != length {
        return make(segment, is_stopped);
    }
    match known.index(length) {
        Some(bytes) => index::write(segment, &bytes),
        None => Ok(()),
    }
}

fn make_anew(segment: &Path, is_stopped: &dyn Fn() -> bool) -> io::Result<()> {
    let length = std::fs::metadata(segment)?.len();
    match build(segment, length, is_stopped)? {
        Some(bytes) => index::write(segment, &bytes),
        None => Ok(()),
    }
}

/// The bytes of a segment's index; none if it is too long for one, or there is no time left.
fn build(
    segment: &Path,
    length: u64,
    is_stopped: &dyn Fn() -> bool,
) -> io::Result<Option<Vec<u8>>> {
    if u32::try_from(length).is_err() {
        return Ok(None);
    }
    let mut batches = Batches::open(segment)?;
    let (mut growing, mut hashes) = (Growing::default(), Hashes::default());
    while let Some(batch) = batches.take()? {
        if is_stopped() {
            return Ok(None);
        }
        growing.extend(Known::of_all(&batch.records, &mut hashes), batches.end);
    }
    Ok(growing.index(length))
}

/// Chooses the thread's priority.
fn be_quiet(is_behind: bool) {
    let quiet = if is_behind { priority::low() } else { priority::idle() };
    if let Err(error) = quiet {
        tracing::debug!(%error, "the indexes of the trail are made at the usual priority");
    }
}

/// Removes the indexes of segments that are gone.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let of_index = [index::EXTENSION, UNFINISHED].map(Some);
        let is_index = of_index.contains(&path.extension().and_then(|own| own.to_str()));
        let segment = path.with_extension("jsonl");
        let is_ours = segment.file_name().and_then(|name| name.to_str());
        let is_ours = is_ours.is_some_and(|name| segment::sequence_of(name).is_some());
        if is_index && is_ours && !segment.exists() {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// So many segments may have no index before the thread wants its share of the processor, too.
const BEHIND: usize = 1;
/// How long it may take to read what has come.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it looks.
const PERIOD: Duration = Duration::from_secs(1);
/// And once it could not write: lookups read the segments meanwhile.
const PAUSE: Duration = Duration::from_secs(60);
