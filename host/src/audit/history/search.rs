//! A search: the segments' records that are wanted, merged by their times.

use std::collections::{BinaryHeap, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{History, Hit, Position, Query, gone};
use crate::audit::entry::Entry;
use crate::audit::index::{Bound, Index, Matches, Unusable, seconds};
use crate::audit::read::Batches;
use crate::audit::segment::MAX_LINE;

/// A search under way.
pub struct Search<'a> {
    pub(super) history: &'a History,
    pub(super) query: Query,
    pub(super) from: u32,
    most: usize,
    /// The segments that were not opened yet, the last one first.
    pub(super) waiting: Vec<Waiting>,
    open: HashMap<u64, Open>,
    /// The next of each that is open.
    heap: BinaryHeap<Position>,
    /// How many of those that wait were read ahead, and how many the last time.
    pub(super) ready: usize,
    pub(super) ahead: usize,
}

/// A segment that was not opened yet.
pub(super) struct Waiting {
    pub(super) greatest: u32,
    pub(super) sequence: u64,
    pub(super) path: PathBuf,
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

impl<'a> Search<'a> {
    /// Those that wait are in the order of their greatest times.
    pub(super) fn new(
        history: &'a History,
        query: Query,
        most: usize,
        waiting: Vec<Waiting>,
    ) -> Self {
        let from = seconds(query.from.unwrap_or(0));
        let (open, heap) = (HashMap::new(), BinaryHeap::new());
        Self { history, query, from, most, waiting, open, heap, ready: 0, ahead: 0 }
    }

    fn descend(&mut self) -> io::Result<Option<Hit>> {
        loop {
            while let Some(waiting) = self.waiting.last()
                && self.heap.peek().is_none_or(|best| waiting.greatest >= best.time)
            {
                let Some(Waiting { sequence, path, .. }) = self.waiting.pop() else { break };
                let took = self.open(sequence, path)?;
                self.read_ahead(took);
            }
            let Some(position) = self.heap.pop() else { return Ok(None) };
            let hit = self.read(position)?;
            self.advance(position)?;
            if hit.is_some() {
                return Ok(hit);
            }
        }
    }

    /// Returns how long it took to ask its index.
    fn open(&mut self, sequence: u64, path: PathBuf) -> io::Result<Duration> {
        let mut took = Duration::ZERO;
        let Some(file) = gone(File::open(&path))? else { return Ok(took) };
        let before = self.before(sequence, None);
        let memory = self.history.growing();
        let matches = memory
            .get(&sequence)
            .map(|growing| growing.matches(&self.query.terms, self.from, before));
        drop(memory);
        let rest = match matches {
            Some(found) => listed(found),
            None => {
                let begin = Instant::now();
                let index = Index::open(&path, file.metadata()?.len());
                let terms = &self.query.terms;
                let asked = index.and_then(|index| Matches::new(index, terms, self.from, before));
                took = begin.elapsed();
                match asked {
                    Ok(matches) => Rest::Indexed(Box::new(matches)),
                    Err(_) => {
                        self.history.suspects().insert(sequence);
                        self.read_all(sequence, &path, None)?
                    }
                }
            }
        };
        self.open.insert(sequence, Open { path, file, rest, is_wrong: false });
        self.step(sequence, None)?;
        Ok(took)
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
    pub(super) fn before(&self, sequence: u64, last: Option<Position>) -> Bound {
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

/// Bytes read of a record at first; most have less.
const FIRST_READ: usize = 2048;
