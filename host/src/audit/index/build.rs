//! Making an index. The same records make the same index, in whatever order they come.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{
    BLOCK, KEYS_PER_BUCKET, Layout, MAGIC, MOST_BITS, SEVERAL, is_dense, path, short, sum_of,
};

/// The bytes of the index of a segment of this length: of its records' times and offsets, in any
/// order, and of the places among them of those that have what has a hash. `None`: it is too large
/// for one.
pub(in crate::audit) fn build<'a>(
    segment: u64,
    records: &[(u32, u32)],
    lists: impl Iterator<Item = (u64, &'a [u32])>,
) -> Option<Vec<u8>> {
    // Else there would be records that it cannot name.
    u32::try_from(segment).ok()?;
    let (records, numbers) = numbered(records);
    let mut lists: Vec<_> = lists.collect();
    lists.sort_unstable_by_key(|(hash, _)| *hash);
    let buckets = u32::try_from(lists.len()).ok()? / KEYS_PER_BUCKET;
    let bits = buckets.checked_ilog2().unwrap_or(0).min(MOST_BITS);
    let (keys, postings) = keyed(&lists, &numbers, bits)?;
    let count = u32::try_from(records.len()).ok()?;
    let words = u32::try_from(postings.len()).ok()?;
    if count.max(words) >= SEVERAL {
        return None;
    }
    let distinct = u32::try_from(keys.len()).ok()?;
    let layout = Layout::new(count, distinct, words, bits)?;
    let mut body = Vec::with_capacity(usize::try_from(layout.end - layout.body).ok()?);
    for (time, offset) in &records {
        body.extend_from_slice(&time.to_le_bytes());
        body.extend_from_slice(&offset.to_le_bytes());
    }
    for (hash, at) in &keys {
        body.extend_from_slice(&short(*hash, bits).to_le_bytes());
        body.extend_from_slice(&at.to_le_bytes());
    }
    body.extend(postings.iter().flat_map(|word| word.to_le_bytes()));
    let mut out = Vec::with_capacity(usize::try_from(layout.end).ok()?);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&segment.to_le_bytes());
    let time = |record: Option<&(u32, u32)>| record.map_or(0, |(time, _)| *time);
    let (least, greatest) = (time(records.first()), time(records.last()));
    let mut word = |word: u32| out.extend_from_slice(&word.to_le_bytes());
    [count, distinct, words, least, greatest, bits].into_iter().for_each(&mut word);
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

/// The records by time, and the number of each there, in the order in which they came.
fn numbered(records: &[(u32, u32)]) -> (Vec<(u32, u32)>, Vec<u32>) {
    let mut order: Vec<_> = (0..records.len()).collect();
    order.sort_unstable_by_key(|at| records.get(*at));
    let mut numbers = vec![0; order.len()];
    for (number, at) in (0..).zip(&order) {
        if let Some(place) = numbers.get_mut(*at) {
            *place = number;
        }
    }
    (order.iter().filter_map(|at| records.get(*at)).copied().collect(), numbers)
}

/// Keys, each with its `at`, and postings.
type Keyed = (Vec<(u64, u32)>, Vec<u32>);

/// Those of lists in the order of their hashes. What the file has of two hashes may be the same:
/// then they are one key.
fn keyed(lists: &[(u64, &[u32])], numbers: &[u32], bits: u32) -> Option<Keyed> {
    let cut = |hash: u64| hash >> (32 - bits) << (32 - bits);
    let count = u32::try_from(numbers.len()).ok()?;
    let (mut keys, mut postings) = (Vec::with_capacity(lists.len()), Vec::new());
    let mut own = Vec::new();
    for group in lists.chunk_by(|one, other| cut(one.0) == cut(other.0)) {
        own.clear();
        let places = group.iter().flat_map(|(_, places)| places.iter());
        own.extend(places.filter_map(|place| numbers.get(usize::try_from(*place).ok()?)));
        own.sort_unstable();
        own.dedup();
        let hash = cut(group.first()?.0);
        if let [only] = *own {
            keys.push((hash, only));
            continue;
        }
        keys.push((hash, SEVERAL | u32::try_from(postings.len()).ok()?));
        let several = u32::try_from(own.len()).ok()?;
        postings.push(several);
        match is_dense(several, count) {
            true => postings.extend(bit_list(&own, count)),
            false => postings.extend_from_slice(&own),
        }
    }
    Some((keys, postings))
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

/// A bit for each record, set for these.
fn bit_list(numbers: &[u32], records: u32) -> Vec<u32> {
    let place = |number: u32| usize::try_from(number).expect("32 bits are a place in memory");
    let mut words = vec![0_u32; place(records.div_ceil(32))];
    for number in numbers {
        if let Some(word) = words.get_mut(place(number / 32)) {
            *word |= 1 << (number % 32);
        }
    }
    words
}

/// The extension of an index that is being written.
pub(in crate::audit) const UNFINISHED: &str = "unfinished";
