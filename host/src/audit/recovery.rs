//! Opening a trail: what is on the disk is verified, a torn tail is cut, all else that is wrong is
//! reported. It may not repair damage, nor write into a segment that holds any.
//!
//! What a crash leaves is a batch without its trailer at the end of the newest segment. Nobody was
//! told that it is durable, so it is cut. Anything else is evidence: the file stays as it is, and
//! the writer goes on in a new segment, whose first trailer names the last batch that is authentic
//! and takes a number above all that were claimed.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::read::{Lines, segments};
use super::segment::{self, BatchHash, Head, LABEL, Line, Trailer};
use super::trail::create_segment;
use super::{Notary, NotaryError};

/// What was found when the trail was opened.
#[derive(PartialEq, Eq, Debug)]
pub struct Recovered {
    /// The last authentic batch that was found.
    pub head: Head,
    /// The length in bytes of the torn batch that was cut.
    pub bytes_cut: u64,
    /// What is wrong, at most [`MAX_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many findings were left out.
    pub unlisted: u64,
}

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

/// Where the writer goes on.
pub(super) struct Tail {
    /// The segment.
    pub(super) file: File,
    /// Its length in bytes.
    pub(super) size: u64,
    /// The sequence number of the next batch.
    pub(super) next: u64,
    /// The hash it has to name.
    pub(super) previous: [u8; 32],
    /// Held while the trail is open.
    _lock: File,
}

/// Reads the two newest segments, and older ones back to the expected head; see the module.
pub(super) fn recover(
    dir: &Path,
    notary: &dyn Notary,
    expected: Option<Head>,
) -> io::Result<(Tail, Recovered)> {
    let lock = lock_folder(dir)?;
    let expected = expected.filter(|head| *head != Head::START);
    let segments = segments(dir)?;
    let newest_two = segments.len().saturating_sub(2);
    let start = expected.map_or(newest_two, |head| {
        let holder = segments.partition_point(|(first, _)| *first <= head.sequence);
        holder.saturating_sub(1).min(newest_two)
    });

    let whole = start == 0 && segments.first().is_none_or(|(first, _)| *first == 1);
    let mut scan = Scan::new(notary, expected, whole.then_some(Head::START));
    if let Some((_, newest)) = segments.last() {
        // What the last process wrote and did not live to sync counts from now on.
        File::open(newest)?.sync_all()?;
    }
    let mut newest = None;
    for (place, (first, path)) in segments.iter().enumerate().skip(start) {
        let extent = scan.segment(*first, path, place + 1 == segments.len())?;
        newest = Some((*first, path, extent));
    }
    if let Some(expected) = scan.expected {
        let found = scan.authentic;
        scan.claimed = scan.claimed.max(expected.sequence);
        scan.report(Finding::HeadMissing { expected, found });
    }
    newest.take_if(|(first, _, extent)| !scan.may_continue(*first, extent));
    let (file, size) = match newest {
        Some((_, path, extent)) => (OpenOptions::new().append(true).open(path)?, extent.end),
        None => (create_segment(dir, scan.next()?)?, 0),
    };
    let next = scan.next()?;
    let tail = Tail { file, size, next, previous: scan.authentic.hash, _lock: lock };
    let Scan { authentic: head, bytes_cut, findings, unlisted, .. } = scan;
    Ok((tail, Recovered { head, bytes_cut, findings, unlisted }))
}

/// Makes the folder if it is missing, and keeps other processes out: two writers would tear the
/// chain.
fn lock_folder(dir: &Path) -> io::Result<File> {
    if !dir.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        if let Some(parent) = dir.canonicalize()?.parent() {
            File::open(parent)?.sync_all()?;
        }
    }
    let folder = File::open(dir)?;
    folder.try_lock()?;
    Ok(folder)
}

/// What is known so far while segments are read, oldest first.
struct Scan<'a> {
    notary: &'a dyn Notary,
    /// The head that has not been found yet.
    expected: Option<Head>,
    /// The last trailer, as far as it is known: what the next batch has to follow.
    link: Option<Head>,
    /// The last batch that is what its notary tagged.
    authentic: Head,
    /// The greatest number that any batch claims, in its trailer or in a file's name.
    claimed: u64,
    bytes_cut: u64,
    findings: Vec<Finding>,
    unlisted: u64,
}

/// How far a segment is good, after a torn tail was cut.
struct Extent {
    /// Where its last batch ends, in bytes.
    end: u64,
    /// Nothing in it was reported.
    sound: bool,
}

impl<'a> Scan<'a> {
    fn new(notary: &'a dyn Notary, expected: Option<Head>, link: Option<Head>) -> Self {
        Self {
            notary,
            expected,
            link,
            authentic: Head::START,
            claimed: 0,
            bytes_cut: 0,
            findings: Vec::new(),
            unlisted: 0,
        }
    }

    /// Reads a segment.
    fn segment(&mut self, first: u64, path: &Path, newest: bool) -> io::Result<Extent> {
        let mut sound = true;
        let mut opens = Some(first);
        let (mut end, mut number, mut begin) = (0, 0, 1);
        let mut hash = BatchHash::new();
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next()? {
            number += 1;
            let damage = match segment::parse(line.text) {
                _ if !line.complete => break,
                Line::Record(record) => {
                    hash.record(record);
                    continue;
                }
                Line::Trailer(trailer) => {
                    let hash = std::mem::take(&mut hash);
                    self.verify(&trailer, hash, opens.take()).map_err(io::Error::other)?
                }
                Line::Damaged => {
                    hash = BatchHash::new();
                    Some(Damage::Trailer)
                }
            };
            if let Some(damage) = damage {
                sound = false;
                self.report_batch(path, begin, end, damage);
            }
            (end, begin) = (lines.offset, number + 1);
        }

        if lines.offset > end {
            // Without the expected head, this may be what is left of it.
            if newest && sound && self.expected.is_none() && !holds_trailer(path, end)? {
                let file = OpenOptions::new().write(true).open(path)?;
                file.set_len(end)?;
                file.sync_all()?;
                self.bytes_cut = lines.offset - end;
            } else {
                sound = false;
                self.report_batch(path, begin, end, Damage::Unfinished);
            }
        }
        Ok(Extent { end, sound })
    }

    /// What is wrong with a batch; `opens` is the number its segment is named for, if it is the
    /// first.
    fn verify(
        &mut self,
        trailer: &Trailer,
        hash: BatchHash,
        opens: Option<u64>,
    ) -> Result<Option<Damage>, NotaryError> {
        let Head { sequence, hash: claimed_hash } = trailer.head;
        let whole = hash.records() == trailer.records
            && hash.finish(sequence, &trailer.previous) == claimed_hash;
        let tagged = self.notary.check(LABEL, &claimed_hash, &trailer.tag)?;
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
        Ok(match (whole, tagged, follows && opens.is_none_or(|first| first == sequence)) {
            (false, _, _) => Some(Damage::Records),
            (true, false, _) => Some(Damage::Tag),
            (true, true, false) => Some(Damage::Chain),
            (true, true, true) => None,
        })
    }

    /// Whether the writer may go on in the newest segment, where no more is wrong than what a crash
    /// explains; a segment without a batch serves only the number in its name.
    fn may_continue(&mut self, first: u64, extent: &Extent) -> bool {
        let empty = extent.sound && extent.end == 0;
        self.claimed = self.claimed.max(if empty { first.saturating_sub(1) } else { first });
        let named = self.claimed.checked_add(1) == Some(first);
        if empty { named } else { extent.sound && self.expected.is_none() }
    }

    fn next(&self) -> io::Result<u64> {
        let spent = || io::Error::new(io::ErrorKind::InvalidData, "no sequence number is left");
        self.claimed.checked_add(1).ok_or_else(spent)
    }

    fn report_batch(&mut self, path: &Path, line: u64, offset: u64, damage: Damage) {
        self.report(Finding::Damaged { segment: path.into(), line, offset, damage });
    }

    fn report(&mut self, finding: Finding) {
        match self.findings.len() < MAX_FINDINGS {
            true => self.findings.push(finding),
            false => self.unlisted += 1,
        }
    }
}

/// Whether what stands behind the last batch was more than the torn write of a crash.
fn holds_trailer(path: &Path, end: u64) -> io::Result<bool> {
    let mut lines = Lines::open(path)?;
    lines.seek(end)?;
    while let Some(line) = lines.next()? {
        if segment::betrays_trailer(line.text, line.complete) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many findings are listed; a wrong key alone makes one for each batch.
pub const MAX_FINDINGS: usize = 100;
