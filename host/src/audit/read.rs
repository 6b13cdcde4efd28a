//! Reading segments: the last records, new ones as they come, and whether an event is among them.
//! It may not write, and verifies nothing: [`super::recovery`], [`super::verify`] and the delivery
//! do.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::segment::{self, Head, Line, MAX_BATCH, MAX_LINE, Trailer};

/// The segments of a trail and the sequence numbers they begin with, oldest first. Other files are
/// passed over.
///
/// # Errors
///
/// What the file system answered.
pub fn segments(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if let Some(sequence) = entry.file_name().to_str().and_then(segment::sequence_of) {
            segments.push((sequence, entry.path()));
        }
    }
    segments.sort_unstable();
    Ok(segments)
}

/// The last records, oldest first; those of a batch without its trailer are not among them.
///
/// # Errors
///
/// What the file system answered.
pub fn read_last(dir: &Path, count: usize) -> io::Result<Vec<Vec<u8>>> {
    Ok(Follower::after_last(dir, count)?.0)
}

/// Which of the wanted event ids are in the newest segments: whole segments are searched, newest
/// first, until [`RECENT_BYTES`] were read. For the outbox, which is emptied every second.
///
/// # Errors
///
/// What the file system answered.
pub fn find_event_ids(dir: &Path, wanted: &BTreeSet<String>) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut left = RECENT_BYTES;
    for (_, path) in segments(dir)?.into_iter().rev() {
        if found.len() == wanted.len() || left == 0 {
            break;
        }
        let mut batches = Batches::open(&path)?;
        while let Some((_, records)) = batches.next()? {
            let ids = records.iter().filter_map(|record| serde_json::from_slice(record).ok());
            let ids = ids.map(|Event { id }| id).filter(|id| wanted.contains(id.as_ref()));
            found.extend(ids.map(Cow::into_owned));
        }
        left = left.saturating_sub(batches.end);
    }
    Ok(found)
}

/// Yields batches as the trail grows. It sees a batch when it is written, which may be an instant
/// before it is durable.
pub struct Follower {
    dir: PathBuf,
    /// The segment being read; `None` while there is none.
    current: Option<(u64, Batches)>,
}

impl Follower {
    /// The last records, oldest first, and a follower that yields what comes after them.
    ///
    /// # Errors
    ///
    /// What the file system answered.
    pub fn after_last(dir: &Path, count: usize) -> io::Result<(Vec<Vec<u8>>, Self)> {
        let mut last = VecDeque::new();
        let mut current = None;
        for (sequence, path) in segments(dir)?.into_iter().rev() {
            let mut batches = Batches::open(&path)?;
            let mut records = VecDeque::new();
            while let Some((_, batch)) = batches.next()? {
                records.extend(batch);
                records
                    .drain(..(records.len() + last.len()).saturating_sub(count).min(records.len()));
            }
            records.append(&mut last);
            last = records;
            current.get_or_insert((sequence, batches));
            if last.len() >= count {
                break;
            }
        }
        Ok((last.into(), Self { dir: dir.into(), current }))
    }

    /// A follower that begins at the latest with the batch behind this one.
    ///
    /// # Errors
    ///
    /// What the file system answered.
    pub fn from_before(dir: &Path, sequence: u64) -> io::Result<Self> {
        let segments = segments(dir)?;
        let holder = segments.iter().rfind(|(first, _)| *first <= sequence.saturating_add(1));
        let current = match holder.or(segments.first()) {
            Some((first, path)) => Some((*first, Batches::open(path)?)),
            None => None,
        };
        Ok(Self { dir: dir.into(), current })
    }

    /// Forgets what was read ahead: it may not have been durable, and be replaced since.
    pub(super) fn forget_ahead(&mut self) -> io::Result<()> {
        match &mut self.current {
            Some((_, batches)) => batches.lines.seek(batches.end),
            None => Ok(()),
        }
    }

    /// The records of the next batch; `None` if there is none yet: ask again later.
    ///
    /// # Errors
    ///
    /// What the file system answered.
    pub fn next_batch(&mut self) -> io::Result<Option<Vec<Vec<u8>>>> {
        Ok(self.next_ended()?.map(|(_, records)| records))
    }

    /// The same with the end of the batch, of which nothing is verified.
    ///
    /// # Errors
    ///
    /// What the file system answered.
    pub(super) fn next_ended(&mut self) -> io::Result<Option<Ended>> {
        if let Some((_, batches)) = &mut self.current
            && let Some(batch) = batches.next()?
        {
            return Ok(Some(batch));
        }
        // Listed before reading: once a segment has a successor, it grows no more.
        for (sequence, path) in segments(&self.dir)? {
            match &mut self.current {
                Some((current, _)) if sequence < *current => continue,
                Some((current, _)) if sequence == *current => {}
                Some(_) | None => self.current = Some((sequence, Batches::open(&path)?)),
            }
            if let Some((_, batches)) = &mut self.current
                && let Some(batch) = batches.next()?
            {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

/// The last complete batch of a segment, if it has one.
///
/// # Errors
///
/// What the file system answered.
pub fn last_head(path: &Path) -> io::Result<Option<Head>> {
    let mut batches = Batches::open(path)?;
    let mut last = None;
    while let Some((trailer, _)) = batches.next()? {
        last = Some(trailer.head);
    }
    Ok(last)
}

/// The first record of a segment, if it has a complete batch.
///
/// # Errors
///
/// What the file system answered.
pub fn first_record(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let first = Batches::open(path)?.next()?;
    Ok(first.and_then(|(_, records)| records.into_iter().next()))
}

/// A batch: its end and its records.
pub(super) type Ended = (Trailer, Vec<Vec<u8>>);

/// The complete batches of a segment, in order.
pub(super) struct Batches {
    lines: Lines,
    /// Where the last of them ended, in bytes.
    pub(super) end: u64,
}

/// A batch that was read.
pub(super) struct Taking {
    pub(super) trailer: Trailer,
    /// Its records, and where each begins in the segment.
    pub(super) records: Vec<(u64, Vec<u8>)>,
}

impl Batches {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { lines: Lines::open(path)?, end: 0 })
    }

    /// Those from that byte on, where a batch has ended.
    pub(super) fn open_at(path: &Path, end: u64) -> io::Result<Self> {
        let mut lines = Lines::open(path)?;
        lines.seek(end)?;
        Ok(Self { lines, end })
    }

    /// The next batch; `None` if it is not complete, or not yet.
    fn next(&mut self) -> io::Result<Option<Ended>> {
        let Some(Taking { trailer, records }) = self.take()? else { return Ok(None) };
        Ok(Some((trailer, records.into_iter().map(|(_, record)| record).collect())))
    }

    /// The same, with where its records are.
    pub(super) fn take(&mut self) -> io::Result<Option<Taking>> {
        let mut records = Vec::new();
        let mut bytes = 0;
        loop {
            let offset = self.lines.offset;
            let Some(line) = self.lines.next()? else { break };
            bytes += line.text.len();
            match segment::parse(line.text) {
                _ if !line.complete => break,
                Line::Record(record) if bytes <= MAX_BATCH => {
                    records.push((offset, record.to_vec()));
                }
                // More than a batch holds: the file is damaged, and what was held is no batch.
                Line::Record(_) | Line::Damaged => (records, bytes) = (Vec::new(), 0),
                Line::Trailer(trailer) => {
                    self.end = self.lines.offset;
                    return Ok(Some(Taking { trailer, records }));
                }
            }
        }
        self.lines.seek(self.end)?;
        Ok(None)
    }
}

/// The lines of a segment, one at a time, so that memory is bounded whatever the file holds. The
/// zeros at its end, where the next batches will be written, are none.
pub(super) struct Lines {
    source: BufReader<File>,
    text: Vec<u8>,
    /// Where the last line ended, in bytes.
    pub(super) offset: u64,
    /// Where the lines end, if the segment does not before.
    limit: u64,
}

/// One line.
pub(super) struct Taken<'a> {
    /// Without the newline.
    pub(super) text: &'a [u8],
    /// The segment does not end within it. Pieces of a line that is too long count as complete:
    /// they are in no batch whose hash is right.
    pub(super) complete: bool,
}

impl Lines {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::open_until(path, u64::MAX)
    }

    /// Those before that byte.
    pub(super) fn open_until(path: &Path, limit: u64) -> io::Result<Self> {
        let source = BufReader::with_capacity(64 * 1024, File::open(path)?);
        Ok(Self { source, text: Vec::new(), offset: 0, limit })
    }

    /// Goes on at this byte.
    pub(super) fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.offset = self.source.seek(SeekFrom::Start(offset))?;
        Ok(())
    }

    /// The next line, or piece of a line of [`MAX_LINE`] bytes.
    pub(super) fn next(&mut self) -> io::Result<Option<Taken<'_>>> {
        let mut length = self.read()?;
        let mut zero = self.first_zero();
        while let Some(at) = zero {
            // The rest of the file is read for the last line alone.
            let is_last = self.text.iter().skip(at).all(|byte| *byte == 0);
            if is_last && only_zeros(self.source.get_ref(), self.offset + at as u64)? {
                self.text.truncate(at);
                length = at;
                break;
            }
            // What was not there yet when this was read may be there now.
            self.seek(self.offset)?;
            length = self.read()?;
            zero = self.first_zero().filter(|again| zero != Some(*again));
        }
        if length == 0 {
            return Ok(None);
        }
        self.offset += length as u64;
        let newline = self.text.pop_if(|byte| *byte == b'\n').is_some();
        Ok(Some(Taken { text: &self.text, complete: newline || length == MAX_LINE }))
    }

    fn first_zero(&self) -> Option<usize> {
        // Which nearly no line has, and this is faster at finding out.
        let has_one = self.text.contains(&0);
        has_one.then(|| self.text.iter().position(|byte| *byte == 0)).flatten()
    }

    fn read(&mut self) -> io::Result<usize> {
        self.text.clear();
        let most = self.limit.saturating_sub(self.offset).min(MAX_LINE as u64);
        self.source.by_ref().take(most).read_until(b'\n', &mut self.text)
    }
}

/// Whether a file holds nothing but zeros from that byte on.
fn only_zeros(file: &File, mut offset: u64) -> io::Result<bool> {
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let length = file.read_at(&mut chunk, offset)?;
        let read = chunk.get(..length).unwrap_or_default();
        if length == 0 || read.iter().any(|byte| *byte != 0) {
            return Ok(length == 0);
        }
        offset += length as u64;
    }
}

/// Where in a segment a crash has left a hole: a part of a batch that never came to the disk, while
/// later parts did. Sectors are written whole, so a hole ends with one; and behind it stand no more
/// batches than may be on their way at once.
///
/// # Errors
///
/// What the file system answered.
pub(super) fn hole(path: &Path, at_once: usize) -> io::Result<Option<u64>> {
    let file = File::open(path)?;
    let Some(begin) = first_zero(&file)? else { return Ok(None) };
    // In this order: what is being written comes in the order of its bytes.
    if only_zeros(&file, begin)? {
        return Ok(None);
    }
    let rest = SECTOR - begin % SECTOR;
    let mut sector = Vec::new();
    let mut from = &file;
    from.seek(SeekFrom::Start(begin))?;
    from.take(rest).read_to_end(&mut sector)?;
    if sector.iter().any(|byte| *byte != 0) {
        return Ok(None);
    }
    let mut lines = Lines::open(path)?;
    lines.seek(begin)?;
    let mut trailers = 0;
    while let Some(line) = lines.next()? {
        trailers += usize::from(segment::betrays_trailer(line.text, line.complete));
    }
    Ok(Some(begin).filter(|_| trailers <= at_once))
}

fn first_zero(file: &File) -> io::Result<Option<u64>> {
    let mut chunk = vec![0; 64 * 1024];
    let mut offset = 0;
    loop {
        let length = file.read_at(&mut chunk, offset)?;
        let read = chunk.get(..length).unwrap_or_default();
        if let Some(at) = read.iter().position(|byte| *byte == 0) {
            return Ok(Some(offset + at as u64));
        }
        if length == 0 {
            return Ok(None);
        }
        offset += length as u64;
    }
}

/// What a disk writes as one, in bytes: the least that there is.
const SECTOR: u64 = 512;

/// The member of a record that the outbox knows it by.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "eventID")]
    id: Cow<'a, str>,
}

/// How many bytes of the trail are recent: two segments of the usual length, so that a segment that
/// was just begun does not hide the one before.
pub const RECENT_BYTES: u64 = 128 * 1024 * 1024;
