//! Making an index. The same records make the same index, in whatever order they come.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{
    BLOCK, KEYS_PER_BUCKET, Layout, MAGIC, MOST_BITS, SEVERAL, is_dense, path, short, sum_of,
};
use crate::audit::entry::{Entry, Hashes};

/// An index in the making.
#[derive(Default)]
pub(in crate::audit) struct Builder {
    /// Time and offset of each.
    records: Vec<(u32, u32)>,
    /// What each has, by its place in `records`.
    pairs: Vec<(u64, u32)>,
    known: Hashes,
}

impl Builder {
    /// Of records, and what each has by its place among them.
    pub(in crate::audit) fn of(records: Vec<(u32, u32)>, pairs: Vec<(u64, u32)>) -> Self {
        Self { records, pairs, known: Hashes::default() }
    }

    /// Takes a record; what has not the form of one is passed over. `None`: there is no room.
    pub(in crate::audit) fn push(&mut self, offset: u64, record: &[u8]) -> Option<()> {
        let offset = u32::try_from(offset).ok()?;
        let Some(entry) = Entry::read(record) else { return Some(()) };
        let number = u32::try_from(self.records.len()).ok()?;
        self.records.push((seconds(entry.time()), offset));
        entry.each(|field, value| self.pairs.push((self.known.of(field, value), number)));
        Some(())
    }

    /// The bytes of the index of a segment that has this length. `None`: it is too large for one.
    pub(in crate::audit) fn finish(mut self, segment: u64) -> Option<Vec<u8>> {
        self.sort();
        let records = u32::try_from(self.records.len()).ok()?;
        let bits = self.shorten()?;
        let mut keys = Vec::new();
        let mut postings: Vec<u32> = Vec::new();
        for group in self.pairs.chunk_by(|one, other| one.0 == other.0) {
            let (hash, first) = *group.first()?;
            let count = u32::try_from(group.len()).ok()?;
            if count == 1 {
                keys.push((hash, first));
                continue;
            }
            keys.push((hash, SEVERAL | u32::try_from(postings.len()).ok()?));
            postings.push(count);
            match is_dense(count, records) {
                true => postings.extend(bit_list(group, records)),
                false => postings.extend(group.iter().map(|(_, number)| *number)),
            }
        }
        let words = u32::try_from(postings.len()).ok()?;
        if records.max(words) >= SEVERAL {
            return None;
        }
        let count = u32::try_from(keys.len()).ok()?;
        let layout = Layout::new(records, count, words, bits)?;
        let mut body = Vec::with_capacity(usize::try_from(layout.end - layout.body).ok()?);
        for (time, offset) in &self.records {
            body.extend_from_slice(&time.to_le_bytes());
            body.extend_from_slice(&offset.to_le_bytes());
        }
        for (hash, at) in &keys {
            body.extend_from_slice(&short(*hash, bits).to_le_bytes());
            body.extend_from_slice(&at.to_le_bytes());
        }
        body.extend(postings.iter().flat_map(|word| word.to_le_bytes()));
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&segment.to_le_bytes());
        let least = self.records.first().map_or(0, |(time, _)| *time);
        let greatest = self.records.last().map_or(0, |(time, _)| *time);
        let mut word = |word: u32| out.extend_from_slice(&word.to_le_bytes());
        [records, count, words, least, greatest, bits].into_iter().for_each(&mut word);
        for bucket in 0..=1_u64 << bits {
            let below = |(hash, _): &(u64, _)| hash.checked_shr(64 - bits).unwrap_or(0) < bucket;
            word(u32::try_from(keys.partition_point(below)).ok()?);
        }
        let blocks = body.chunks(usize::try_from(BLOCK).ok()?);
        debug_assert_eq!(blocks.len() as u64, layout.blocks);
        blocks.for_each(|block| word(sum_of(block)));
        out.extend_from_slice(&Sha256::digest(&out));
        out.append(&mut body);
        Some(out)
    }

    /// Cuts the hashes to what the file has of them, so that what is the same there is one key.
    /// Returns the bits of the directory.
    fn shorten(&mut self) -> Option<u32> {
        let distinct = self.pairs.chunk_by(|one, other| one.0 == other.0).count();
        let buckets = u32::try_from(distinct).ok()? / KEYS_PER_BUCKET;
        let bits = buckets.checked_ilog2().unwrap_or(0).min(MOST_BITS);
        for (hash, _) in &mut self.pairs {
            *hash = *hash >> (32 - bits) << (32 - bits);
        }
        self.pairs.sort_unstable();
        self.pairs.dedup();
        Some(bits)
    }

    /// Numbers the records by time, and brings what they have into the order of the file.
    fn sort(&mut self) {
        let mut order: Vec<_> = (0..self.records.len()).collect();
        order.sort_unstable_by_key(|at| self.records.get(*at));
        let mut numbers = vec![0; order.len()];
        for (number, at) in (0..).zip(&order) {
            if let Some(place) = numbers.get_mut(*at) {
                *place = number;
            }
        }
        for (_, number) in &mut self.pairs {
            let at = usize::try_from(*number).expect("numbers of 32 bits are places in memory");
            *number = numbers.get(at).copied().unwrap_or_default();
        }
        self.records.sort_unstable();
        self.pairs.sort_unstable();
        // A record may have something twice.
        self.pairs.dedup();
    }
}

/// Writes the index of a segment, in the place of another if there is one. It need not be durable:
/// what a crash leaves of it is found to be damaged, and made anew.
pub(in crate::audit) fn write(segment: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = path(segment);
    let unfinished = path.with_extension(UNFINISHED);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file: File = options.open(&unfinished)?;
    file.write_all(bytes)?;
    drop(file);
    std::fs::rename(unfinished, path)
}

/// A time as indexes have it: until the year 2106.
pub(in crate::audit) fn seconds(time: i64) -> u32 {
    u32::try_from(time.clamp(0, i64::from(u32::MAX))).expect("it was put within the bounds")
}

/// A bit for each record, set for those of a key.
fn bit_list(group: &[(u64, u32)], records: u32) -> Vec<u32> {
    let place = |number: u32| usize::try_from(number).expect("32 bits are a place in memory");
    let mut words = vec![0_u32; place(records.div_ceil(32))];
    for (_, number) in group {
        if let Some(word) = words.get_mut(place(number / 32)) {
            *word |= 1 << (number % 32);
        }
    }
    words
}

/// The extension of an index that is being written.
pub(in crate::audit) const UNFINISHED: &str = "unfinished";
