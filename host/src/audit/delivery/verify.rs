//! Verification of what was delivered, as it lies in a store: the chains of digests from the newest
//! to the oldest, and all log files. It trusts the public keys that it is given, and nothing else.

mod finding;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::storage::{self, MAX_BATCH, Storage};

use super::{
    BESIDE, Fetched, Named, Place, Store, StoreError,
    digest::{self, ALGORITHM, Digest, HASH, Listed, Previous},
    keys::public_keys,
    log_file,
    names::{self, ROOT, below},
    public_key::PublicKey,
    rows::Chain,
};

pub use finding::{Fault, Finding};

/// What is known of a trail apart from its store.
#[derive(Default, Serialize, Deserialize)]
pub struct Anchors {
    /// The keys whose signatures are good.
    pub keys: Vec<PublicKey>,
    /// The names of the newest digests, as far as they are known: with them it shows if the end of
    /// a chain is gone.
    pub newest: Vec<String>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Digests that are there.
    pub digests: u64,
    /// Those that are signed and linked as they should be.
    pub valid_digests: u64,
    /// Log files that are there or should be.
    pub files: u64,
    /// Those that are what a digest says.
    pub valid_files: u64,
    /// Log files that no digest lists yet.
    pub waiting: u64,
    /// What is wrong.
    pub findings: u64,
}

/// What storage knows of a trail apart from its store.
///
/// # Errors
///
/// What storage answered.
pub async fn anchors(storage: &Storage) -> Result<Anchors, storage::Error> {
    let keys = public_keys(storage).await?;
    let mut newest = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = storage.list::<Chain>(Chain::PREFIX, after.as_deref(), MAX_BATCH).await?;
        after = page.last().map(|(path, _)| path.clone());
        let is_last = page.len() < MAX_BATCH;
        let last = |(_, chain): (_, storage::Loaded<Chain>)| Some(chain.last.clone()?.object);
        newest.extend(page.into_iter().filter_map(last));
        if is_last {
            return Ok(Anchors { keys, newest });
        }
    }
}

/// Verifies all that lies in a store, and tells what is wrong as it is found.
///
/// # Errors
///
/// What the store answered; then it was not verified to the end.
pub async fn verify(
    store: &Store,
    anchors: &Anchors,
    tell: &mut (dyn FnMut(Finding) + Send),
) -> Result<Counts, StoreError> {
    let mut verifier = Verifier { store, anchors, tell, counts: Counts::default() };
    for place in verifier.places().await? {
        verifier.place(&place).await?;
    }
    Ok(verifier.counts)
}

struct Verifier<'a> {
    store: &'a Store,
    anchors: &'a Anchors,
    tell: &'a mut (dyn FnMut(Finding) + Send),
    counts: Counts,
}

/// What lies in the store of a place.
#[derive(Default)]
struct Objects {
    /// Digests by their ends.
    digests: BTreeMap<i64, String>,
    /// Log files, and the minutes of their delivery.
    files: BTreeMap<String, i64>,
    /// When the newest digest ends.
    end: i64,
}

/// A digest that is reached by way of another one.
struct Link {
    previous: Previous,
    /// When the other one begins.
    begins: i64,
}

impl Verifier<'_> {
    fn report(&mut self, object: &str, fault: Fault) {
        self.counts.findings += 1;
        (self.tell)(Finding { object: object.to_owned(), fault });
    }

    /// All places of which there is anything, or should be.
    async fn places(&self) -> Result<BTreeSet<Place>, StoreError> {
        let root = below(&self.store.prefix, ROOT);
        let mut places = BTreeSet::new();
        for account in self.store.folders(&root).await? {
            for kind in KINDS {
                let regions = self.store.folders(&format!("{root}/{account}/{kind}")).await?;
                let keys = regions.iter().map(|region| format!("{account}/{region}"));
                places.extend(keys.filter_map(|key| Place::of_key(&key)));
            }
        }
        for object in &self.anchors.newest {
            if let Some(Named::Digest(place, _)) = names::parse(&self.store.prefix, object) {
                places.insert(place);
            }
        }
        Ok(places)
    }

    async fn objects(&mut self, place: &Place) -> Result<Objects, StoreError> {
        let Place { account, region } = place;
        let root = below(&self.store.prefix, ROOT);
        let mut objects = Objects::default();
        for kind in KINDS {
            let listed = self.store.list(&format!("{root}/{account}/{kind}/{region}")).await?;
            for object in listed {
                match names::parse(&self.store.prefix, &object) {
                    Some(Named::Log(_, minute)) => {
                        objects.files.insert(object, minute);
                    }
                    Some(Named::Digest(_, end)) => {
                        objects.digests.insert(end, object);
                    }
                    // It is read with its digest.
                    None if object.ends_with(BESIDE) => {}
                    None => self.report(&object, Fault::Foreign),
                }
            }
        }
        Ok(objects)
    }

    /// Walks the chain of a place, and looks for log files that are in none of its digests.
    async fn place(&mut self, place: &Place) -> Result<(), StoreError> {
        let mut objects = self.objects(place).await?;
        let anchors = self.anchors;
        for newest in &anchors.newest {
            let named = names::parse(&self.store.prefix, newest);
            if let Some(Named::Digest(of, end)) = named
                && of == *place
                && objects.digests.get(&end) != Some(newest)
            {
                self.report(newest, Fault::Missing);
            }
        }
        let mut link = None;
        while let Some((end, object)) = objects.digests.pop_last() {
            link = self.link(place, &mut objects, end, &object, link).await?;
        }
        for (object, minute) in objects.files {
            // A name tells the minute only.
            if minute + 60 <= objects.end {
                self.counts.files += 1;
                self.report(&object, Fault::Unlisted);
            } else {
                self.counts.waiting += 1;
            }
        }
        Ok(())
    }

    /// Verifies a digest and what it lists. Returns by what the next older one is reached.
    async fn link(
        &mut self,
        place: &Place,
        objects: &mut Objects,
        end: i64,
        object: &str,
        link: Option<Link>,
    ) -> Result<Option<Link>, StoreError> {
        self.counts.digests += 1;
        let before = self.counts.findings;
        let Some(digest) = self.digest(object, link.as_ref()).await? else { return Ok(None) };
        if self.counts.findings == before {
            self.counts.valid_digests += 1;
        }
        objects.end = objects.end.max(end);
        let store = self.store;
        let files = stream::iter(&digest.log_files).map(|listed| async move {
            match is_here(store, &listed.s3_bucket) {
                true => (listed, store.get(&listed.s3_object, MOST_PACKED).await),
                false => (listed, Ok(None)),
            }
        });
        let mut files = std::pin::pin!(files.buffered(AT_ONCE));
        while let Some((listed, fetched)) = files.next().await {
            objects.files.remove(&listed.s3_object);
            self.file(listed, fetched?);
        }
        let (begins, _) = digest.times().unwrap_or((end, end));
        let Some(previous) = digest.previous() else {
            if !objects.digests.is_empty() {
                self.report(object, Fault::Beginning);
            }
            return Ok(None);
        };
        let target = match names::parse(&self.store.prefix, &previous.object) {
            Some(Named::Digest(of, target)) if of == *place && target < end => target,
            Some(Named::Digest(..) | Named::Log(..)) | None => {
                self.report(object, Fault::Previous);
                return Ok(None);
            }
        };
        for (_, unlinked) in objects.digests.split_off(&(target + 1)) {
            self.counts.digests += 1;
            self.report(&unlinked, Fault::Unlinked);
        }
        if objects.digests.get(&target) != Some(&previous.object) {
            self.report(&previous.object, Fault::Missing);
            return Ok(None);
        }
        Ok(Some(Link { previous, begins }))
    }

    /// A digest whose content can be trusted, by its signature or by the newer one that names its
    /// hash.
    async fn digest(
        &mut self,
        object: &str,
        link: Option<&Link>,
    ) -> Result<Option<Digest>, StoreError> {
        let Some(fetched) = self.store.get_signed(object, MOST_PACKED).await? else {
            self.report(object, Fault::Missing);
            return Ok(None);
        };
        let content = match log_file::unpack(&fetched.bytes, MAX_DIGEST) {
            Ok(content) => content,
            Err(why) => {
                self.report(object, Fault::Unreadable { why, record: None });
                return Ok(None);
            }
        };
        let Ok(digest) = Digest::parse(&content) else {
            self.report(object, Fault::NoDigest);
            return Ok(None);
        };
        let is_moved =
            digest.digest_s3_object != object || !is_here(self.store, &digest.digest_s3_bucket);
        if is_moved {
            self.report(object, Fault::Moved);
        }
        let signature = fetched.signature.filter(|found| found.signature_algorithm == ALGORITHM);
        let signature = signature.map(|found| found.signature);
        let key = self.anchors.keys.iter();
        let mut key = key.filter(|key| key.fingerprint() == digest.digest_public_key_fingerprint);
        let text = digest.string_to_sign(&content);
        let fault = match (key.next(), &signature) {
            (_, None) => Some(Fault::Unsigned),
            (None, Some(_)) => {
                Some(Fault::UnknownKey(digest.digest_public_key_fingerprint.clone()))
            }
            (Some(key), Some(signature)) if key.verifies(text.as_bytes(), signature) => None,
            (Some(_), Some(_)) => Some(Fault::Signature),
        };
        let is_signed = fault.is_none();
        if let Some(fault) = fault {
            self.report(object, fault);
        }
        let mut is_linked = false;
        if let Some(Link { previous, begins }) = link {
            is_linked = previous.hash == digest::hash(&content);
            if !is_linked {
                self.report(object, Fault::Changed { record: None });
            } else if signature.as_ref() != Some(&previous.signature) && is_signed {
                self.report(object, Fault::Signature);
            }
            if digest.times().is_some_and(|(_, end)| end != *begins) {
                self.report(object, Fault::Gap);
            }
        }
        Ok((is_signed || is_linked).then_some(digest))
    }

    /// Verifies a log file, if it was there.
    fn file(&mut self, listed: &Listed, fetched: Option<Fetched>) {
        self.counts.files += 1;
        let object = &listed.s3_object;
        if !is_here(self.store, &listed.s3_bucket) || listed.hash_algorithm != HASH {
            self.report(object, Fault::Moved);
            return;
        }
        let Some(fetched) = fetched else {
            self.report(object, Fault::Missing);
            return;
        };
        let fault = match log_file::unpack(&fetched.bytes, MAX_LOG) {
            Ok(content) if digest::hash(&content) == listed.hash_value => None,
            Ok(content) => Some(Fault::Changed { record: log_file::first_fault(&content) }),
            Err(why) => {
                let content = log_file::salvage(&fetched.bytes, MAX_LOG);
                Some(Fault::Unreadable { why, record: log_file::first_fault(&content) })
            }
        };
        match fault {
            None => self.counts.valid_files += 1,
            Some(fault) => self.report(object, fault),
        }
    }
}

/// Whether that bucket is this one. A folder may have been copied from anywhere.
fn is_here(store: &Store, bucket: &str) -> bool {
    !store.has_bucket() || store.bucket == bucket
}

/// So many log files are fetched at once: stores take their time with each.
const AT_ONCE: usize = 8;
const KINDS: [&str; 2] = ["CloudTrail", "CloudTrail-Digest"];
/// The most bytes that a log file unpacks to: a window of one place, with a comma for each record.
pub const MAX_LOG: usize = 64 * 1024 * 1024;
/// The most bytes that a digest unpacks to: all the log files that one lists.
pub const MAX_DIGEST: usize = 64 * 1024 * 1024;
/// The most bytes of an object: gzip makes little of what it cannot shorten.
const MOST_PACKED: u64 = 65 * 1024 * 1024;
