//! The chains of digests, one for each place.

use jiff::Timestamp;

use crate::{
    audit::Signer,
    storage::{Change, MAX_BATCH, Stored},
    wire::hex,
};

use super::{
    Delivery, Error, Place,
    digest::{self, ALGORITHM, Digest, HASH, Listed, Previous},
    log_file,
    rows::{Chain, Draft, LogRow, SigningKey},
};

impl Delivery {
    /// Delivers the digests that end at the last multiple of the time between them.
    pub(super) async fn deliver_digests<S: Signer>(
        &self,
        now: Timestamp,
        signer: &S,
    ) -> Result<(), Error> {
        let end = floor(now.as_second(), self.options.digest_seconds);
        let mut progress = self.progress(now).await?;
        if end <= progress.digested || progress.window.is_some() {
            return Ok(());
        }
        let result = self.deliver_round(end, now, signer).await;
        self.health.digests.note(now, result.as_ref().err());
        result?;
        progress.digested = end;
        self.storage.commit(vec![progress.put()]).await?;
        Ok(())
    }

    async fn deliver_round<S: Signer>(
        &self,
        end: i64,
        now: Timestamp,
        signer: &S,
    ) -> Result<(), Error> {
        let mut after: Option<String> = None;
        loop {
            let page = self.storage.scan(Chain::PREFIX, after.as_deref(), PAGE).await?;
            after = page.last().map(|(path, _)| path.clone());
            let is_last = page.len() < PAGE;
            for (path, record) in page {
                let broken = || Error::Broken("a chain of digests is damaged");
                let place = Chain::place(&path).ok_or_else(broken)?;
                let mut chain = Chain::decode(&record.value).map_err(|_| broken())?;
                if chain.draft.is_some() {
                    self.deliver_draft(&place, &mut chain, now, signer).await?;
                }
                if chain.end < end {
                    self.draft(&place, &mut chain, end, signer).await?;
                    self.deliver_draft(&place, &mut chain, now, signer).await?;
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Decides what the next digest is.
    async fn draft<S: Signer>(
        &self,
        place: &Place,
        chain: &mut Chain,
        end: i64,
        signer: &S,
    ) -> Result<(), Error> {
        let rows = self.rows(place, chain.listed, u64::MAX).await?;
        let in_time = rows.iter().take_while(|(_, row)| row.time < end).take(LISTED);
        let listed = in_time.last().map_or(chain.listed, |(batch, _)| *batch);
        let fingerprint = self.key_for(end, signer).await?;
        chain.draft = Some(Draft { end, listed, fingerprint });
        self.storage.commit(vec![Change::put(Chain::path(place), chain.encode())]).await?;
        Ok(())
    }

    /// Signs and delivers a digest, and notes that it is done.
    async fn deliver_draft<S: Signer>(
        &self,
        place: &Place,
        chain: &mut Chain,
        now: Timestamp,
        signer: &S,
    ) -> Result<(), Error> {
        let Some(draft) = chain.draft.clone() else { return Ok(()) };
        let rows = self.rows(place, chain.listed, draft.listed).await?;
        let batches: Vec<_> = rows.iter().map(|(batch, _)| *batch).collect();
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        let digest = self.digest(place, chain, &draft, rows)?;
        let key: SigningKey = self.key(&draft.fingerprint).await?;
        let object = digest.digest_s3_object.clone();
        let (text, hash, gzip) = self
            .quietly(move || {
                let content = digest.content();
                let text = digest.string_to_sign(&content);
                (text, digest::hash(&content), log_file::pack(&content))
            })
            .await?;
        let signature = signer.sign(&key.id, &key.sealed, text.as_bytes()).await?;
        let signature = hex(&signature);
        self.store.put(&object, gzip, Some(&signature)).await?;
        chain.last = Some(Previous { object, hash, signature });
        chain.end = draft.end;
        chain.listed = draft.listed;
        chain.digested = Some(now.as_second());
        chain.draft = None;
        self.storage.commit(vec![Change::put(Chain::path(place), chain.encode())]).await?;
        // What a crash leaves of these is before `listed`, and is not read again.
        for batches in batches.chunks(MAX_BATCH) {
            let remove = |batch: &u64| Change::remove(LogRow::path(place, *batch));
            self.storage.commit(batches.iter().map(remove).collect()).await?;
        }
        Ok(())
    }

    fn digest(
        &self,
        place: &Place,
        chain: &Chain,
        draft: &Draft,
        rows: Vec<LogRow>,
    ) -> Result<Digest, Error> {
        let bucket = || self.store.bucket.clone();
        let end = Timestamp::from_second(draft.end);
        let end = end.map_err(|_| Error::Broken("a digest is of no time"))?;
        let events = rows.iter().filter_map(|row| row.events.as_ref());
        let last = chain.last.as_ref();
        Ok(Digest {
            aws_account_id: place.account.to_string(),
            digest_start_time: digest::written(chain.end),
            digest_end_time: digest::written(draft.end),
            digest_s3_bucket: bucket(),
            digest_s3_object: self.names.digest(place, end),
            digest_public_key_fingerprint: draft.fingerprint.clone(),
            digest_signature_algorithm: ALGORITHM.to_owned(),
            newest_event_time: events.clone().map(|(_, newest)| newest.clone()).max(),
            oldest_event_time: events.map(|(oldest, _)| oldest.clone()).min(),
            previous_digest_s3_bucket: last.map(|_| bucket()),
            previous_digest_s3_object: last.map(|last| last.object.clone()),
            previous_digest_hash_value: last.map(|last| last.hash.clone()),
            previous_digest_hash_algorithm: last.map(|_| HASH.to_owned()),
            previous_digest_signature: last.map(|last| last.signature.clone()),
            log_files: rows.into_iter().map(|row| self.listed(row)).collect(),
        })
    }

    fn listed(&self, row: LogRow) -> Listed {
        let (oldest, newest) = row.events.unzip();
        Listed {
            s3_bucket: self.store.bucket.clone(),
            s3_object: row.object,
            hash_value: row.hash,
            hash_algorithm: HASH.to_owned(),
            newest_event_time: newest,
            oldest_event_time: oldest,
        }
    }

    /// The log files of a place whose last batches are after the one and up to the other, in order.
    async fn rows(
        &self,
        place: &Place,
        after: u64,
        up_to: u64,
    ) -> Result<Vec<(u64, LogRow)>, Error> {
        let (prefix, mut after) = (LogRow::prefix(place), LogRow::path(place, after));
        let mut rows = Vec::new();
        loop {
            let page = self.storage.list::<LogRow>(&prefix, Some(&after), MAX_BATCH).await?;
            let is_last = page.len() < MAX_BATCH || rows.len() >= LISTED;
            for (path, row) in page {
                let batch = LogRow::batch(&path).ok_or(Error::Broken("a row has no batch"))?;
                if batch > up_to {
                    return Ok(rows);
                }
                rows.push((batch, (*row).clone()));
                after = path;
            }
            if is_last {
                return Ok(rows);
            }
        }
    }

    /// The chain of a place, if it has one.
    pub(super) async fn chain(&self, place: &Place) -> Result<Option<Chain>, Error> {
        let Some(record) = self.storage.get(&Chain::path(place)).await? else { return Ok(None) };
        let chain = Chain::decode(&record.value);
        chain.map(Some).map_err(|_| Error::Broken("a chain of digests is damaged"))
    }
}

/// The last multiple of a time before a second.
pub(super) fn floor(second: i64, step: u32) -> i64 {
    second - second.rem_euclid(i64::from(step.max(1)))
}

/// Chains that are read at once.
const PAGE: usize = 64;
/// Log files that a digest lists at most, the rest stands in the next: what a store that was away
/// for weeks leaves comes to no more than a digest of 20 MiB.
pub(super) const LISTED: usize = 40_000;
