//! Records, the changes a commit makes to them, and typed values read from them.

use std::ops::Deref;
use std::sync::Arc;

use super::Corrupt;

/// The sequence number of the commit that wrote a record. It is global, strictly increasing and
/// never used again, so a record that was deleted and created anew never has its old version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub(super) u64);

/// The bytes under a key, and the commit that wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The commit that wrote the record.
    pub version: Version,
    /// What was written, 0 bytes to 1 MiB.
    pub value: Vec<u8>,
}

/// What a commit does to one record, and on which condition.
#[derive(Clone, Debug)]
pub struct Change {
    /// The record's key, 1 to 1024 bytes.
    pub key: String,
    /// What must be true of the record before the commit.
    pub expected: Expected,
    /// The new value, or `None` to delete the record.
    pub value: Option<Vec<u8>>,
}

/// What must be true of a record for a commit to change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: for index rows, which follow a record whose version the same commit checks.
    Anything,
    /// There is no such record.
    Absent,
    /// The record has this version.
    At(Version),
}

impl Change {
    /// Writes a record that must not exist.
    pub fn create(key: impl Into<String>, value: Vec<u8>) -> Self {
        Self { key: key.into(), expected: Expected::Absent, value: Some(value) }
    }

    /// Writes a record that must have `version`.
    pub fn replace(key: impl Into<String>, version: Version, value: Vec<u8>) -> Self {
        Self { key: key.into(), expected: Expected::At(version), value: Some(value) }
    }

    /// Deletes a record that must have `version`.
    pub fn delete(key: impl Into<String>, version: Version) -> Self {
        Self { key: key.into(), expected: Expected::At(version), value: None }
    }

    /// Writes a record, whatever was there.
    pub fn put(key: impl Into<String>, value: Vec<u8>) -> Self {
        Self { key: key.into(), expected: Expected::Anything, value: Some(value) }
    }

    /// Deletes a record, if there is one.
    pub fn remove(key: impl Into<String>) -> Self {
        Self { key: key.into(), expected: Expected::Anything, value: None }
    }
}

/// A type that is kept as a record.
pub trait Stored: Sized + Send + Sync + 'static {
    /// The record's bytes.
    fn encode(&self) -> Vec<u8>;

    /// The value of a record's bytes, which are input from outside.
    ///
    /// # Errors
    /// [`Corrupt`] for bytes that [`encode`](Self::encode) does not write.
    fn decode(bytes: &[u8]) -> Result<Self, Corrupt>;
}

/// A value and the version of the record that it was read from.
#[derive(Debug)]
pub struct Loaded<T> {
    /// What a change of the record has to expect.
    pub version: Version,
    /// The value, shared with the cache.
    pub value: Arc<T>,
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        Self { version: self.version, value: self.value.clone() }
    }
}

impl<T> Deref for Loaded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
