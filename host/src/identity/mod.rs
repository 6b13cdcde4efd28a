//! Who calls: accounts, their access keys, and the principals that these stand for. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    arn::{AccountId, Arn},
    keys::base64_text,
    stored_as_json,
};

/// An account's record.
#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// The access key of its root user.
    pub root_access_key_id: String,
    /// Whether it is served.
    #[serde(default, skip_serializing_if = "Standing::is_open")]
    pub standing: Standing,
}

/// Whether an account is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is.
    #[default]
    Open,
    /// An operator has sealed it: its keys are there, and serve nobody.
    Sealed,
    /// It is being erased.
    Erased,
}

/// An access key's record. The secret opens in the account isolate only.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: String,
    /// Whose key it is.
    pub account: AccountId,
    /// The secret.
    #[serde(with = "base64_text")]
    pub sealed: Vec<u8>,
}

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// Who of that account.
    pub principal: Principal,
    /// What it signed with.
    pub access_key_id: String,
}

/// Who of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The account's owner.
    Root,
}

impl Standing {
    fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

impl Account {
    /// Whether nothing of it may be opened.
    pub fn is_closed(&self) -> bool {
        !self.standing.is_open()
    }

    /// Where its record is.
    pub fn path(id: AccountId) -> String {
        format!("{}{id}", Self::PREFIX)
    }

    /// Where the records of accounts are.
    pub const PREFIX: &str = "account/";
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
        let number: u64 = account.as_str().parse().expect("an account is twelve digits");
        let bits = (1u128 << 79) | (u128::from(number) << 39) | u128::from(random >> 25);
        let digits = (0..16).map(|at| {
            let digit = u8::try_from((bits >> (75 - 5 * at)) & 31).expect("five bits");
            char::from(if digit < 26 { b'A' + digit } else { b'2' + digit - 26 })
        });
        "AKIA".chars().chain(digits).collect()
    }
}

/// The caller's ARN.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.principal {
            Principal::Root => Arn::root(self.account).fmt(f),
        }
    }
}

stored_as_json!(Account, AccessKey);

#[cfg(test)]
mod tests {
    use super::*;

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
        }
    }
}
