//! What can be wrong with what was delivered.

use std::fmt;

use crate::audit::delivery::Unreadable;

/// Something that is wrong, and with which object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The name of the object.
    pub object: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It is no whole gzip stream, or holds more than such a file does; the first record, from 1,
    /// that is not what it was, if there are records.
    Unreadable {
        /// Which of these.
        why: Unreadable,
        /// The first record that cannot be read.
        record: Option<usize>,
    },
    /// Its hash is another one; the first record, from 1, that cannot be read, if there is one.
    Changed {
        /// The first record that cannot be read.
        record: Option<usize>,
    },
    /// It is a digest's name, but no digest.
    NoDigest,
    /// It was made for another place.
    Moved,
    /// It has no signature.
    Unsigned,
    /// It is signed with a key that is not known, by its fingerprint.
    UnknownKey(String),
    /// Its signature is not the key's, or not the one that the next digest names.
    Signature,
    /// It names a digest before it that cannot be one.
    Previous,
    /// It begins a chain, but there are older digests.
    Beginning,
    /// It ends before the next digest begins, or after.
    Gap,
    /// It is a digest that no other leads to.
    Unlinked,
    /// It is a log file that no valid digest lists, and older than the last one.
    Unlisted,
    /// Its name is none of CloudTrail's.
    Foreign,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.object, self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = |formatter: &mut fmt::Formatter<'_>, record: &Option<usize>| match record {
            Some(number) => write!(formatter, "; record {number} cannot be read"),
            None => Ok(()),
        };
        let text = match self {
            Self::Unreadable { why, record: number } => {
                formatter.write_str(match why {
                    Unreadable::Gzip => "is no whole gzip stream",
                    Unreadable::Trailing => "has bytes behind its gzip stream",
                    Unreadable::TooLong => "unpacks to more than such a file holds",
                })?;
                return record(formatter, number);
            }
            Self::Changed { record: number } => {
                formatter.write_str("is not what was delivered: its hash is another one")?;
                return record(formatter, number);
            }
            Self::UnknownKey(fingerprint) => {
                return write!(formatter, "is signed with a key that is not known: {fingerprint}");
            }
            Self::Missing => "is missing",
            Self::NoDigest => "is no digest",
            Self::Moved => "was made for another name or bucket",
            Self::Unsigned => "has no signature",
            Self::Signature => "has a signature that is not its own",
            Self::Previous => "names a digest before it that cannot be one",
            Self::Beginning => "begins a chain, but there are older digests",
            Self::Gap => "does not end when the next digest begins",
            Self::Unlinked => "is a digest that no other leads to",
            Self::Unlisted => "is a log file that no valid digest lists",
            Self::Foreign => "has a name that no delivered object has",
        };
        formatter.write_str(text)
    }
}
