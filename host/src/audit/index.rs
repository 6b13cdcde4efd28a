//! The index of a segment, in a file beside it: which records have what, without reading them. It
//! is derived, and nothing rests on it: what it says is looked up in the segment before anybody is
//! told, and where it is damaged it is passed over and made anew. It may not read a record.
//!
//! Numbers are little-endian. A file is read in blocks of [`BLOCK`] bytes, each of which has its
//! sum in the head, so that a lookup reads and checks the few blocks that it needs.
//!
//! ```text
//! head      magic, length of the segment (u64), records, keys, words (u32),
//!           least and greatest time, bits of the directory (u32),
//!           directory: 2^bits + 1 times the number of keys whose hash begins with less (u32),
//!           a sum for each block of what follows (u32), SHA-256 of all that stands before
//! records   time in seconds since 1970 (u32), offset in the segment (u32), in this order
//! keys      the 32 bits of a term's hash behind those of the directory (u32), at (u32)
//! postings  words (u32)
//! ```
//!
//! A record's number is its place among the records. Of a key that one record has, `at` is that
//! number. Of others it has its highest bit set, and is the place of a word that tells how many
//! have it; behind that stand their numbers, ascending, or, where this is shorter, a bit for each
//! record of the segment. Keys are in the order of their hashes; terms whose hashes are the same so
//! far share one.

mod build;
mod matches;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub(super) use build::{UNFINISHED, build, seconds, write};
pub use matches::{Bound, Matches};

/// An index whose head is right.
pub struct Index {
    source: Source,
    records: u32,
    keys: u32,
    words: u32,
    /// The least and the greatest time.
    times: (u32, u32),
    bits: u32,
    directory: Vec<u32>,
    sums: Vec<u32>,
    /// Where the blocks begin.
    body: u64,
    /// Where the file ends.
    end: u64,
}

/// Where an index lies.
enum Source {
    File(File),
    Memory(Vec<u8>),
}

/// Why an index is of no use. It is made anew.
#[derive(Debug)]
pub enum Unusable {
    /// It is not there.
    Missing,
    /// It is none, or of another version, or of another state of the segment, or damaged.
    Damaged,
    /// The file system failed.
    Unreadable(io::Error),
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::UnexpectedEof => Self::Damaged,
            _ => Self::Unreadable(error),
        }
    }
}

type Result<T> = std::result::Result<T, Unusable>;

/// The file of a segment's index.
pub fn path(segment: &Path) -> PathBuf {
    segment.with_extension(EXTENSION)
}

/// What a key's records are.
#[derive(Clone, Copy)]
pub(super) struct Postings {
    at: u32,
    count: u32,
}

/// The block that was read last.
#[derive(Default)]
pub(super) struct Window {
    block: Option<u64>,
    bytes: Vec<u8>,
}

impl Index {
    /// Opens the index of a segment that has this length.
    ///
    /// # Errors
    ///
    /// See [`Unusable`].
    pub fn open(segment: &Path, length: u64) -> Result<Self> {
        let file = File::open(path(segment))?;
        let end = file.metadata()?.len();
        Self::read(Source::File(file), end, Some(length))
    }

    /// Reads an index from memory.
    ///
    /// # Errors
    ///
    /// See [`Unusable`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        let end = bytes.len() as u64;
        Self::read(Source::Memory(bytes), end, None)
    }

    fn read(source: Source, end: u64, length: Option<u64>) -> Result<Self> {
        let fixed = source.take(0, FIXED)?;
        let word = |at: usize| u32_of(&fixed, at);
        let segment = u64::from(word(16)?) | u64::from(word(20)?) << 32;
        if !fixed.starts_with(MAGIC) || length.is_some_and(|length| length != segment) {
            return Err(Unusable::Damaged);
        }
        let (records, keys, words) = (word(24)?, word(28)?, word(32)?);
        let (times, bits) = ((word(36)?, word(40)?), word(44)?);
        let layout = Layout::new(records, keys, words, bits).ok_or(Unusable::Damaged)?;
        // So that what is read and held is never more than the file has.
        if layout.end != end {
            return Err(Unusable::Damaged);
        }
        let head = source.take(0, layout.body)?;
        let (head, digest) = head.split_last_chunk::<32>().ok_or(Unusable::Damaged)?;
        if *digest != <[u8; 32]>::from(Sha256::digest(head)) {
            return Err(Unusable::Damaged);
        }
        let rest = head.get(FIXED_LENGTH..).ok_or(Unusable::Damaged)?;
        let (numbers, _) = rest.as_chunks::<4>();
        let mut directory: Vec<_> = numbers.iter().map(|word| u32::from_le_bytes(*word)).collect();
        let sums = directory.split_off((1 << bits) + 1);
        let body = layout.body;
        Ok(Self { source, records, keys, words, times, bits, directory, sums, body, end })
    }

    /// The same bytes with all sums made right that an index has of itself: for those who try what
    /// a forged one does. None if they are too few, or say that they are more than they are.
    pub fn resealed(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        let word = |at: usize| u32_of(&bytes, at).ok();
        let layout = Layout::new(word(24)?, word(28)?, word(32)?, word(44)?)?;
        let (head, blocks) = bytes.split_at_mut_checked(usize::try_from(layout.body).ok()?)?;
        let (head, digest) = head.split_last_chunk_mut::<32>()?;
        let blocks = blocks.chunks(usize::try_from(BLOCK).ok()?);
        let sums: Vec<_> = blocks.flat_map(|block| sum_of(block).to_le_bytes()).collect();
        let begin = head.len().checked_sub(sums.len())?;
        head.get_mut(begin..)?.copy_from_slice(&sums);
        *digest = Sha256::digest(&*head).into();
        Some(bytes)
    }

    /// How many records the segment has.
    pub fn records(&self) -> u32 {
        self.records
    }

    /// How long the index is, in bytes.
    pub fn length(&self) -> u64 {
        self.end
    }

    /// The least and the greatest time of a record, in seconds since 1970.
    pub fn times(&self) -> (u32, u32) {
        self.times
    }

    /// Reads every block.
    ///
    /// # Errors
    ///
    /// See [`Unusable`].
    pub fn check(&self) -> Result<()> {
        let mut window = Window::default();
        (0..self.sums.len() as u64).try_for_each(|block| self.load(&mut window, block))
    }

    /// The records that have what has this hash; none if there are none.
    pub(super) fn postings(&self, hash: u64) -> Result<Option<Postings>> {
        let bucket = hash.checked_shr(64 - self.bits).unwrap_or(0);
        let bucket = usize::try_from(bucket).map_err(|_| Unusable::Damaged)?;
        let bounds = self.directory.get(bucket).zip(self.directory.get(bucket + 1));
        let (first, last) = bounds.ok_or(Unusable::Damaged)?;
        if last > &self.keys || last.saturating_sub(*first) > BUCKET {
            return Err(Unusable::Damaged);
        }
        let mut window = Window::default();
        for key in *first..*last {
            let place = u64::from(self.records) * 8 + u64::from(key) * 8;
            if self.word(&mut window, place)? == short(hash, self.bits) {
                let at = self.word(&mut window, place + 4)?;
                if at & SEVERAL == 0 {
                    return Ok(Some(Postings { at, count: 1 }));
                }
                let at = at & !SEVERAL;
                let count = self.posting(&mut window, at.into())?;
                return Ok(Some(Postings { at: at + 1, count }));
            }
        }
        Ok(None)
    }

    /// Time and offset of a record.
    pub(super) fn record(&self, window: &mut Window, number: u32) -> Result<(u32, u32)> {
        let at = u64::from(number) * 8;
        Ok((self.word(window, at)?, self.word(window, at + 4)?))
    }

    /// A word of the postings.
    fn posting(&self, window: &mut Window, at: u64) -> Result<u32> {
        if at >= u64::from(self.words) {
            return Err(Unusable::Damaged);
        }
        self.word(window, u64::from(self.records) * 8 + u64::from(self.keys) * 8 + at * 4)
    }

    /// A word at a place that four divides, so that no block ends within it.
    fn word(&self, window: &mut Window, at: u64) -> Result<u32> {
        self.load(window, at / BLOCK)?;
        let within = usize::try_from(at % BLOCK).expect("a block is short");
        u32_of(&window.bytes, within)
    }

    fn load(&self, window: &mut Window, block: u64) -> Result<()> {
        if window.block == Some(block) {
            return Ok(());
        }
        window.block = None;
        let sum = usize::try_from(block).ok().and_then(|block| self.sums.get(block));
        let sum = sum.ok_or(Unusable::Damaged)?;
        let begin = self.body + block * BLOCK;
        window.bytes = self.source.take(begin, BLOCK.min(self.end.saturating_sub(begin)))?;
        if sum_of(&window.bytes) != *sum {
            return Err(Unusable::Damaged);
        }
        window.block = Some(block);
        Ok(())
    }
}

impl Source {
    fn take(&self, at: u64, length: u64) -> Result<Vec<u8>> {
        let length = usize::try_from(length).map_err(|_| Unusable::Damaged)?;
        match self {
            Self::File(file) => {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, at)?;
                Ok(bytes)
            }
            Self::Memory(all) => {
                let at = usize::try_from(at).map_err(|_| Unusable::Damaged)?;
                let bytes = all.get(at..).and_then(|rest| rest.get(..length));
                Ok(bytes.ok_or(Unusable::Damaged)?.to_vec())
            }
        }
    }
}

/// Where the parts of an index begin.
struct Layout {
    /// How many blocks there are.
    blocks: u64,
    /// Where they begin: the head's length.
    body: u64,
    /// Where the file ends.
    end: u64,
}

impl Layout {
    /// None if no index is so large.
    fn new(records: u32, keys: u32, words: u32, bits: u32) -> Option<Self> {
        if bits > MOST_BITS {
            return None;
        }
        let length = u64::from(records) * 8 + u64::from(keys) * 8 + u64::from(words) * 4;
        let blocks = length.div_ceil(BLOCK);
        let body = FIXED + ((1 << bits) + 1) * 4 + blocks * 4 + 32;
        Some(Self { blocks, body, end: body + length })
    }
}

fn sum_of(block: &[u8]) -> u32 {
    let digest = Sha256::digest(block);
    u32::from_le_bytes(*digest.first_chunk().expect("a digest has more than four bytes"))
}

fn u32_of(bytes: &[u8], at: usize) -> Result<u32> {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk());
    word.map(|word| u32::from_le_bytes(*word)).ok_or(Unusable::Damaged)
}

/// The 32 bits of a hash behind those of the directory.
fn short(hash: u64, bits: u32) -> u32 {
    let rest = hash >> (32 - bits) & u64::from(u32::MAX);
    u32::try_from(rest).expect("it was cut to 32 bits")
}

/// Whether a key's records are told by a bit for each record of the segment.
fn is_dense(count: u32, records: u32) -> bool {
    count > 1 && count > records.div_ceil(32)
}

/// Set where a key is that of several records.
const SEVERAL: u32 = 1 << 31;
/// How an index begins; the last number is the version of the format.
const MAGIC: &[u8; 16] = b"keycell index 1\n";
/// Bytes that are read and checked at once.
const BLOCK: u64 = 4096;
/// What the head begins with.
const FIXED: u64 = 48;
const FIXED_LENGTH: usize = 48;
/// How many keys a part of the directory has on average: a few blocks are read for it.
const KEYS_PER_BUCKET: u32 = 64;
/// And at most: hashes are spread evenly.
const BUCKET: u32 = 4096;
/// The directory of a segment with a billion keys.
const MOST_BITS: u32 = 24;
/// What stands in the place of `jsonl` in the name of a segment's index.
pub(super) const EXTENSION: &str = "index";

#[cfg(test)]
mod tests;
