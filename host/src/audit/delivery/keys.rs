//! The keys that sign digests: made when one is needed, replaced before they end, and kept, for
//! digests are verified long after.

use crate::{
    audit::Signer,
    storage::{self, Change, MAX_BATCH, Storage, Stored},
};

use super::{
    Delivery, Error,
    public_key::{self, PublicKey},
    rows::SigningKey,
};

impl Delivery {
    /// The key for a digest that ends then.
    pub(super) async fn key_for<S: Signer>(&self, end: i64, signer: &S) -> Result<String, Error> {
        let keys = public_keys(&self.storage).await?;
        let is_good = |key: &&PublicKey| key.from <= end && end < key.until - REPLACED_BEFORE;
        if let Some(key) = keys.iter().filter(is_good).max_by_key(|key| key.until) {
            return Ok(key.fingerprint());
        }
        let made = signer.generate().await?;
        let der = public_key::rsa_public_key(&made.public);
        let der = der.ok_or(Error::Broken("the isolate's public key is none of RSA"))?.to_vec();
        let public = PublicKey { der, from: end, until: end + VALID };
        let fingerprint = public.fingerprint();
        let key = SigningKey { id: made.id, sealed: made.sealed, public };
        let path = SigningKey::path(&fingerprint);
        self.storage.commit(vec![Change::create(path, key.encode())]).await?;
        Ok(fingerprint)
    }

    /// The key with this fingerprint.
    pub(super) async fn key(&self, fingerprint: &str) -> Result<SigningKey, Error> {
        let record = self.storage.get(&SigningKey::path(fingerprint)).await?;
        let record = record.ok_or(Error::Broken("a signing key is gone"))?;
        SigningKey::decode(&record.value).map_err(|_| Error::Broken("a signing key is damaged"))
    }
}

/// All public keys there ever were, the oldest first.
///
/// # Errors
///
/// What storage answered.
pub async fn public_keys(storage: &Storage) -> Result<Vec<PublicKey>, storage::Error> {
    let mut keys = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = storage.list::<SigningKey>(SigningKey::PREFIX, after.as_deref(), MAX_BATCH);
        let page = page.await?;
        after = page.last().map(|(path, _)| path.clone());
        let is_last = page.len() < MAX_BATCH;
        keys.extend(page.into_iter().map(|(_, key)| key.public.clone()));
        if is_last {
            keys.sort_by_key(|key| key.from);
            return Ok(keys);
        }
    }
}

/// How long a key is valid: as long as CloudTrail's, 30 days; in seconds.
const VALID: i64 = 30 * 24 * 3600;
/// How long before its end no digest is signed with it any more: what is delivered late is still
/// within its time.
const REPLACED_BEFORE: i64 = 24 * 3600;
