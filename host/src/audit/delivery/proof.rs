//! Whether the batches that are delivered are those that were written: digests vouch for what they
//! list. It may not read a file.

use crate::audit::{
    Notary, NotaryError,
    segment::{BatchHash, Head, LABEL, Trailer},
};

/// What is to be proved of the batches of a window, in their order.
#[derive(Default)]
pub(super) struct Claims {
    /// Of each batch whose hash and place are right, where it is and its tag.
    tagged: Vec<(Head, Vec<u8>)>,
    /// The number of the first whose are not.
    wrong: Option<u64>,
}

/// What the next batch has to follow.
#[derive(Clone, Copy)]
pub(super) struct Link {
    /// The number of the batch before.
    pub(super) after: u64,
    /// Its hash, where it was read.
    pub(super) hash: Option<[u8; 32]>,
}

impl Claims {
    /// Takes the batch that was read behind another one.
    pub(super) fn take(&mut self, link: Link, trailer: &Trailer, records: &[Vec<u8>]) {
        if self.wrong.is_some() {
            return;
        }
        let Head { sequence, hash } = trailer.head;
        let mut own = BatchHash::new();
        records.iter().for_each(|record| own.record(record));
        let is_next = Some(sequence) == link.after.checked_add(1)
            && link.hash.is_none_or(|before| before == trailer.previous);
        let is_whole =
            own.finish(sequence, &trailer.previous) == hash && own.sums() == trailer.sums;
        if is_next && is_whole {
            self.tagged.push((trailer.head, trailer.tag.clone()));
        } else {
            // Behind the one before, something is missing or was changed.
            self.wrong = Some(link.after.saturating_add(1));
        }
    }

    /// The number of the first batch that is not what was written, or is missing.
    ///
    /// # Errors
    ///
    /// What the notary answered.
    pub(super) fn first_wrong(&self, notary: &dyn Notary) -> Result<Option<u64>, NotaryError> {
        for (head, tag) in &self.tagged {
            if !notary.check(LABEL, &head.hash, tag)? {
                return Ok(Some(head.sequence));
            }
        }
        Ok(self.wrong)
    }
}
