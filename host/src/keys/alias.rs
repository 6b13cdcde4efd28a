//! Aliases: names that a tenant gives to its keys.
//!
//! Source: KMS developer guide, "Aliases in AWS KMS".

use serde::{Deserialize, Serialize};

use crate::{
    arn::{AccountId, Arn, KeyId, Region},
    stored_as_json,
    wire::{Error, Result},
};

/// An alias's record.
#[derive(Clone, Serialize, Deserialize)]
pub struct Alias {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// `alias/…`.
    pub name: String,
    /// The key that it stands for.
    pub target: KeyId,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// When it was last changed, likewise.
    pub updated: i64,
}

/// What an alias is called, whether there is one or not.
pub struct AliasId {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// `alias/…`.
    pub name: String,
}

/// One row for every alias of a key, to find them by the key.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyAlias {
    /// `alias/…`.
    pub name: String,
}

impl AliasId {
    /// Its ARN.
    pub fn arn(&self) -> Arn<'_> {
        Arn::alias(self.region, self.account, &self.name)
    }

    /// Where its record is.
    pub fn path(&self) -> String {
        Alias::path(self.account, self.region, &self.name)
    }
}

impl Alias {
    /// Its ARN.
    pub fn arn(&self) -> Arn<'_> {
        Arn::alias(self.region, self.account, &self.name)
    }

    /// Refuses names that no tenant may give to an alias.
    pub fn check_name(name: &str) -> Result<()> {
        let Some(own) = name.strip_prefix("alias/") else {
            return Err(Error::alias_prefix());
        };
        if own.starts_with("aws/") {
            return Err(Error::reserved_alias());
        }
        if own.is_empty() || own.contains(':') {
            let message = format!("{name} contains invalid characters for an alias");
            return Err(Error::validation(message));
        }
        Ok(())
    }

    /// Refuses an alias where a key is named that an alias is to stand for.
    pub fn check_target(name: &str) -> Result<()> {
        match name.starts_with("alias/") || name.contains(":alias/") {
            true => Err(Error::alias_of_alias()),
            false => Ok(()),
        }
    }

    /// Where its record is.
    pub fn path(account: AccountId, region: Region, name: &str) -> String {
        ["alias", account.as_str(), region.as_str(), name].join("/")
    }

    /// Where the records of a tenant's aliases are.
    pub fn prefix(account: AccountId, region: Region) -> String {
        format!("alias/{account}/{region}/")
    }
}

impl KeyAlias {
    /// Where the row is that names one alias of a key.
    pub fn path(account: AccountId, region: Region, key: &KeyId, name: &str) -> String {
        format!("{}{name}", Self::prefix(account, region, key))
    }

    /// Where the rows of a key's aliases are.
    pub fn prefix(account: AccountId, region: Region, key: &KeyId) -> String {
        format!("key-alias/{account}/{region}/{key}/")
    }

    /// Aliases a key may have: an AWS quota.
    pub const MOST: usize = 50;
}

stored_as_json!(Alias, KeyAlias);
