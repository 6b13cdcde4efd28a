//! Looking up records in the segments of a trail, newest first, whether the trail is being written
//! or not. What indexes say is looked up in the segments; what has no index is read. It may write
//! nothing; whoever wants indexes made has an [`super::indexer::Indexer`].
//!
//! Records are appended when they are answered, so that their order in the trail is not quite that
//! of their times. Each segment yields its own in the order of times, and these are merged; a
//! segment is opened only when its greatest time comes.

mod at_once;
mod search;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::entry::{Hashes, Term};
use super::growing::{Growing, Known};
use super::index::{Index, seconds};
use super::read::{Batches, segments};

pub use search::Search;
use search::Waiting;

/// A record's place in the order of times; of one second, in that of the trail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// Seconds since 1970.
    pub time: u32,
    /// The number of the segment's first batch.
    pub segment: u64,
    /// The byte of the segment at which the record begins.
    pub offset: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.time, self.segment, self.offset)
    }
}

/// A text is no position.
#[derive(Debug)]
pub struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let parts: Vec<_> = text.split('/').collect();
        let [time, segment, offset] = *parts else { return Err(NoPosition) };
        Ok(Self {
            time: time.parse().map_err(|_| NoPosition)?,
            segment: segment.parse().map_err(|_| NoPosition)?,
            offset: offset.parse().map_err(|_| NoPosition)?,
        })
    }
}

/// What is looked for.
#[derive(Clone, Default, Debug)]
pub struct Query {
    /// All of it.
    pub terms: Vec<Term>,
    /// The least time, in seconds since 1970.
    pub from: Option<i64>,
    /// The greatest.
    pub until: Option<i64>,
    /// Only what stands before this, downwards.
    pub before: Option<Position>,
    /// The last batch that counts, if the trail is being written: later segments are passed over.
    pub head: Option<u64>,
}

/// A record that was found.
pub struct Hit {
    /// Its place.
    pub position: Position,
    /// The record as it stands in the trail.
    pub record: Vec<u8>,
}

/// The segments of a folder, as far as they are known.
pub struct History {
    folder: PathBuf,
    /// What is in segments that have no index yet, by their numbers.
    growing: Mutex<BTreeMap<u64, Arc<Growing>>>,
    /// The least and the greatest time of those that have one.
    times: Mutex<HashMap<u64, (u32, u32)>>,
    /// Those whose index is to be made anew.
    suspects: Mutex<BTreeSet<u64>>,
}

impl History {
    /// The history of the trail in this folder.
    pub fn new(folder: PathBuf) -> Self {
        let suspects = Mutex::default();
        Self { folder, growing: Mutex::default(), times: Mutex::default(), suspects }
    }

    /// The folder of the trail.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads what has come to the newest segment, up to the batch of this number: the last one that
    /// is durable. Records are read outside of the lock, so that who is slow at it holds up nobody.
    ///
    /// # Errors
    ///
    /// What the file system answered.
    pub fn catch_up(&self, head: u64) -> io::Result<()> {
        self.catch_up_by_steps(head, &|| {})
    }

    /// The same, with a call before each step of some milliseconds.
    pub(super) fn catch_up_by_steps(&self, head: u64, step: &dyn Fn()) -> io::Result<()> {
        let segments = segments(&self.folder)?;
        let Some((newest, _)) = segments.last() else { return Ok(()) };
        {
            let mut growing = self.growing();
            growing.entry(*newest).or_default();
            while growing.len() > GROWING {
                // Those that no index could be made of are read when they are asked for.
                growing.pop_first();
            }
        }
        for (sequence, path) in &segments {
            // Again if somebody else is adding the same, and is not done.
            while let Some(begin) = self.end(*sequence)
                && let Some(batches) = gone(Batches::open_at(path, begin))?
                && self.read_batches(*sequence, batches, head, step)? > self.end(*sequence)
            {
            }
        }
        Ok(())
    }

    /// Up to where a segment is known.
    fn end(&self, sequence: u64) -> Option<u64> {
        self.growing().get(&sequence).map(|growing| growing.end)
    }

    /// Up to where it has read.
    fn read_batches(
        &self,
        sequence: u64,
        mut batches: Batches,
        head: u64,
        step: &dyn Fn(),
    ) -> io::Result<Option<u64>> {
        let (mut begin, mut end) = (batches.end, batches.end);
        let (mut known, mut hashes) = (Vec::new(), Hashes::default());
        while let Some(batch) = batches.take()? {
            if batch.trailer.head.sequence > head {
                break;
            }
            known.extend(Known::of_all(&batch.records, &mut hashes));
            end = batches.end;
            if known.len() >= STEP {
                step();
                self.extend(sequence, begin, std::mem::take(&mut known), end);
                begin = end;
            }
        }
        self.extend(sequence, begin, known, end);
        // None if it is forgotten meanwhile: then it has an index.
        Ok(self.end(sequence).map(|_| end))
    }

    /// Adds what was read from `begin` on, unless somebody else was faster.
    fn extend(&self, sequence: u64, begin: u64, known: Vec<Known>, end: u64) {
        if let Some(growing) = self.growing().get_mut(&sequence)
            && growing.end == begin
        {
            Arc::make_mut(growing).extend(known, end);
        }
    }

    /// The segment has an index from now on.
    pub(super) fn indexed(&self, sequence: u64) {
        self.times().remove(&sequence);
        self.growing().remove(&sequence);
    }

    /// What is known of a segment that has no index.
    pub(super) fn known(&self, sequence: u64) -> Option<Arc<Growing>> {
        self.growing().get(&sequence).cloned()
    }

    /// How many segments have no index yet, besides the one that is being written; but for those of
    /// which nothing is known.
    pub(super) fn unindexed(&self) -> usize {
        self.growing().len().saturating_sub(1)
    }

    /// The segments whose index was found missing or damaged since this was last asked.
    pub(super) fn take_suspects(&self) -> BTreeSet<u64> {
        std::mem::take(&mut *self.suspects())
    }

    /// Forgets what lookups have learned of the segments that have an index, as if the process had
    /// just begun.
    pub fn forget(&self) {
        self.times().clear();
    }

    /// Forgets the segments that are none of these.
    pub(super) fn retain(&self, segments: &[(u64, PathBuf)]) {
        let is_there =
            |sequence: &u64| segments.binary_search_by_key(sequence, |(own, _)| *own).is_ok();
        self.times().retain(|sequence, _| is_there(sequence));
        self.growing().retain(|sequence, _| is_there(sequence));
    }

    /// Begins to look. At most `most` records will be asked for.
    ///
    /// # Errors
    ///
    /// What the file system answered.
    pub fn search(&self, query: Query, most: usize) -> io::Result<Search<'_>> {
        let from = seconds(query.from.unwrap_or(0));
        let mut waiting = Vec::new();
        let segments = segments(&self.folder)?;
        self.learn_times(&segments);
        for (sequence, path) in segments {
            let times = self.times_of(sequence, &path);
            let (least, greatest) = times.unwrap_or((0, u32::MAX));
            let is_outside = query.head.is_some_and(|head| sequence > head)
                || greatest < from
                || query.until.is_some_and(|until| i64::from(least) > until)
                || query.before.is_some_and(|before| least > before.time);
            if !is_outside {
                waiting.push(Waiting { greatest, sequence, path });
            }
        }
        waiting.sort_unstable_by_key(|waiting| (waiting.greatest, waiting.sequence));
        Ok(Search::new(self, query, most, waiting))
    }

    /// Reads the times of all that are not known: once in the life of a process, if all have an
    /// index.
    fn learn_times(&self, segments: &[(u64, PathBuf)]) {
        let unknown: Vec<_> = {
            let times = self.times();
            segments.iter().filter(|(sequence, _)| !times.contains_key(sequence)).collect()
        };
        if unknown.len() >= WORTH_IT {
            at_once::each(&unknown, |(sequence, path)| {
                self.times_of(*sequence, path);
            });
        }
    }

    /// The least and the greatest time of a segment, if that is known without reading it.
    fn times_of(&self, sequence: u64, path: &Path) -> Option<(u32, u32)> {
        if self.growing().contains_key(&sequence) {
            return None;
        }
        if let Some(times) = self.times().get(&sequence) {
            return Some(*times);
        }
        let length = std::fs::metadata(path).ok()?.len();
        let times = Index::open(path, length).ok()?.times();
        self.times().insert(sequence, times);
        Some(times)
    }

    fn growing(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Growing>>> {
        self.growing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn suspects(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.suspects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn times(&self) -> MutexGuard<'_, HashMap<u64, (u32, u32)>> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is there no more was removed by those who may: that is no error.
pub(super) fn gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Segments that are kept in memory until they have an index: the newest, and those that its thread
/// has not come to.
const GROWING: usize = 4;
/// So many indexes are read by several threads.
const WORTH_IT: usize = 8;
/// Records that are added under one lock: some hundred microseconds.
const STEP: usize = 256;

#[cfg(test)]
mod tests;
