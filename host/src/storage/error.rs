//! What storage answers when it cannot do what was asked.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// Why the store cannot work, shared by all who waited for it.
pub type Cause = Arc<dyn StdError + Send + Sync>;

/// Why a read or a commit failed.
#[derive(Debug)]
pub enum Error {
    /// A record is not at the version that a change expected. Nothing of that commit was applied.
    Conflict,
    /// A key, a value or a list is beyond the limits of this module. Nothing was applied.
    Invalid(&'static str),
    /// The bytes of a record are not those of the type it was read as.
    Corrupt {
        /// The key of the record.
        key: String,
        /// What its decoder said.
        reason: Corrupt,
    },
    /// The store cannot be read or written. Whether a commit that got this answer was applied, all
    /// of it or nothing, is not known until the store answers again.
    Unavailable(Cause),
}

impl Error {
    pub(super) fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable(Arc::from(cause.into()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => write!(to, "a record has changed since it was read"),
            Self::Invalid(limit) => write!(to, "{limit}"),
            Self::Corrupt { key, .. } => write!(to, "the record \"{key}\" cannot be decoded"),
            Self::Unavailable(_) => write!(to, "storage is unavailable"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Conflict | Self::Invalid(_) => None,
            Self::Corrupt { reason, .. } => Some(&*reason.0),
            Self::Unavailable(cause) => Some(&**cause),
        }
    }
}

/// Why a store was not opened. The message does not name the file: the caller knows it.
#[derive(Debug)]
pub enum OpenError {
    /// Another process, or another handle of this one, holds the store.
    InUse,
    /// The store has this format (0: none), which this program does not read.
    UnknownFormat(u64),
    /// The file cannot be opened, read or written.
    Failed(Cause),
}

impl fmt::Display for OpenError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => write!(to, "the store is in use by another process"),
            Self::UnknownFormat(0) => write!(to, "the file is not a store of this service"),
            Self::UnknownFormat(found) => write!(to, "the store has the unknown format {found}"),
            Self::Failed(_) => write!(to, "the store cannot be opened"),
        }
    }
}

impl StdError for OpenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::InUse | Self::UnknownFormat(_) => None,
            Self::Failed(cause) => Some(&**cause),
        }
    }
}

/// Why the bytes of a record could not be decoded.
#[derive(Debug)]
pub struct Corrupt(Box<dyn StdError + Send + Sync>);

impl Corrupt {
    /// From a decoder's error, or from a sentence.
    pub fn new(reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}
