//! Which records of a segment have all of some terms: newest first, from the index alone.
//!
//! Short lists lead: each names its greatest number that is not above the others', until all name
//! the same. Lists of bits are combined word by word.

use super::{Index, Postings, Result, Window, is_dense};
use crate::audit::entry::Term;

/// Where a search begins: at what is less than this time and offset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::audit) struct Bound {
    /// Seconds since 1970.
    pub(in crate::audit) time: u64,
    /// In the segment.
    pub(in crate::audit) offset: u64,
}

/// The records of a segment that have all terms, as the index knows.
pub(in crate::audit) struct Matches {
    index: Index,
    window: Window,
    few: Vec<Few>,
    many: Vec<Many>,
    /// The number that all are at least.
    low: u32,
    /// The number that all are less than.
    high: u32,
}

/// A list of numbers.
struct Few {
    postings: Postings,
    window: Window,
    /// How many of them may still be named.
    left: u32,
}

/// A list of bits.
struct Many {
    at: u32,
    window: Window,
}

impl Matches {
    /// Those from that time on, and before the bound.
    pub(in crate::audit) fn new(
        index: Index,
        terms: &[Term],
        from: u32,
        before: Bound,
    ) -> Result<Self> {
        let mut matches = Self {
            window: Window::default(),
            few: Vec::new(),
            many: Vec::new(),
            low: 0,
            high: index.records,
            index,
        };
        for term in terms {
            let Some(postings) = matches.index.postings(term.hash())? else {
                matches.high = 0;
                return Ok(matches);
            };
            let window = Window::default();
            if is_dense(postings.count, matches.index.records) {
                matches.many.push(Many { at: postings.at, window });
            } else {
                matches.few.push(Few { postings, window, left: postings.count });
            }
        }
        matches.few.sort_by_key(|few| few.left);
        let (least, greatest) = matches.index.times;
        if from > least {
            matches.low = matches.first_at_least(Bound { time: from.into(), offset: 0 })?;
        }
        if before.time <= greatest.into() {
            matches.high = matches.first_at_least(before)?;
        }
        Ok(matches)
    }

    /// Time and offset of the next record, downwards.
    pub(in crate::audit) fn next(&mut self) -> Result<Option<(u32, u32)>> {
        while self.high > self.low {
            let Some(candidate) = self.next_of_few(self.high - 1)? else { break };
            let found = match self.few.is_empty() {
                true => self.next_of_many(candidate)?,
                false => self.has_bits(candidate)?.then_some(candidate),
            };
            match found {
                Some(number) if number >= self.low => {
                    self.high = number;
                    return self.index.record(&mut self.window, number).map(Some);
                }
                None if !self.few.is_empty() => self.high = candidate,
                Some(_) | None => break,
            }
        }
        self.high = self.low;
        Ok(None)
    }

    /// The greatest number up to this one that all lists of numbers have.
    fn next_of_few(&mut self, mut candidate: u32) -> Result<Option<u32>> {
        let mut agreed = 0;
        while agreed < self.few.len() {
            agreed = 0;
            for few in &mut self.few {
                let Some(found) = few.at_most(&self.index, candidate)? else { return Ok(None) };
                if found < candidate {
                    candidate = found;
                    break;
                }
                agreed += 1;
            }
        }
        Ok(Some(candidate))
    }

    /// The greatest number up to this one whose bit all lists of bits have.
    fn next_of_many(&mut self, candidate: u32) -> Result<Option<u32>> {
        // The bits up to the candidate's own.
        let mut mask = u32::MAX >> (31 - candidate % 32);
        for at in (self.low / 32..=candidate / 32).rev() {
            let mut word = mask;
            for many in &mut self.many {
                word &= many.word(&self.index, at)?;
            }
            if let Some(bit) = word.checked_ilog2() {
                return Ok(Some(at * 32 + bit));
            }
            mask = u32::MAX;
        }
        Ok(None)
    }

    fn has_bits(&mut self, candidate: u32) -> Result<bool> {
        for many in &mut self.many {
            if many.word(&self.index, candidate / 32)? & 1 << (candidate % 32) == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The number of the first record that is not before the bound.
    fn first_at_least(&mut self, bound: Bound) -> Result<u32> {
        let (mut low, mut high) = (0, self.index.records);
        while low < high {
            let middle = low + (high - low) / 2;
            let (time, offset) = self.index.record(&mut self.window, middle)?;
            if (Bound { time: time.into(), offset: offset.into() }) < bound {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

impl Few {
    /// The greatest of its numbers that is not above this one. Asked for less and less.
    fn at_most(&mut self, index: &Index, most: u32) -> Result<Option<u32>> {
        // In steps that double, back from where it was last; then between the last two of them.
        let (mut above, mut step) = (self.left, 1);
        let mut below = loop {
            if above == 0 {
                self.left = 0;
                return Ok(None);
            }
            let probe = above.saturating_sub(step);
            if self.number(index, probe)? <= most {
                break probe;
            }
            above = probe;
            step = step.saturating_mul(2);
        };
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            if self.number(index, middle)? <= most {
                below = middle;
            } else {
                above = middle;
            }
        }
        self.left = below + 1;
        self.number(index, below).map(Some)
    }

    fn number(&mut self, index: &Index, place: u32) -> Result<u32> {
        let Postings { at, count } = self.postings;
        if count == 1 {
            return Ok(at);
        }
        index.posting(&mut self.window, u64::from(at) + u64::from(place))
    }
}

impl Many {
    fn word(&mut self, index: &Index, at: u32) -> Result<u32> {
        index.posting(&mut self.window, u64::from(self.at) + u64::from(at))
    }
}
