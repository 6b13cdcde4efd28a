//! Windows of the trail, delivered as log files.

use std::{collections::BTreeMap, io, path::Path};

use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::{
    audit::{
        Signer,
        read::{self, Ended, Follower},
        segment::Head,
    },
    storage::{Change, MAX_BATCH, Stored},
};

use super::{
    Delivery, Error, Place,
    chain::floor,
    log_file::{self, Written},
    proof::{Claims, Link},
    rows::{Chain, LogRow, Progress, Window},
};

/// Where the trail is read on.
pub(super) struct Reader {
    follower: Follower,
    /// A batch that was read and belongs to a later window.
    held: Option<Ended>,
    /// The last batch that was taken.
    link: Link,
}

/// What was read for a window.
struct Taken {
    first: u64,
    last: u64,
    by_place: BTreeMap<Place, Vec<Vec<u8>>>,
    claims: Claims,
}

/// Until where a window goes.
#[derive(Clone, Copy)]
enum Until {
    /// It was begun with this last batch.
    Batch(u64),
    /// Up to this batch, and no further than [`WINDOW`].
    Full(u64),
}

impl Delivery {
    /// Delivers windows until all batches up to `head` are delivered.
    pub(super) async fn deliver_files<S: Signer>(
        &self,
        turn: &mut Option<Reader>,
        now: Timestamp,
        head: u64,
        signer: &S,
    ) -> Result<(), Error> {
        let mut progress = self.progress(now).await?;
        let result = self.deliver_windows(turn, &mut progress, (now, head), signer).await;
        self.health.files.note(now, result.as_ref().err());
        if result.is_err() {
            *turn = None;
        }
        result
    }

    async fn deliver_windows<S: Signer>(
        &self,
        turn: &mut Option<Reader>,
        progress: &mut Progress,
        (now, mut head): (Timestamp, u64),
        signer: &S,
    ) -> Result<(), Error> {
        if let Some(window) = progress.window {
            // It was interrupted: it is read again from its beginning.
            let reader = Reader::new(&self.dir, window.first.saturating_sub(1))?;
            let (reader, taken) = self.take(reader, Until::Batch(window.last)).await?;
            *turn = Some(reader);
            let mut taken = taken.ok_or(Error::Broken("records to deliver are gone"))?;
            if let Some(batch) = self.unproved(&mut taken, signer).await? {
                return Err(Error::Unproved(batch));
            }
            self.deliver_window(progress, window, taken).await?;
        }
        let mut unproved = None;
        while progress.batch < head {
            let reader = match turn.take() {
                Some(reader) if reader.link.after == progress.batch => reader,
                Some(_) | None => Reader::new(&self.dir, progress.batch)?,
            };
            let (reader, taken) = self.take(reader, Until::Full(head)).await?;
            *turn = Some(reader);
            let Some(mut taken) = taken else {
                // It was durable.
                unproved = Some(progress.batch + 1).filter(|_| !self.options.unproved);
                break;
            };
            if let Some(batch) = self.unproved(&mut taken, signer).await? {
                // What stands before it is delivered.
                (head, unproved) = (batch.saturating_sub(1), Some(batch));
                continue;
            }
            let time = now.as_second().max(progress.time);
            let window = Window { first: taken.first, last: taken.last, time };
            progress.window = Some(window);
            self.storage.commit(vec![progress.put()]).await?;
            self.deliver_window(progress, window, taken).await?;
        }
        if let Some(batch) = unproved {
            return Err(Error::Unproved(batch));
        }
        // Without records, the next look is as far away as it would be with them.
        let time = now.as_second().max(progress.time);
        if time >= progress.time.saturating_add(self.options.log_seconds.into()) {
            progress.time = time;
            self.storage.commit(vec![progress.put()]).await?;
        }
        Ok(())
    }

    /// The first batch that may not be delivered, as it is missing or not what was written. Not
    /// asked on the quiet thread, which could keep the trail's threads from the isolate.
    async fn unproved<S: Signer>(
        &self,
        taken: &mut Taken,
        signer: &S,
    ) -> Result<Option<u64>, Error> {
        let (claims, notary) = (std::mem::take(&mut taken.claims), signer.notary()?);
        let asked = tokio::task::spawn_blocking(move || claims.first_wrong(notary.as_ref()));
        let wrong =
            asked.await.map_err(|_| Error::Broken("a thread of the delivery has ended"))??;
        if let Some(batch) = wrong.filter(|_| self.options.unproved) {
            tracing::error!(batch, "delivered, and missing or not what was written");
            return Ok(None);
        }
        Ok(wrong)
    }

    /// Delivers the files of a window that is committed, and notes that it is done.
    async fn deliver_window(
        &self,
        progress: &mut Progress,
        window: Window,
        taken: Taken,
    ) -> Result<(), Error> {
        let files = self.quietly(move || {
            let files = taken.by_place.into_iter();
            files.map(|(place, records)| (place, log_file::write(&records))).collect::<Vec<_>>()
        });
        let files: Vec<(Place, Written)> = files.await?;
        let time = Timestamp::from_second(window.time);
        let time = time.map_err(|_| Error::Broken("a window is of no time"))?;
        let (mut uploads, mut outcome) = (JoinSet::new(), Ok(()));
        let mut changes = Vec::new();
        for (place, written) in files {
            let object = self.names.log_file(&place, time, (window.first, window.last));
            let Written { gzip, hash, events } = written;
            let row = LogRow { object: object.clone(), hash, events, time: window.time };
            changes.push(Change::put(LogRow::path(&place, window.last), row.encode()));
            changes.push(self.chain_of(&place, window.time).await?);
            if uploads.len() >= AT_ONCE {
                outcome = outcome.and(joined(&mut uploads).await);
            }
            let store = self.store.clone();
            uploads.spawn(async move { store.put(&object, gzip, None).await });
        }
        // Those under way are not left half done.
        while !uploads.is_empty() {
            outcome = outcome.and(joined(&mut uploads).await);
        }
        outcome?;
        while changes.len() > MAX_BATCH - 1 {
            // The same rows if the window is done again.
            let rest = changes.split_off(MAX_BATCH - 2);
            self.storage.commit(std::mem::replace(&mut changes, rest)).await?;
        }
        progress.batch = window.last;
        progress.time = window.time;
        progress.window = None;
        changes.push(progress.put());
        self.storage.commit(changes).await?;
        Ok(())
    }

    /// The chain of a place, which has a log file now.
    async fn chain_of(&self, place: &Place, time: i64) -> Result<Change, Error> {
        let known = self.chain(place).await?;
        let chain = known.unwrap_or_else(|| Chain {
            end: floor(time, self.options.digest_seconds),
            listed: 0,
            delivered: time,
            digested: None,
            last: None,
            draft: None,
        });
        Ok(Change::put(Chain::path(place), Chain { delivered: time, ..chain }.encode()))
    }

    async fn take(
        &self,
        mut reader: Reader,
        until: Until,
    ) -> Result<(Reader, Option<Taken>), Error> {
        let taking = self.quietly(move || {
            let taken = reader.take(until);
            (reader, taken)
        });
        let (reader, taken) = taking.await?;
        Ok((reader, taken?))
    }

    /// Whether more than a segment waits to be delivered.
    pub(super) fn is_behind(&self, progress: &Progress) -> bool {
        let segments = read::segments(&self.dir).unwrap_or_default();
        segments.iter().filter(|(first, _)| *first > progress.batch.saturating_add(1)).count() > 1
    }
}

impl Reader {
    fn new(dir: &Path, after: u64) -> io::Result<Self> {
        let link = Link { after, hash: None };
        Ok(Self { follower: Follower::from_before(dir, after)?, held: None, link })
    }

    /// The records of the next window; none if there are none yet.
    fn take(&mut self, until: Until) -> io::Result<Option<Taken>> {
        let (Until::Batch(end) | Until::Full(end)) = until;
        let mut taken: Option<Taken> = None;
        let mut bytes = 0;
        while self.link.after < end && (bytes < WINDOW || matches!(until, Until::Batch(_))) {
            let next = match self.held.take() {
                Some(batch) => Some(batch),
                None => self.follower.next_ended()?,
            };
            let Some((trailer, records)) = next else { break };
            let Head { sequence, hash } = trailer.head;
            let link = Link { after: sequence, hash: Some(hash) };
            if sequence <= self.link.after {
                if sequence == self.link.after {
                    self.link = link;
                }
                continue;
            }
            if sequence > end {
                self.held = Some((trailer, records));
                break;
            }
            let (by_place, claims) = (BTreeMap::new(), Claims::default());
            let start = || Taken { first: sequence, last: 0, by_place, claims };
            let taken = taken.get_or_insert_with(start);
            taken.last = sequence;
            taken.claims.take(self.link, &trailer, &records);
            self.link = link;
            for record in records {
                bytes += record.len();
                taken.by_place.entry(log_file::place_of(&record)).or_default().push(record);
            }
        }
        Ok(taken)
    }
}

async fn joined(uploads: &mut JoinSet<Result<(), super::StoreError>>) -> Result<(), Error> {
    match uploads.join_next().await {
        None => Ok(()),
        Some(Ok(result)) => Ok(result?),
        Some(Err(_)) => Err(Error::Broken("an upload has ended")),
    }
}

/// Bytes of records from which on a window is full. The batch that fills it may add
/// [`crate::audit::segment::MAX_BATCH`] to them: this is what a window holds in memory at most.
pub(super) const WINDOW: usize = 16 * 1024 * 1024;
/// Files that are uploaded at once.
const AT_ONCE: usize = 8;
