//! Windows of the trail, delivered as log files.

use std::{collections::BTreeMap, io, path::Path};

use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::{
    audit::{
        Signer, outbox,
        read::{self, Follower},
        segment::{self, Head},
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
    /// The last batch that was taken.
    link: Link,
    /// Whether it has passed over a batch that it was not to take.
    is_astray: bool,
}

/// What was read for a window.
#[derive(Default)]
struct Taken {
    /// The number of the first batch; 0 if there is none.
    first: u64,
    /// The last one.
    head: Head,
    by_place: BTreeMap<Place, Vec<Vec<u8>>>,
    claims: Claims,
    /// Whether some of it is not what was written, and wanted all the same.
    is_doubtful: bool,
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
        (now, head): (Timestamp, u64),
        signer: &S,
    ) -> Result<(), Error> {
        if let Some(window) = progress.window {
            // It was interrupted: it is read again from its beginning.
            let reader = Reader::new(&self.dir, window.first.saturating_sub(1))?;
            let (reader, mut taken) = self.take(reader, Until::Batch(window.last)).await?;
            *turn = Some(reader);
            if taken.head.sequence < window.last {
                taken.claims.miss(window.first.max(taken.head.sequence.saturating_add(1)));
            }
            if let Some(batch) = self.first_refused(&mut taken, signer).await? {
                return Err(Error::Unproved(batch));
            }
            match taken.first {
                0 => progress.window = None,
                _ => self.deliver_window(progress, window, taken).await?,
            }
        }
        let (mut until, mut refused) = (head, None);
        while progress.batch < until {
            let reader = match turn.take() {
                Some(reader) if reader.is_behind(progress.batch) => reader,
                Some(_) | None => Reader::new(&self.dir, progress.batch)?,
            };
            let (reader, mut taken) = self.take(reader, Until::Full(until)).await?;
            *turn = Some(reader);
            if taken.first == 0 {
                // It was durable.
                taken.claims.miss(progress.batch.saturating_add(1));
            }
            if let Some(batch) = self.first_refused(&mut taken, signer).await? {
                // What stands before it is delivered. It is less each time: no claim is of a batch
                // behind `until`.
                (until, refused) = (batch.saturating_sub(1), Some(batch));
                continue;
            }
            if taken.first == 0 {
                break;
            }
            let time = now.as_second().max(progress.time);
            let window = Window { first: taken.first, last: taken.head.sequence, time };
            progress.window = Some(window);
            self.storage.commit(vec![progress.put()]).await?;
            self.deliver_window(progress, window, taken).await?;
        }
        if let Some(batch) = refused {
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

    /// The first batch that is missing or not what was written, and that nobody wants all the same.
    async fn first_refused<S: Signer>(
        &self,
        taken: &mut Taken,
        signer: &S,
    ) -> Result<Option<u64>, Error> {
        let wrong = std::mem::take(&mut taken.claims).wrong(signer).await?;
        let refused = wrong.iter().find(|batch| **batch > self.options.unproved).copied();
        if refused.is_none()
            && let Some(first) = wrong.first()
        {
            taken.is_doubtful = true;
            let batches = wrong.len();
            tracing::error!(first, batches, "delivered, and missing or not what was written");
        }
        Ok(refused)
    }

    /// Delivers the files of a window that is committed, and notes that it is done.
    async fn deliver_window(
        &self,
        progress: &mut Progress,
        window: Window,
        taken: Taken,
    ) -> Result<(), Error> {
        let proved = Some(taken.head).filter(|_| !taken.is_doubtful);
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
        while changes.len() > MAX_BATCH - 2 {
            // The same rows if the window is done again.
            let rest = changes.split_off(MAX_BATCH - 3);
            self.storage.commit(std::mem::replace(&mut changes, rest)).await?;
        }
        progress.batch = window.last;
        progress.time = window.time;
        progress.window = None;
        changes.push(progress.put());
        changes.extend(proved.as_ref().map(outbox::delivered));
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

    async fn take(&self, mut reader: Reader, until: Until) -> Result<(Reader, Taken), Error> {
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
        Ok(Self { follower: Follower::from_before(dir, after)?, link, is_astray: false })
    }

    /// Whether the next batch that it reads is the one behind this one.
    fn is_behind(&self, batch: u64) -> bool {
        self.link.after == batch && !self.is_astray
    }

    /// The records of the next window.
    fn take(&mut self, until: Until) -> io::Result<Taken> {
        self.follower.forget_ahead()?;
        let (end, most) = match until {
            // More than this is no window that was begun.
            Until::Batch(end) => (end, WINDOW + segment::MAX_BATCH),
            Until::Full(end) => (end, WINDOW - 1),
        };
        let (mut taken, mut bytes) = (Taken::default(), 0);
        while self.link.after < end && bytes <= most {
            let Some((trailer, records)) = self.follower.next_ended()? else { break };
            let Head { sequence, hash } = trailer.head;
            let link = Link { after: sequence, hash: Some(hash) };
            if sequence <= self.link.after {
                if sequence == self.link.after {
                    self.link = link;
                }
                continue;
            }
            if sequence > end {
                // Something is missing before it, and all else about it is asked another time.
                taken.claims.miss(self.link.after.saturating_add(1));
                self.is_astray = true;
                continue;
            }
            taken.claims.add(self.link, &trailer, &records);
            if taken.first == 0 {
                taken.first = sequence;
            }
            taken.head = trailer.head;
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
