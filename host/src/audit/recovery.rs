//! Opening a trail: what is on the disk is verified, a torn tail is cut, all else that is wrong is
//! reported. It may not repair damage, nor write into a segment that holds any.
//!
//! What a crash leaves at the end of the newest segment is a batch without its trailer, or with a
//! hole in it. Nobody was told that it is durable, so it is cut, and what stands behind it. All
//! else is evidence: the file stays as it is, and the writer goes on in a new segment, whose first
//! trailer names the last batch that is authentic and takes a number above all that were claimed.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::Notary;
use super::read::segments;
use super::scan::{Extent, Finding, Scan, holds_trailer};
use super::segment::Head;
use super::trail::create_segment;

/// What was found when the trail was opened.
#[derive(PartialEq, Eq, Debug)]
pub struct Recovered {
    /// The last authentic batch that was found.
    pub head: Head,
    /// The length in bytes of the torn batch that was cut.
    pub bytes_cut: u64,
    /// What is wrong, at most [`super::scan::MAX_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many findings were left out.
    pub unlisted: u64,
}

/// Where the writer goes on.
pub(super) struct Tail {
    /// The number of the segment's first batch.
    pub(super) first: u64,
    /// The segment.
    pub(super) file: File,
    /// Its length in bytes.
    pub(super) size: u64,
    /// The sequence number of the next batch.
    pub(super) next: u64,
    /// The hash it has to name.
    pub(super) previous: [u8; 32],
    /// Held while the trail is written: it keeps other writers out.
    pub(super) lock: Option<File>,
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
    let (mut newest, mut bytes_cut) = (None, 0);
    for (place, (first, path)) in segments.iter().enumerate().skip(start) {
        let is_newest = place + 1 == segments.len();
        let mut extent = scan.segment(*first, path, is_newest)?;
        if extent.rest > 0 {
            // Without the expected head, this may be what is left of it.
            let explained = is_newest && extent.sound && scan.expected.is_none();
            if explained && !holds_trailer(path, &extent)? {
                bytes_cut = extent.rest;
            } else {
                extent.sound = false;
                scan.report_rest(path, &extent);
            }
        }
        newest = Some((*first, path, extent));
    }
    scan.report_missing();
    newest.take_if(|(first, _, extent)| !may_continue(&mut scan, *first, extent));
    let (first, file, size) = match newest {
        Some((first, path, extent)) => {
            let file = OpenOptions::new().write(true).open(path)?;
            // The torn batch, and the zeros.
            file.set_len(extent.end)?;
            file.sync_all()?;
            (first, file, extent.end)
        }
        None => (next(&scan)?, create_segment(dir, next(&scan)?)?, 0),
    };
    let next = next(&scan)?;
    let tail = Tail { first, file, size, next, previous: scan.authentic.hash, lock: Some(lock) };
    let Scan { authentic: head, findings, unlisted, .. } = scan;
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

/// Whether the writer may go on in the newest segment, where no more is wrong than what a crash
/// explains; a segment without a batch serves only the number in its name.
fn may_continue(scan: &mut Scan<'_>, first: u64, extent: &Extent) -> bool {
    let empty = extent.sound && extent.end == 0;
    scan.claimed = scan.claimed.max(if empty { first.saturating_sub(1) } else { first });
    let named = scan.claimed.checked_add(1) == Some(first);
    if empty { named } else { extent.sound && scan.expected.is_none() }
}

fn next(scan: &Scan<'_>) -> io::Result<u64> {
    let spent = || io::Error::new(io::ErrorKind::InvalidData, "no sequence number is left");
    scan.claimed.checked_add(1).ok_or_else(spent)
}
