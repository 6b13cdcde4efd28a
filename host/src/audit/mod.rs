//! The audit trail: what was asked of the service, by whom, and how it ended. It may not decide
//! anything, nor reach a key: tags are made by the [`Notary`] it is given.

use std::fmt;
use std::sync::Arc;

pub mod delivery;
pub mod entry;
mod growing;
pub mod history;
mod identity;
pub mod index;
pub mod indexer;
pub mod load;
mod mentions;
pub mod outbox;
mod queue;
pub mod read;
pub mod record;
pub mod recovery;
pub mod scan;
pub mod segment;
pub mod trail;
pub mod verify;

/// Who vouches for the trail: the system isolate's MAC key.
///
/// The label keeps uses of that key apart. A call takes some microseconds and waits for nothing but
/// its isolate, so it may run on the trail's threads.
pub trait Notary: Send + Sync + 'static {
    /// The tag over the message, at most [`segment::MAX_TAG`] bytes.
    ///
    /// # Errors
    ///
    /// If the isolate cannot be asked; the trail then stops.
    fn tag(&self, label: &[u8], message: &[u8]) -> Result<Vec<u8>, NotaryError>;

    /// Whether this is the tag over the message, compared in constant time.
    ///
    /// # Errors
    ///
    /// If the isolate cannot be asked.
    fn check(&self, label: &[u8], message: &[u8], tag: &[u8]) -> Result<bool, NotaryError>;

    /// The same of several messages and their tags: an answer for each, in their order.
    ///
    /// # Errors
    ///
    /// If the isolate cannot be asked.
    fn check_all(&self, label: &[u8], tags: &[(&[u8], &[u8])]) -> Result<Vec<bool>, NotaryError> {
        tags.iter().map(|(message, tag)| self.check(label, message, tag)).collect()
    }
}

/// Who signs digests: an RSA-2048 key of the system isolate, kept sealed in storage.
pub trait Signer: Send + Sync {
    /// Who tells whether a batch of the trail is what was written.
    ///
    /// # Errors
    ///
    /// If the isolate cannot be asked.
    fn notary(&self) -> Result<Arc<dyn Notary>, NotaryError>;

    /// Makes a key.
    ///
    /// # Errors
    ///
    /// If the isolate cannot be asked.
    fn generate(&self) -> impl Future<Output = Result<MadeKey, NotaryError>> + Send;

    /// The signature of a message under the key with that id: RSASSA-PKCS1-v1_5 with SHA-256, which
    /// is the same each time.
    ///
    /// # Errors
    ///
    /// If the isolate cannot be asked.
    fn sign(
        &self,
        id: &str,
        sealed: &[u8],
        message: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>, NotaryError>> + Send;
}

/// A key that a [`Signer`] has made.
pub struct MadeKey {
    /// Its id.
    pub id: String,
    /// As its isolate wants it back.
    pub sealed: Vec<u8>,
    /// SubjectPublicKeyInfo (DER).
    pub public: Vec<u8>,
}

/// The notary could not be asked, and why.
#[derive(Debug)]
pub struct NotaryError(pub String);

impl fmt::Display for NotaryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the notary does not answer: {}", self.0)
    }
}

impl std::error::Error for NotaryError {}
