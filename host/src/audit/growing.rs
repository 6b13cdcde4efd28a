//! What the records of a segment have, in memory: of the one that is being written, as its index
//! would have to be made anew with each batch, and of any what its index is made of. It is bounded
//! by the segment's length.

use std::collections::HashMap;

use super::entry::{Entry, Hashes, Term};
use super::index::{self, Bound, seconds};

/// The records of a segment up to where it was read.
#[derive(Clone, Default)]
pub(super) struct Growing {
    /// Where the last batch ended that was read.
    pub(super) end: u64,
    /// Time and offset of each record.
    records: Vec<(u32, u32)>,
    /// By the hash of what they have, the places of the records that have it.
    places: HashMap<u64, Places>,
}

/// Places of records, ascending. Most hashes are those of an event's id, which one record has.
#[derive(Clone)]
enum Places {
    One(u32),
    Several(Vec<u32>),
}

impl Places {
    fn push(&mut self, place: u32) {
        match self {
            Self::One(first) => *self = Self::Several(vec![*first, place]),
            Self::Several(places) => places.push(place),
        }
    }

    fn all(&self) -> &[u32] {
        match self {
            Self::One(place) => std::slice::from_ref(place),
            Self::Several(places) => places,
        }
    }
}

/// What is to be known of a record.
pub(super) struct Known {
    time: u32,
    offset: u32,
    hashes: Vec<u64>,
}

impl Known {
    /// Reads the records of a batch, each with its offset.
    pub(super) fn of_all<'a>(
        records: &'a [(u64, Vec<u8>)],
        hashes: &'a mut Hashes,
    ) -> impl Iterator<Item = Self> + 'a {
        records.iter().filter_map(|(offset, record)| Self::of(*offset, record, hashes))
    }

    /// Reads a record; none if it has not the form of one.
    fn of(offset: u64, record: &[u8], known: &mut Hashes) -> Option<Self> {
        let offset = u32::try_from(offset).ok()?;
        let entry = Entry::read(record)?;
        let mut hashes = Vec::with_capacity(16);
        entry.each(|field, value| hashes.push(known.of(field, value)));
        hashes.sort_unstable();
        hashes.dedup();
        Some(Self { time: seconds(entry.time()), offset, hashes })
    }
}

impl Growing {
    /// Takes what was read from where it ended up to here.
    pub(super) fn extend(&mut self, known: impl IntoIterator<Item = Known>, end: u64) {
        for Known { time, offset, hashes } in known {
            let Ok(place) = u32::try_from(self.records.len()) else { break };
            self.records.push((time, offset));
            for hash in hashes {
                let places = self.places.entry(hash).and_modify(|own| own.push(place));
                places.or_insert(Places::One(place));
            }
        }
        self.end = end;
    }

    /// The bytes of its index, if this is the whole segment, which has that length. `None`: it is
    /// too large for one.
    pub(super) fn index(&self, length: u64) -> Option<Vec<u8>> {
        let lists = self.places.iter().map(|(hash, places)| (*hash, places.all()));
        index::build(length, &self.records, lists)
    }

    /// Time and offset of those that have all terms, from that time on and before the bound: newest
    /// first.
    pub(super) fn matches(&self, terms: &[Term], from: u32, before: Bound) -> Vec<(u32, u32)> {
        let lists: Option<Vec<_>> =
            terms.iter().map(|term| Some(self.places.get(&term.hash())?.all())).collect();
        let Some(mut lists) = lists else { return Vec::new() };
        lists.sort_by_key(|list| list.len());
        let is_wanted = |&(time, offset): &(u32, u32)| {
            time >= from && Bound { time: time.into(), offset: offset.into() } < before
        };
        let mut found: Vec<_> = match lists.split_first() {
            None => self.records.iter().copied().filter(is_wanted).collect(),
            Some((shortest, others)) => {
                let in_all =
                    |place: &&u32| others.iter().all(|list| list.binary_search(place).is_ok());
                let places = shortest.iter().filter(in_all);
                let at = |place: &u32| self.records.get(usize::try_from(*place).ok()?).copied();
                places.filter_map(at).filter(is_wanted).collect()
            }
        };
        found.sort_unstable_by(|one, other| other.cmp(one));
        found
    }
}
