//! Reading a trail to prove it: every batch is held against its hash, its tag and the batch before.
//! It may not write, nor say what becomes of what is wrong: [`super::recovery`] and
//! [`super::verify`] do.

use std::io;
use std::path::{Path, PathBuf};

use super::read::{Lines, hole};
use super::segment::{self, BatchHash, Head, LABEL, Line, Sum, Trailer};
use super::trail::WRITERS;
use super::{Notary, NotaryError};

/// Something that no crash explains. The trail goes on; an operator has to look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// A batch is not what was written.
    Damaged {
        /// The file.
        segment: PathBuf,
        /// The line at which the batch begins, from 1.
        line: u64,
        /// The byte at which the batch begins.
        offset: u64,
        /// What is wrong with it; if several things are, the first of them.
        damage: Damage,
        /// Which of its records, if it is one.
        record: Option<Wrong>,
    },
    /// The batch that was expected is nowhere: the end of the trail is lost.
    HeadMissing {
        /// The last batch that was known.
        expected: Head,
        /// The last authentic one that was found.
        found: Head,
    },
}

/// What is wrong with a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Damage {
    /// Its trailer cannot be read.
    Trailer,
    /// Its records, their number or its place are not those of its hash.
    Records,
    /// The notary did not make its tag.
    Tag,
    /// It does not follow the batch before: something was removed, moved or replaced. Once seen
    /// where a new segment follows lost batches, it stays true.
    Chain,
    /// It has no trailer, and a crash does not explain that.
    Unfinished,
}

/// The first record of a batch that is not the one that was written there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// Its line in the segment, from 1.
    pub line: u64,
    /// What was done to it.
    pub change: Change,
}

/// What was done to a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// It is another one.
    Changed,
    /// It stood before this line and was removed.
    Removed,
    /// It was put there.
    Added,
}

/// How far a segment is good.
pub(super) struct Extent {
    /// Where its last batch ends, in bytes.
    pub(super) end: u64,
    /// The line behind that batch, from 1.
    pub(super) next_line: u64,
    /// What stands behind it, in bytes.
    pub(super) rest: u64,
    /// Where the part of that ends that was written in order.
    limit: u64,
    /// Nothing in it was reported.
    pub(super) sound: bool,
}

/// What is known so far while segments are read, oldest first.
pub(super) struct Scan<'a> {
    notary: &'a dyn Notary,
    /// The head that has not been found yet.
    pub(super) expected: Option<Head>,
    /// The last trailer, as far as it is known: what the next batch has to follow.
    link: Option<Head>,
    /// The last batch that is what its notary tagged.
    pub(super) authentic: Head,
    /// The greatest number that any batch claims, in its trailer or in a file's name.
    pub(super) claimed: u64,
    /// Batches that were read, whatever they are worth, and their records.
    pub(super) batches: u64,
    pub(super) records: u64,
    pub(super) findings: Vec<Finding>,
    /// How many findings were left out.
    pub(super) unlisted: u64,
}

/// A batch that was read.
struct Read {
    line: u64,
    offset: u64,
    /// `None` if its trailer cannot be read.
    trailer: Option<Trailer>,
    /// Its records are those of its hash.
    whole: bool,
    wrong: Option<Wrong>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(notary: &'a dyn Notary, expected: Option<Head>, link: Option<Head>) -> Self {
        Self {
            notary,
            expected,
            link,
            authentic: link.unwrap_or(Head::START),
            claimed: 0,
            batches: 0,
            records: 0,
            findings: Vec::new(),
            unlisted: 0,
        }
    }

    /// Reads a segment whose first batch has this number; of the newest one, what stands before
    /// the hole that a crash has left.
    pub(super) fn segment(
        &mut self,
        first: u64,
        path: &Path,
        is_newest: bool,
    ) -> io::Result<Extent> {
        let hole = if is_newest { hole(path, WRITERS)? } else { None };
        let mut extent = Extent { end: 0, next_line: 1, rest: 0, limit: 0, sound: true };
        let mut opens = Some(first);
        let mut number = 0;
        let mut hash = BatchHash::new();
        let mut read = Vec::new();
        let mut lines = Lines::open_until(path, hole.unwrap_or(u64::MAX))?;
        while let Some(line) = lines.next()? {
            number += 1;
            let trailer = match segment::parse(line.text) {
                _ if !line.complete => break,
                Line::Record(record) => {
                    hash.record(record);
                    continue;
                }
                Line::Trailer(trailer) => Some(trailer),
                Line::Damaged => None,
            };
            let hash = std::mem::take(&mut hash);
            read.push(Read::new(trailer, &hash, (extent.next_line, extent.end)));
            (extent.end, extent.next_line) = (lines.offset, number + 1);
            if read.len() == AT_ONCE {
                extent.sound &= self.settle(path, &mut read, &mut opens)?;
            }
        }
        extent.sound &= self.settle(path, &mut read, &mut opens)?;
        let end = if hole.is_some() { std::fs::metadata(path)?.len() } else { lines.offset };
        (extent.rest, extent.limit) = (end - extent.end, lines.offset);
        Ok(extent)
    }

    /// What stands behind the last batch of a segment is no batch, and no crash explains it.
    pub(super) fn report_rest(&mut self, path: &Path, extent: &Extent) {
        let (line, offset) = (extent.next_line, extent.end);
        let (segment, damage, record) = (path.into(), Damage::Unfinished, None);
        self.report(Finding::Damaged { segment, line, offset, damage, record });
    }

    /// What was expected is nowhere.
    pub(super) fn report_missing(&mut self) {
        if let Some(expected) = self.expected {
            let found = self.authentic;
            self.claimed = self.claimed.max(expected.sequence);
            self.report(Finding::HeadMissing { expected, found });
        }
    }

    /// Holds batches against their tags and each other; false if anything is wrong. `opens` is the
    /// number that the segment is named for, until its first batch was seen.
    fn settle(
        &mut self,
        path: &Path,
        read: &mut Vec<Read>,
        opens: &mut Option<u64>,
    ) -> io::Result<bool> {
        let trailers = read.iter().filter_map(|batch| batch.trailer.as_ref());
        let tags: Vec<_> = trailers
            .map(|trailer| (trailer.head.hash.as_slice(), trailer.tag.as_slice()))
            .collect();
        let mut tagged = self.notary.check_all(LABEL, &tags).map_err(io::Error::other)?.into_iter();
        let mut sound = true;
        for Read { line, offset, trailer, whole, wrong } in read.drain(..) {
            self.batches += 1;
            let damage = match trailer {
                None => Some(Damage::Trailer),
                Some(trailer) => {
                    let answer = "a notary answers for each tag".to_owned();
                    let tagged = tagged.next().ok_or(NotaryError(answer));
                    let tagged = tagged.map_err(io::Error::other)?;
                    self.records += trailer.records;
                    self.verify(&trailer, (whole, tagged), opens.take())
                }
            };
            if let Some(damage) = damage {
                sound = false;
                let record = wrong.filter(|_| damage == Damage::Records);
                let segment = path.into();
                self.report(Finding::Damaged { segment, line, offset, damage, record });
            }
        }
        Ok(sound)
    }

    /// What is wrong with a batch; `opens` is the number its segment is named for, if it is the
    /// first.
    fn verify(
        &mut self,
        trailer: &Trailer,
        (whole, tagged): (bool, bool),
        opens: Option<u64>,
    ) -> Option<Damage> {
        let sequence = trailer.head.sequence;
        let follows = self.link.is_none_or(|link| {
            // A segment that was begun after damage names the last batch that was authentic.
            let chained = trailer.previous == link.hash
                || opens.is_some() && trailer.previous == self.authentic.hash;
            chained && link.sequence.checked_add(1) == Some(sequence)
        });

        self.expected.take_if(|expected| *expected == trailer.head);
        self.link = Some(trailer.head);
        self.claimed = self.claimed.max(sequence);
        if whole && tagged && sequence > self.authentic.sequence {
            self.authentic = trailer.head;
        }
        match (whole, tagged, follows && opens.is_none_or(|first| first == sequence)) {
            (false, _, _) => Some(Damage::Records),
            (true, false, _) => Some(Damage::Tag),
            (true, true, false) => Some(Damage::Chain),
            (true, true, true) => None,
        }
    }

    fn report(&mut self, finding: Finding) {
        match self.findings.len() < MAX_FINDINGS {
            true => self.findings.push(finding),
            false => self.unlisted += 1,
        }
    }
}

impl Read {
    fn new(trailer: Option<Trailer>, hash: &BatchHash, (line, offset): (u64, u64)) -> Self {
        let whole = trailer.as_ref().is_some_and(|trailer| {
            let Head { sequence, hash: claimed } = trailer.head;
            hash.sums() == trailer.sums && hash.finish(sequence, &trailer.previous) == claimed
        });
        let wrong = trailer.as_ref().and_then(|trailer| wrong(hash.sums(), &trailer.sums, line));
        Self { line, offset, trailer, whole, wrong }
    }
}

/// The first record that differs, of a batch that begins at that line.
fn wrong(found: &[Sum], written: &[Sum], line: u64) -> Option<Wrong> {
    let same = found.iter().zip(written).take_while(|(one, other)| one == other).count();
    let change = match found.len().cmp(&written.len()) {
        std::cmp::Ordering::Less => Change::Removed,
        std::cmp::Ordering::Greater => Change::Added,
        std::cmp::Ordering::Equal if same < found.len() => Change::Changed,
        std::cmp::Ordering::Equal => return None,
    };
    Some(Wrong { line: line + same as u64, change })
}

/// Whether what stands behind the last batch was more than the torn write of a crash.
pub(super) fn holds_trailer(path: &Path, extent: &Extent) -> io::Result<bool> {
    let mut lines = Lines::open_until(path, extent.limit)?;
    lines.seek(extent.end)?;
    while let Some(line) = lines.next()? {
        if segment::betrays_trailer(line.text, line.complete) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many findings are listed; a wrong key alone makes one for each batch.
pub const MAX_FINDINGS: usize = 100;
/// Batches whose tags are checked at once: whoever verifies may have to ask another process.
const AT_ONCE: usize = 1024;
