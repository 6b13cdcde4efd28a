//! How the delivery is: what GetTrailStatus tells.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;

use crate::{
    arn::AccountId,
    storage::{MAX_BATCH, Stored},
};

use super::{
    Delivery, Error,
    rows::{Chain, Progress},
};

/// How the delivery of an account's records is.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Since when there is one, in seconds since 1970.
    pub began: Option<i64>,
    /// When a log file of the account was delivered last.
    pub delivered: Option<i64>,
    /// When a digest of it was.
    pub digested: Option<i64>,
    /// How the last delivery of log files went.
    pub files: Attempt,
    /// How that of digests did.
    pub digests: Attempt,
}

/// How a delivery went, since the service was started.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempt {
    /// When it was; none if there was none yet.
    pub time: Option<Timestamp>,
    /// Why it failed, in CloudTrail's words, if it did.
    pub error: Option<&'static str>,
}

/// What is known of the deliveries since the service was started.
#[derive(Default)]
pub(super) struct Health {
    pub(super) files: Track,
    pub(super) digests: Track,
    /// When it was looked last whether segments are to be removed.
    pruned: AtomicI64,
}

/// The last attempt of a kind.
#[derive(Default)]
pub(super) struct Track(Mutex<Attempt>);

impl Track {
    pub(super) fn note(&self, now: Timestamp, error: Option<&Error>) {
        let attempt = Attempt { time: Some(now), error: error.map(Error::code) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = attempt;
    }

    pub(super) fn last(&self) -> Attempt {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    /// Whether it is time to look for segments to remove.
    pub(super) fn may_prune(&self, now: Timestamp) -> bool {
        let now = now.as_second();
        let is_time = (now - self.pruned.load(Ordering::Relaxed)).abs() >= BETWEEN;
        if is_time {
            self.pruned.store(now, Ordering::Relaxed);
        }
        is_time
    }
}

impl Delivery {
    /// How the delivery of an account's records is.
    ///
    /// # Errors
    ///
    /// What storage answered.
    pub async fn status(&self, account: AccountId) -> Result<Status, Error> {
        let mut status = Status {
            files: self.health.files.last(),
            digests: self.health.digests.last(),
            ..Status::default()
        };
        if let Some(record) = self.storage.get(Progress::PATH).await? {
            status.began = Progress::decode(&record.value).ok().map(|progress| progress.began);
        }
        let prefix = format!("{}{account}/", Chain::PREFIX);
        // An account is in no more Regions than there are.
        for (_, record) in self.storage.scan(&prefix, None, MAX_BATCH).await? {
            let chain = Chain::decode(&record.value);
            let chain = chain.map_err(|_| Error::Broken("a chain of digests is damaged"))?;
            status.delivered = status.delivered.max(Some(chain.delivered));
            status.digested = status.digested.max(chain.digested);
        }
        Ok(status)
    }
}

/// Seconds between two looks for segments to remove.
const BETWEEN: i64 = 60;
