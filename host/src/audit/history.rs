//! Looking up records in the segments of a trail, newest first, whether the trail is being written
//! or not. What indexes say is looked up in the segments; what has no index is read. It may write
//! nothing; whoever wants indexes made has an [`super::indexer::Indexer`].
//!
//! Records are appended when they are answered, so that their order in the trail is not quite that
//! of their times. Each segment yields its own in the order of times, and these are merged; a
//! segment is opened only when its greatest time comes.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::entry::{Entry, Hashes, Term};
use super::growing::{Growing, Known};
use super::index::{Bound, Index, Matches, Unusable, seconds};
use super::read::{Batches, segments};
use super::segment::MAX_LINE;

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
            if batch.head.sequence > head {
                break;
            }
            let records = batch.records.iter();
            let of = |(at, record): &(u64, Vec<u8>)| Known::of(*at, record, &mut hashes);
            known.extend(records.filter_map(of));
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
        for (sequence, path) in segments(&self.folder)? {
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
        let (open, heap) = (HashMap::new(), BinaryHeap::new());
        Ok(Search { history: self, query, from, most, waiting, open, heap })
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

/// A search under way.
pub struct Search<'a> {
    history: &'a History,
    query: Query,
    from: u32,
    most: usize,
    /// The segments that were not opened yet, the last one first.
    waiting: Vec<Waiting>,
    open: HashMap<u64, Open>,
    /// The next of each that is open.
    heap: BinaryHeap<Position>,
}

/// A segment that was not opened yet.
struct Waiting {
    greatest: u32,
    sequence: u64,
    path: PathBuf,
}

/// A segment that is open.
struct Open {
    path: PathBuf,
    file: File,
    rest: Rest,
    /// Whether the index has named a record that is not there.
    is_wrong: bool,
}

/// What comes of a segment.
enum Rest {
    /// As the index says.
    Indexed(Box<Matches>),
    /// All of it, last first.
    Listed(Vec<(u32, u32)>),
}

/// The records, newest first, or what the file system answered.
impl Iterator for Search<'_> {
    type Item = io::Result<Hit>;

    fn next(&mut self) -> Option<io::Result<Hit>> {
        self.descend().transpose()
    }
}

impl Search<'_> {
    fn descend(&mut self) -> io::Result<Option<Hit>> {
        loop {
            while let Some(waiting) = self.waiting.last()
                && self.heap.peek().is_none_or(|best| waiting.greatest >= best.time)
            {
                let Some(Waiting { sequence, path, .. }) = self.waiting.pop() else { break };
                self.open(sequence, path)?;
            }
            let Some(position) = self.heap.pop() else { return Ok(None) };
            let hit = self.read(position)?;
            self.advance(position)?;
            if hit.is_some() {
                return Ok(hit);
            }
        }
    }

    fn open(&mut self, sequence: u64, path: PathBuf) -> io::Result<()> {
        let Some(file) = gone(File::open(&path))? else { return Ok(()) };
        let before = self.before(sequence, None);
        let memory = self.history.growing();
        let matches = memory
            .get(&sequence)
            .map(|growing| growing.matches(&self.query.terms, self.from, before));
        drop(memory);
        let rest = match matches {
            Some(found) => listed(found),
            None => {
                let index = Index::open(&path, file.metadata()?.len());
                let terms = &self.query.terms;
                match index.and_then(|index| Matches::new(index, terms, self.from, before)) {
                    Ok(matches) => Rest::Indexed(Box::new(matches)),
                    Err(_) => {
                        self.history.suspects().insert(sequence);
                        self.read_all(sequence, &path, None)?
                    }
                }
            }
        };
        self.open.insert(sequence, Open { path, file, rest, is_wrong: false });
        self.step(sequence, None)
    }

    /// Goes on behind a record of which all is said.
    fn advance(&mut self, position: Position) -> io::Result<()> {
        let sequence = position.segment;
        if self.open.get(&sequence).is_some_and(|open| open.is_wrong) {
            // Whatever this index is, it is none of this segment.
            return self.read_on(sequence, Some(position));
        }
        self.step(sequence, Some(position))
    }

    /// Brings the next record of a segment before the others.
    fn step(&mut self, sequence: u64, last: Option<Position>) -> io::Result<()> {
        let Some(open) = self.open.get_mut(&sequence) else { return Ok(()) };
        let next = match &mut open.rest {
            Rest::Listed(found) => found.pop(),
            Rest::Indexed(matches) => match matches.descend() {
                Ok(next) => next,
                Err(Unusable::Missing | Unusable::Damaged | Unusable::Unreadable(_)) => {
                    return self.read_on(sequence, last);
                }
            },
        };
        match next {
            Some((time, offset)) => self.heap.push(Position { time, segment: sequence, offset }),
            None => drop(self.open.remove(&sequence)),
        }
        Ok(())
    }

    /// The index has turned out to be damaged: the rest is read from the segment.
    fn read_on(&mut self, sequence: u64, last: Option<Position>) -> io::Result<()> {
        self.history.suspects().insert(sequence);
        let Some(Open { path, .. }) = self.open.get(&sequence) else { return Ok(()) };
        let path = path.clone();
        let rest = self.read_all(sequence, &path, last)?;
        if let Some(open) = self.open.get_mut(&sequence) {
            (open.rest, open.is_wrong) = (rest, false);
        }
        self.step(sequence, last)
    }

    /// What is looked for in a segment, read from the first record to the last.
    fn read_all(&self, sequence: u64, path: &Path, last: Option<Position>) -> io::Result<Rest> {
        let before = self.before(sequence, last);
        let mut found = Vec::new();
        let Some(mut batches) = gone(Batches::open(path))? else { return Ok(listed(found)) };
        while let Some(batch) = batches.take()? {
            for (offset, record) in &batch.records {
                let (Some(entry), Ok(offset)) = (Entry::read(record), u32::try_from(*offset))
                else {
                    continue;
                };
                let time = seconds(entry.time());
                let bound = Bound { time: time.into(), offset: offset.into() };
                if time >= self.from && bound < before && entry.has(&self.query.terms) {
                    found.push((time, offset));
                }
            }
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.truncate(self.most);
        Ok(listed(found))
    }

    /// What the records of a segment must be before.
    fn before(&self, sequence: u64, last: Option<Position>) -> Bound {
        let until = self.query.until.map_or(u64::MAX, |until| u64::from(seconds(until)) + 1);
        let mut bound = Bound { time: until, offset: 0 };
        for position in [self.query.before, last].into_iter().flatten() {
            let time = u64::from(position.time);
            bound = bound.min(match sequence.cmp(&position.segment) {
                std::cmp::Ordering::Less => Bound { time: time + 1, offset: 0 },
                std::cmp::Ordering::Equal => Bound { time, offset: position.offset.into() },
                std::cmp::Ordering::Greater => Bound { time, offset: 0 },
            });
        }
        bound
    }

    /// The record at a place, if it is what is looked for.
    fn read(&mut self, position: Position) -> io::Result<Option<Hit>> {
        let Some(open) = self.open.get_mut(&position.segment) else { return Ok(None) };
        let record = line_at(&open.file, position.offset.into())?;
        let entry = Entry::read(&record).filter(|entry| seconds(entry.time()) == position.time);
        let Some(entry) = entry else {
            open.is_wrong = true;
            return Ok(None);
        };
        // Hashes may collide: then it is another's.
        let is_wanted = entry.has(&self.query.terms);
        Ok(is_wanted.then_some(Hit { position, record }))
    }
}

fn listed(mut found: Vec<(u32, u32)>) -> Rest {
    found.reverse();
    Rest::Listed(found)
}

/// The line that begins there, without its end; empty if there is none.
fn line_at(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut room = FIRST_READ;
    while line.len() < MAX_LINE {
        let begin = line.len();
        line.resize(begin + room, 0);
        let space = line.get_mut(begin..).unwrap_or_default();
        let length = file.read_at(space, offset + begin as u64)?;
        line.truncate(begin + length);
        let rest = line.get(begin..).unwrap_or_default();
        if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            line.truncate(begin + end);
            return Ok(line);
        }
        if length == 0 {
            break;
        }
        room = line.len();
    }
    Ok(Vec::new())
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
/// Records that are added under one lock: some hundred microseconds.
const STEP: usize = 256;
/// Bytes read of a record at first; most have less.
const FIRST_READ: usize = 2048;

#[cfg(test)]
mod tests;
