//! Grant tokens: what CreateGrant gives out, a new one each time, and other operations take.
//!
//! ```text
//! version 1 | account (12) | key id (36) | grant id (32) | proof (32) | number (16)
//!   | Region
//! ```
//!
//! in base64 without padding, with `-` and `_`. The proof stands in the grant's record alone, so
//! that nobody can make a token of a grant whose id he knows. Grants are effective at once, so a
//! token allows nothing that its grant does not allow without it; it names the grant, and is good
//! for as long as there is the grant.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use crate::{
    arn::{AccountId, KeyId, Region},
    keys::{Grant, GrantId},
};

/// A grant token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantToken {
    /// Whose key it is for.
    pub account: AccountId,
    /// Where the key is.
    pub region: Region,
    /// The key.
    pub key: KeyId,
    /// The grant.
    pub grant: GrantId,
    proof: [u8; GrantToken::PROOF],
    number: [u8; GrantToken::NUMBER],
}

impl GrantToken {
    /// The bytes that a grant has for its tokens.
    pub const PROOF: usize = 32;
    /// The bytes that tell the tokens of one grant apart.
    pub const NUMBER: usize = 16;

    /// A token of the grant; none if its record is not as it was written.
    pub fn of(grant: &Grant, number: [u8; Self::NUMBER]) -> Option<Self> {
        let Grant { account, region, key, id, proof, .. } = grant;
        let proof = proof.as_slice().try_into().ok()?;
        Some(Self { account: *account, region: *region, key: *key, grant: *id, proof, number })
    }

    /// As clients see it.
    pub fn encode(&self) -> String {
        let bytes = [
            &[VERSION][..],
            self.account.as_str().as_bytes(),
            self.key.as_str().as_bytes(),
            &self.grant.0,
            &self.proof,
            &self.number,
            self.region.as_str().as_bytes(),
        ];
        URL_SAFE_NO_PAD.encode(bytes.concat())
    }

    /// Reads what looks like a token. Whether it is one, its grant must say.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (&[version], rest) = bytes.split_first_chunk()?;
        let (account, rest) = rest.split_first_chunk::<12>()?;
        let (key, rest) = rest.split_first_chunk::<36>()?;
        let (grant, rest) = rest.split_first_chunk()?;
        let (proof, rest) = rest.split_first_chunk()?;
        let (number, region) = rest.split_first_chunk()?;
        let token = Self {
            account: str::from_utf8(account).ok()?.parse().ok()?,
            region: str::from_utf8(region).ok()?.parse().ok()?,
            key: str::from_utf8(key).ok()?.parse().ok()?,
            grant: GrantId(*grant),
            proof: *proof,
            number: *number,
        };
        (version == VERSION).then_some(token)
    }

    /// Whether it was made here, for that grant.
    pub fn is_of(&self, grant: &Grant) -> bool {
        let is_there = (self.account, self.region, self.key, self.grant)
            == (grant.account, grant.region, grant.key, grant.id);
        is_there && bool::from(self.proof.as_slice().ct_eq(&grant.proof))
    }
}

const VERSION: u8 = 1;
