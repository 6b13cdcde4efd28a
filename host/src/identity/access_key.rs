//! Access keys: what requests are signed with.

use serde::{Deserialize, Serialize};

use crate::{arn::AccountId, keys::base64_text, stored_as_json};

use super::{Session, UniqueId};

/// An access key's record. The secret opens in the account isolate only.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccessKey {
    /// `AKIA…`, or `ASIA…` of temporary credentials.
    pub id: String,
    /// Whose key it is.
    pub account: AccountId,
    /// The secret.
    #[serde(with = "base64_text")]
    pub sealed: Vec<u8>,
    /// For whom it signs.
    #[serde(default, skip_serializing_if = "Bearer::is_root")]
    pub bearer: Bearer,
}

/// For whom an access key signs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bearer {
    /// The account's root user.
    #[default]
    Root,
    /// An IAM user.
    User {
        /// Which.
        id: UniqueId,
        /// Whether it may.
        status: Status,
        /// When the key was made, in milliseconds since 1970.
        created: i64,
    },
    /// A session: the credentials are temporary.
    Session(Session),
}

/// Whether a user's access key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It does.
    Active,
    /// It does not, until it is activated again.
    Inactive,
}

impl Bearer {
    fn is_root(&self) -> bool {
        *self == Self::Root
    }
}

impl Status {
    /// AWS's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }
}

impl AccessKey {
    /// Where its record is.
    pub fn path(id: &str) -> String {
        [Self::PREFIX, id].concat()
    }

    /// Where the records of access keys are.
    pub const PREFIX: &str = "access-key/";

    /// An id of 20 characters, `AKIA…`, that names its account as AWS's do: the first 48 of its 80
    /// bits are a one, the account's number in 40 bits, and seven of the random ones.
    pub fn new_id(account: AccountId, random: u64) -> String {
        Self::id_of("AKIA", account, random)
    }

    /// The same for temporary credentials: `ASIA…`.
    pub fn temporary_id(account: AccountId, random: u64) -> String {
        Self::id_of("ASIA", account, random)
    }

    /// The account that an id names, as it does if it was made here.
    pub fn account_of_id(id: &str) -> Option<AccountId> {
        let digits = id.strip_prefix("AKIA").or_else(|| id.strip_prefix("ASIA"))?;
        let value = |digit: u8| match digit {
            b'A'..=b'Z' => Some(digit - b'A'),
            b'2'..=b'7' => Some(digit - b'2' + 26),
            _ => None,
        };
        let bits = digits.bytes().try_fold(0u128, |bits, digit| {
            Some((bits & (u128::MAX >> 5)) << 5 | u128::from(value(digit)?))
        })?;
        let is_made_here = digits.len() == 16 && bits >> 79 == 1;
        let number = bits >> 39 & 0xff_ffff_ffff;
        is_made_here.then(|| format!("{number:012}").parse().ok())?
    }

    fn id_of(prefix: &str, account: AccountId, random: u64) -> String {
        let number: u64 = account.as_str().parse().expect("an account is twelve digits");
        let bits = (1u128 << 79) | (u128::from(number) << 39) | u128::from(random >> 25);
        let digits = (0..16).map(|at| {
            let digit = u8::try_from((bits >> (75 - 5 * at)) & 31).expect("five bits");
            char::from(if digit < 26 { b'A' + digit } else { b'2' + digit - 26 })
        });
        prefix.chars().chain(digits).collect()
    }
}

stored_as_json!(AccessKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_from_elsewhere_names_no_account() {
        for id in ["", "AKIA", "AKIAIOSFODNN7EXAMPLE", "AROA77777777777777777", "ASIA!"] {
            assert_eq!(AccessKey::account_of_id(id), None, "{id}");
        }
        assert_eq!(AccessKey::account_of_id(&format!("AKIA{}", "7".repeat(124))), None);
        assert_eq!(AccessKey::account_of_id("AKIA7777777777777777"), None);
    }

    #[test]
    fn an_access_key_id_names_its_account() {
        let account: AccountId = "111122223333".parse().unwrap();
        for random in [0, u64::MAX, 0x0123_4567_89ab_cdef] {
            let id = AccessKey::new_id(account, random);
            let digits = id.strip_prefix("AKIA").unwrap();
            assert_eq!(digits.len(), 16);
            let bits = digits.bytes().fold(0u128, |bits, digit| {
                let value = if digit >= b'A' { digit - b'A' } else { digit - b'2' + 26 };
                (bits << 5) | u128::from(value)
            });
            // As the public decoders do it: the first six bytes, masked, shifted.
            assert_eq!((bits >> 32) as u64 & 0x7fff_ffff_ff80, 111_122_223_333 << 7);
            assert_eq!(AccessKey::account_of_id(&id), Some(account));
            assert_eq!(
                AccessKey::account_of_id(&AccessKey::temporary_id(account, random)),
                Some(account)
            );
        }
    }
}
