//! What storage knows of the delivery. All of it is written by the one delivery of a data folder,
//! so no version is checked.

use serde::{Deserialize, Serialize};

use crate::{keys::base64_text, stored_as_json};

use super::{digest::Previous, names::Place, public_key::PublicKey};

/// How far the delivery is.
#[derive(Clone, Copy, Default, Serialize, Deserialize, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The last batch whose records are delivered.
    pub batch: u64,
    /// When its log files were, in seconds since 1970.
    pub time: i64,
    /// Until when all digests are delivered.
    pub digested: i64,
    /// When the delivery began.
    pub began: i64,
    /// What is being delivered: it is done again as it was begun.
    pub window: Option<Window>,
}

/// Batches that are delivered together.
#[derive(Clone, Copy, Serialize, Deserialize, PartialEq, Eq, Debug)]
pub struct Window {
    /// The first of them.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// The time in the names of the files, in seconds since 1970.
    pub time: i64,
}

/// A log file that was delivered and stands in no digest yet.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
pub struct LogRow {
    /// Its name.
    pub object: String,
    /// The SHA-256 of what it holds, in hexadecimal digits.
    pub hash: String,
    /// When its oldest and its newest event happened.
    pub events: Option<(String, String)>,
    /// When it was delivered, in seconds since 1970.
    pub time: i64,
}

/// The digests of a place.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
pub struct Chain {
    /// When the last digest ends, or the first begins; in seconds since 1970.
    pub end: i64,
    /// The last batch in a log file that a digest lists.
    pub listed: u64,
    /// When a log file was delivered last, in seconds since 1970.
    pub delivered: i64,
    /// When a digest was.
    pub digested: Option<i64>,
    /// The last digest.
    pub last: Option<Previous>,
    /// The next digest, once it has been begun: it is done again as it was begun.
    pub draft: Option<Draft>,
}

/// What decides on all bytes of a digest, together with the log files and the digest before.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
pub struct Draft {
    /// When it ends, in seconds since 1970.
    pub end: i64,
    /// The last batch in a log file that it lists.
    pub listed: u64,
    /// Which key signs it.
    pub fingerprint: String,
}

/// A key that signs digests.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
pub struct SigningKey {
    /// Its id in its isolate.
    pub id: String,
    /// As its isolate gave it.
    #[serde(with = "base64_text")]
    pub sealed: Vec<u8>,
    /// The public half, and when the key is used.
    pub public: PublicKey,
}

stored_as_json!(Progress, LogRow, Chain, SigningKey);

impl Progress {
    /// Where it is.
    pub const PATH: &str = "trail/delivery";
}

impl LogRow {
    /// Where those of a place are.
    pub fn prefix(place: &Place) -> String {
        format!("trail/log/{}/", place.key())
    }

    /// Where the one is whose last batch is that; they sort by it.
    pub fn path(place: &Place, last: u64) -> String {
        format!("{}{last:020}", Self::prefix(place))
    }

    /// The last batch, from where a row is.
    pub fn batch(path: &str) -> Option<u64> {
        path.rsplit('/').next()?.parse().ok()
    }
}

impl Chain {
    /// Where that of a place is.
    pub fn path(place: &Place) -> String {
        format!("{}{}", Self::PREFIX, place.key())
    }

    /// Whose one is.
    pub fn place(path: &str) -> Option<Place> {
        Place::of_key(path.strip_prefix(Self::PREFIX)?)
    }

    /// Where all are.
    pub const PREFIX: &str = "trail/chain/";
}

impl SigningKey {
    /// Where the one with this fingerprint is.
    pub fn path(fingerprint: &str) -> String {
        format!("{}{fingerprint}", Self::PREFIX)
    }

    /// Where all are.
    pub const PREFIX: &str = "trail/signing-key/";
}
