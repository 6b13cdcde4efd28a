//! Segments that are delivered and old enough are removed, the oldest first.

use jiff::{SignedDuration, Timestamp};

use crate::audit::{outbox, read};

use super::{Delivery, Error, log_file};

impl Delivery {
    /// Removes segments whose records are delivered and, all of them, older than they have to be.
    /// The newest one stays. What is known of the last batch that is gone is committed before.
    ///
    /// # Errors
    ///
    /// What went wrong; the next call goes on.
    pub async fn prune(&self, now: Timestamp) -> Result<(), Error> {
        let mut turn = self.turn.lock().await;
        if !self.health.may_prune(now) {
            return Ok(());
        }
        let delivered = self.progress(now).await?.batch;
        let kept = SignedDuration::from_hours(i64::from(self.options.keep_days) * 24);
        let segments = read::segments(&self.dir)?;
        let pairs = segments.iter().zip(segments.iter().skip(1));
        for ((first, path), (next, successor)) in pairs {
            // All records of a segment are older than the first of the next.
            let (path, successor) = (path.clone(), successor.clone());
            let record = self.quietly(move || read::first_record(&successor)).await??;
            let time = record.and_then(|record| log_file::time_of(&record));
            let time = time.and_then(|time| time.parse::<Timestamp>().ok());
            let is_old = time.is_some_and(|time| now.duration_since(time) > kept);
            if !is_old || next.saturating_sub(1) > delivered {
                break;
            }
            let segment = path.clone();
            let head = self.quietly(move || read::last_head(&segment)).await??;
            if let Some(head) = head {
                self.storage.commit(vec![outbox::pruned(&head)]).await?;
            }
            // The reader may stand in it.
            *turn = None;
            std::fs::remove_file(&path)?;
            match std::fs::remove_file(path.with_extension("index")) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                Ok(()) | Err(_) => {}
            }
            tracing::info!(
                segment = first,
                "a segment of the trail was delivered and is old: gone"
            );
        }
        Ok(())
    }
}
