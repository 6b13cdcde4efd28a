//! Whether the batches that are delivered are those that were written: digests vouch for what they
//! list. It may not read a file.

use std::mem;

use crate::audit::{
    Notary, NotaryError, Signer,
    segment::{BatchHash, Head, LABEL, Trailer},
};

use super::Error;

/// What is to be proved of the batches of a window, in their order.
#[derive(Default)]
pub(super) struct Claims {
    /// Of each batch whose hash is right, where it is and its tag.
    tagged: Vec<Tagged>,
    /// The numbers of those that are missing or have another hash.
    wrong: Vec<u64>,
}

type Tagged = (Head, Vec<u8>);

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
    pub(super) fn add(&mut self, link: Link, trailer: &Trailer, records: &[Vec<u8>]) {
        let Head { sequence, hash } = trailer.head;
        let mut own = BatchHash::new();
        records.iter().for_each(|record| own.record(record));
        let is_whole =
            own.finish(sequence, &trailer.previous) == hash && own.sums() == trailer.sums;
        let is_next = Some(sequence) == link.after.checked_add(1)
            && link.hash.is_none_or(|before| before == trailer.previous);
        if !is_next {
            self.miss(link.after.saturating_add(1));
        }
        match is_whole {
            true => self.tagged.push((trailer.head, trailer.tag.clone())),
            false => self.miss(sequence),
        }
    }

    /// The batch of this number is not there.
    pub(super) fn miss(&mut self, batch: u64) {
        // Many may stand where one is missing.
        if self.wrong.last() != Some(&batch) {
            self.wrong.push(batch);
        }
    }

    /// The numbers of all that are missing or not what was written, ascending.
    ///
    /// # Errors
    ///
    /// What the notary answered. It is asked for anew each time, and not on a quiet thread: whoever
    /// seals the service, or writes the trail, has not to wait for long.
    pub(super) async fn wrong<S: Signer>(mut self, signer: &S) -> Result<Vec<u64>, Error> {
        while !self.tagged.is_empty() {
            let rest = self.tagged.split_off(self.tagged.len().min(AT_ONCE));
            let (tagged, notary) = (mem::replace(&mut self.tagged, rest), signer.notary()?);
            let asked = tokio::task::spawn_blocking(move || untagged(&tagged, notary.as_ref()));
            self.wrong.extend(asked.await.map_err(|_| Error::Broken("a thread has ended"))??);
        }
        self.wrong.sort_unstable();
        self.wrong.dedup();
        Ok(self.wrong)
    }
}

/// Those whose tag the notary has not made.
fn untagged(tagged: &[Tagged], notary: &dyn Notary) -> Result<Vec<u64>, NotaryError> {
    let mut wrong = Vec::new();
    for (head, tag) in tagged {
        if !notary.check(LABEL, &head.hash, tag)? {
            wrong.push(head.sequence);
        }
    }
    Ok(wrong)
}

/// Batches whose tags are checked by one notary: some milliseconds.
const AT_ONCE: usize = 256;
