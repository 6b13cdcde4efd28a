//! Grants: what a key's users may do with it besides what its policy allows them. A grant names one
//! principal, a few operations, and under which constraints; it only allows.
//!
//! Source: KMS developer guide, "Grants in AWS KMS"; the texts are those of the wire.

mod constraints;
mod holder;
mod operation;
#[cfg(test)]
mod tests;
mod token;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};

use crate::{
    arn::{AccountId, Arn, KeyId, Malformed, Region},
    stored_as_json,
    wire::{
        Error, Result, hex,
        members::{EncryptionContext, GrantOperation},
    },
};

use super::{Key, key::base64_text};

pub use constraints::Constraints;
pub use holder::{Holder, Nominee, Office, names};
pub use operation::operations_of;
pub use token::GrantToken;

/// The id of a grant: 64 lower-case hexadecimal digits on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GrantId(pub [u8; 32]);

/// What CreateGrant says of a grant, with principals as it names them.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// Its maker's name for it.
    pub name: Option<String>,
    /// Who is to get it.
    pub grantee: Nominee<'a>,
    /// Who else is to be able to end it.
    pub retiring: Option<Nominee<'a>>,
    /// What it is to allow.
    pub allowance: Allowance,
}

/// What a grant says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Its maker's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who gets it.
    pub grantee: Holder,
    /// Who else may end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring: Option<Holder>,
    /// What it allows.
    #[serde(flatten)]
    pub allowance: Allowance,
}

/// What a grant allows, and under which constraints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// In the order of the model, each once.
    #[serde(with = "operation::by_name")]
    pub operations: Vec<GrantOperation>,
    /// All of them must be kept.
    #[serde(default, skip_serializing_if = "Constraints::is_empty")]
    pub constraints: Constraints,
}

/// A grant's record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Whose key it is for.
    pub account: AccountId,
    /// Where the key is.
    pub region: Region,
    /// The key.
    pub key: KeyId,
    /// Its id.
    pub id: GrantId,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// The account of whoever made it.
    pub issuer: AccountId,
    /// What its tokens tell that nobody else can know. It opens nothing by itself: who presents a
    /// token must be allowed by the grant all the same.
    #[serde(with = "base64_text")]
    pub proof: Vec<u8>,
    /// What it says.
    #[serde(flatten)]
    pub terms: Terms,
}

/// A row for each grant by its grantee: what an authorization asks of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GranteeRow {
    /// The grant.
    pub grant: GrantId,
    /// The account of whoever made it.
    pub issuer: AccountId,
    /// What it allows.
    #[serde(flatten)]
    pub allowance: Allowance,
}

/// A row that leads to a grant: by its retiring principal, or by its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GrantRow {
    /// Whose key it is for.
    pub account: AccountId,
    /// The key.
    pub key: KeyId,
    /// The grant.
    pub grant: GrantId,
}

/// How many grants a key has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GrantCount {
    /// At most [`Grant::MOST`].
    pub count: u32,
}

/// What a grant is asked to allow.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// To use the key.
    Use(GrantOperation, &'a EncryptionContext),
    /// To make another grant.
    Grant(&'a Allowance),
}

impl Allowance {
    /// Whether this allows it, for whatever resource.
    pub fn allows(&self, wanted: Wanted<'_>) -> bool {
        match wanted {
            Wanted::Use(operation, context) => {
                let is_met = !operation.has_context() || self.constraints.are_met(context);
                self.operations.contains(&operation) && is_met
            }
            Wanted::Grant(other) => {
                self.operations.contains(&GrantOperation::CreateGrant) && self.covers(other)
            }
        }
    }

    /// Whether the other allows nothing that this does not.
    pub fn covers(&self, other: &Self) -> bool {
        let all = other.operations.iter().all(|operation| self.operations.contains(operation));
        all && self.constraints.cover(&other.constraints)
    }
}

impl Terms {
    /// Refuses what makes no sense for the key.
    pub fn check(&self, key: &Key) -> Result<()> {
        let valid = operations_of(key.spec, key.usage);
        let wanted = self.allowance.operations.iter();
        let wrong: Vec<_> = wanted.filter(|operation| !valid.contains(operation)).collect();
        if !wrong.is_empty() {
            let list = |all: &[&GrantOperation]| {
                let names: Vec<_> = all.iter().map(|operation| operation.as_str()).collect();
                names.join(", ")
            };
            let kind = if key.spec.has_public_key() { "an asymmetric" } else { "a symmetric" };
            return Err(Error::validation(format!(
                "Operations [{}] are not supported when creating a grant for {kind} KMS key with \
                 key usage {}. Valid operations are [{}]",
                list(&wrong),
                key.usage.as_str(),
                list(&valid.iter().collect::<Vec<_>>()),
            )));
        }
        if self.allowance.constraints.asks_for_context() && !key.spec.is_symmetric() {
            return Err(Error::validation(
                "EncryptionContext is supported only when creating a grant for a symmetric \
                 encryption KMS key.",
            ));
        }
        Ok(())
    }
}

impl Grant {
    /// The ARN of its key.
    pub fn key_arn(&self) -> Arn<'static> {
        Arn::key(self.region, self.account, &self.key)
    }

    /// Whom it lets end it, besides those who may revoke any: the retiring principal, its grantee
    /// if it says so, and the account that made it.
    ///
    /// Source: KMS developer guide, "Retiring and revoking grants".
    pub fn retirers(&self) -> impl Iterator<Item = String> {
        let retiring = self.terms.retiring.iter().map(|holder| holder.name().into_owned());
        let may = self.terms.allowance.operations.contains(&GrantOperation::RetireGrant);
        let grantee = Some(self.terms.grantee.name().into_owned()).filter(|_| may);
        retiring.chain(grantee).chain([Arn::root(self.issuer).to_string()])
    }

    /// Where its record is.
    pub fn path(account: AccountId, region: Region, key: &KeyId, id: &GrantId) -> String {
        format!("{}{id}", Self::prefix(account, region, key))
    }

    /// Where the records of a key's grants are.
    pub fn prefix(account: AccountId, region: Region, key: &KeyId) -> String {
        format!("grant/{account}/{region}/{key}/")
    }

    /// Grants a key may have: an AWS quota.
    pub const MOST: u32 = 50_000;
}

impl GranteeRow {
    /// The row of a grant.
    pub fn of(grant: &Grant) -> (String, Self) {
        let Grant { account, region, key, id, issuer, terms, .. } = grant;
        let prefix = Self::prefix(*account, *region, key, &terms.grantee.name());
        let allowance = terms.allowance.clone();
        (format!("{prefix}{id}"), Self { grant: *id, issuer: *issuer, allowance })
    }

    /// Where the rows of one grantee of a key are. No principal has a `|` in its name.
    pub fn prefix(account: AccountId, region: Region, key: &KeyId, grantee: &str) -> String {
        format!("grantee/{account}/{region}/{key}/{grantee}|")
    }
}

impl GrantRow {
    /// The rows of a grant: by its retiring principal, if it has one, and by its name likewise.
    pub fn of(grant: &Grant) -> Vec<(String, Self)> {
        let Grant { account, region, key, id, terms, .. } = grant;
        let retiring = terms.retiring.as_ref().map(|holder| {
            format!("{}{account}/{key}/{id}", Self::retiring_prefix(*region, &holder.name()))
        });
        let named = Self::named_path(*account, *region, key, grant.issuer, terms);
        let row = Self { account: *account, key: *key, grant: *id };
        retiring.into_iter().chain(named).map(|path| (path, row.clone())).collect()
    }

    /// Where the rows of one retiring principal are.
    pub fn retiring_prefix(region: Region, retiring: &str) -> String {
        format!("retiring/{region}/{retiring}|")
    }

    /// Where the row is of a grant that has a name: a request that is repeated with the same
    /// parameters leads to the same grant.
    pub fn named_path(
        account: AccountId,
        region: Region,
        key: &KeyId,
        issuer: AccountId,
        terms: &Terms,
    ) -> Option<String> {
        terms.name.as_ref()?;
        let terms = serde_json::to_vec(terms).expect("terms have no maps but from text to text");
        let digest = Sha256::new().chain_update(issuer.as_str()).chain_update(terms).finalize();
        Some(format!("grant-name/{account}/{region}/{key}/{}", hex(&digest)))
    }
}

impl GrantCount {
    /// Where a key's count is.
    pub fn path(account: AccountId, region: Region, key: &KeyId) -> String {
        format!("grant-count/{account}/{region}/{key}")
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for GrantId {
    type Err = Malformed;

    fn from_str(text: &str) -> std::result::Result<Self, Malformed> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(Malformed),
        };
        let digits = <&[u8; 64]>::try_from(text.as_bytes()).map_err(|_| Malformed)?;
        let mut id = [0; 32];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = pair else { return Err(Malformed) };
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        Ok(Self(id))
    }
}

impl Serialize for GrantId {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GrantId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

stored_as_json!(Grant, GranteeRow, GrantRow, GrantCount);
