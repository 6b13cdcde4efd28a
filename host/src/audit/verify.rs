//! Proving a whole trail, from what was removed in order to the last batch that is known: chain,
//! hashes, tags and the end. It may not write.
//!
//! It reads segments while they are written: what is behind the last whole batch is under way, or
//! what a crash has left. Nobody was told that this is durable, so it is told and is no finding.

use std::fmt;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Notary;
use super::read::segments;
use super::scan::{Change, Damage, Finding, Scan, Wrong, holds_trailer};
use super::segment::Head;

/// Between what the trail must be whole, as the store knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Anchors {
    /// The last batch of what retention has removed.
    pub pruned: Head,
    /// The last batch that is known to be durable.
    pub head: Head,
}

/// What was found.
#[derive(PartialEq, Eq, Debug)]
pub struct Verified {
    /// Files that were read.
    pub segments: u64,
    /// Batches in them.
    pub batches: u64,
    /// Records in these.
    pub records: u64,
    /// The last authentic batch.
    pub head: Head,
    /// What stands behind the last batch and is none, in bytes.
    pub unfinished: u64,
    /// What is wrong, at most [`super::scan::MAX_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many findings were left out.
    pub unlisted: u64,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Reads all segments of a folder.
///
/// # Errors
///
/// What the file system or the notary answered.
pub fn verify(dir: &Path, notary: &dyn Notary, anchors: Anchors) -> io::Result<Verified> {
    let expected = Some(anchors.head).filter(|head| head.sequence > anchors.pruned.sequence);
    let mut scan = Scan::new(notary, expected, Some(anchors.pruned));
    let mut unfinished = 0;
    let mut segments = segments(dir)?;
    // A crash may have left what retention was about to remove.
    let rest = segments.iter().skip(1).map(|(first, _)| *first);
    let gone = rest.take_while(|next| *next <= anchors.pruned.sequence.saturating_add(1)).count();
    segments.drain(..gone);
    for (place, (first, path)) in segments.iter().enumerate() {
        let is_newest = place + 1 == segments.len();
        let extent = scan.segment(*first, path, is_newest)?;
        if extent.rest > 0 {
            if is_newest && extent.sound && !holds_trailer(path, &extent)? {
                unfinished = extent.rest;
            } else {
                scan.report_rest(path, &extent);
            }
        }
    }
    scan.report_missing();
    let Scan { authentic: head, batches, records, findings, unlisted, .. } = scan;
    let segments = segments.len() as u64;
    Ok(Verified { segments, batches, records, head, unfinished, findings, unlisted })
}

impl fmt::Display for Finding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { segment, line, offset, damage, record } => {
                write!(to, "{}: ", segment.display())?;
                if let Some(wrong) = record {
                    write!(to, "{wrong}, ")?;
                }
                write!(to, "{damage} (the batch begins at line {line}, byte {offset})")
            }
            Self::HeadMissing { expected, found } => write!(
                to,
                "the end of the trail is missing: batch {} was written, and the last one here is \
                 {}",
                expected.sequence, found.sequence
            ),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        match self.change {
            Change::Changed => write!(to, "line {line}: the record was changed"),
            Change::Removed => write!(to, "line {line}: a record before this line was removed"),
            Change::Added => write!(to, "line {line}: the record was added"),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Trailer => "the end of a batch cannot be read",
            Self::Records => "a batch is not what its hash says",
            Self::Tag => "a batch was not written by this service: its tag is wrong",
            Self::Chain => {
                "a batch does not follow the one before it: something was removed, moved or \
                 replaced"
            }
            Self::Unfinished => "a batch has lost its end",
        })
    }
}
