//! When a key was last used, and for what.
//!
//! Source: KMS developer guide, "Determine past usage of a KMS key".

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    arn::{AccountId, KeyId, Region},
    stored_as_json,
};

use super::{Key, deletion::DAY};

/// The operations that are a use of a key, by AWS's names for them.
macro_rules! tracked {
    ($($name:ident),* $(,)?) => {
        /// An operation that is a use of a key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the variants are AWS's own names")]
        pub enum Tracked { $($name),* }

        impl Tracked {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// AWS's name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

tracked! {
    Decrypt, DeriveSharedSecret, Encrypt, GenerateDataKey, GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext, GenerateDataKeyWithoutPlaintext, GenerateMac, ReEncrypt,
    Sign, Verify, VerifyMac, Encapsulate, Decapsulate,
}

impl Tracked {
    /// The operation of that name, if it is a use of a key.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.as_str() == name)
    }
}

/// A key's last use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUse {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What for.
    pub operation: Tracked,
    /// The event that records it.
    pub event: Uuid,
    /// The request that asked for it.
    pub request: Uuid,
}

impl LastUse {
    /// The later of two: of the same millisecond, the one that was noted later.
    pub fn later(self, noted_later: Self) -> Self {
        if noted_later.at >= self.at { noted_later } else { self }
    }
}

/// Which key was used: multi-Region keys are, in each Region apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyPlace {
    /// Whose key.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// Which.
    pub key: KeyId,
}

impl KeyPlace {
    /// A key's own.
    pub fn of(key: &Key) -> Self {
        Self { account: key.account, region: key.region, key: key.id }
    }

    /// Where the record of its last use is.
    pub fn usage_path(&self) -> String {
        let Self { account, region, key } = self;
        format!("{}{region}/{key}", Self::usage_prefix(*account))
    }

    /// Where those of all keys of an account are.
    pub fn usage_prefix(account: AccountId) -> String {
        format!("usage/{account}/")
    }
}

/// For how many whole days a key has not been used: since its last use, or since it could first
/// have been seen. The condition key `kms:TrailingDaysWithoutKeyUsage`.
pub fn days_without_use(last: Option<&LastUse>, tracked_since: i64, now: i64) -> i64 {
    let since = last.map_or(tracked_since, |last| last.at);
    now.saturating_sub(since).max(0) / DAY
}

/// Since when the uses of all keys are tracked that were there already.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Tracking {
    /// In milliseconds since 1970.
    pub since: i64,
}

impl Tracking {
    /// Where the record is.
    pub const PATH: &str = "tracking";

    /// The same for one key: no earlier than it was made.
    pub fn of(self, key: &Key) -> i64 {
        self.since.max(key.created)
    }
}

/// The id of an event or of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Uuid([u8; 36]);

impl Uuid {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        text.is_ascii().then(|| text.as_bytes().try_into().ok().map(Self))?
    }

    /// As it was read.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("it was read from ASCII")
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Uuid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let malformed = || D::Error::custom("an id has 36 characters");
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(malformed)
    }
}

stored_as_json!(LastUse, Tracking);

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn used(at: i64) -> LastUse {
        let id = Uuid::parse(ID).unwrap();
        LastUse { at, operation: Tracked::Sign, event: id, request: id }
    }

    #[test]
    fn the_record_of_a_use_is_read_as_it_was_written() {
        let record = serde_json::to_vec(&used(5)).unwrap();
        let text = format!(r#"{{"at":5,"operation":"Sign","event":"{ID}","request":"{ID}"}}"#);
        assert_eq!(String::from_utf8(record.clone()).unwrap(), text);
        assert_eq!(serde_json::from_slice::<LastUse>(&record).unwrap(), used(5));
        for malformed in [text.replace("Sign", "ListKeys"), text.replace("1234abcd-", "é-")] {
            assert!(serde_json::from_str::<LastUse>(&malformed).is_err(), "{malformed}");
        }
    }

    #[test]
    fn the_later_use_counts_in_whichever_order_they_come() {
        assert_eq!(used(1).later(used(2)).at, 2);
        assert_eq!(used(2).later(used(1)).at, 2);
        let noted_later = LastUse { operation: Tracked::Verify, ..used(1) };
        assert_eq!(used(1).later(noted_later), noted_later);
    }

    #[test]
    fn days_without_use_are_whole_and_counted_from_the_last_use() {
        let now = 1000 * DAY;
        assert_eq!(days_without_use(Some(&used(now - 3 * DAY + 1)), 0, now), 2);
        assert_eq!(days_without_use(Some(&used(now - 3 * DAY)), 0, now), 3);
        assert_eq!(days_without_use(None, now - 18 * DAY, now), 18);
        assert_eq!(days_without_use(Some(&used(now + DAY)), 0, now), 0);
    }

    #[test]
    fn only_cryptographic_operations_are_uses() {
        assert_eq!(Tracked::named("ReEncrypt"), Some(Tracked::ReEncrypt));
        for other in ["GetPublicKey", "GenerateRandom", "DescribeKey", "RotateKey", "encrypt"] {
            assert_eq!(Tracked::named(other), None);
        }
    }
}
