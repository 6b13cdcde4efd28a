//! How requests name keys: by id, by ARN, by alias, by alias ARN.

use crate::{
    arn::{AccountId, Arn, KeyId, Owner, Region},
    wire::{
        Error, Result,
        members::{KeyRef, KeyTarget},
    },
};

/// A member that names a key.
pub trait KeyReference: Sync {
    /// As it was given.
    fn text(&self) -> &str;

    /// Whether an alias will do.
    const TAKES_ALIASES: bool;
}

impl KeyReference for KeyRef {
    fn text(&self) -> &str {
        self.as_str()
    }

    const TAKES_ALIASES: bool = true;
}

impl KeyReference for KeyTarget {
    fn text(&self) -> &str {
        self.as_str()
    }

    const TAKES_ALIASES: bool = false;
}

/// What a request names.
#[derive(Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// Whose key or alias it is; the caller's, where the request does not say.
    pub account: Option<AccountId>,
    /// The key or the alias.
    pub named: Named<'a>,
}

/// A key or an alias.
#[derive(Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// By its id.
    Key(KeyId),
    /// By its whole name, `alias/…`.
    Alias(&'a str),
}

impl<'a> Reference<'a> {
    /// Reads one of the four forms; an ARN must be of this Region.
    pub fn parse<R: KeyReference>(reference: &'a R, here: Region) -> Result<Self> {
        let parsed = Self::parse_text(reference.text(), here)?;
        match parsed.named {
            Named::Alias(_) if !R::TAKES_ALIASES => Err(Error::alias_not_supported()),
            Named::Alias(_) | Named::Key(_) => Ok(parsed),
        }
    }

    /// Whether it is the ARN of a multi-Region key in another Region.
    pub fn is_elsewhere<R: KeyReference>(reference: &R, here: Region) -> bool {
        let Ok(arn) = Arn::parse(reference.text()) else { return false };
        arn.region.is_some_and(|region| region != here)
            && arn.key_id().is_some_and(|id| id.is_multi_region())
    }

    fn parse_text(text: &'a str, here: Region) -> Result<Self> {
        if text.starts_with("alias/") {
            return Ok(Self { account: None, named: Named::Alias(text) });
        }
        if !text.starts_with("arn:") {
            let id = text.parse().map_err(|_| Error::invalid_key_id(text))?;
            return Ok(Self { account: None, named: Named::Key(id) });
        }
        let invalid = || Error::invalid_arn(text);
        let arn = Arn::parse(text).map_err(|_| invalid())?;
        let (Owner::Account(account), Some(region)) = (arn.owner, arn.region) else {
            return Err(invalid());
        };
        if arn.partition != "aws" || arn.service != "kms" {
            return Err(invalid());
        }
        if region != here {
            return Err(Error::invalid_arn(region.as_str()));
        }
        // The resource is the text's tail: five colons stand before it.
        let resource = text.splitn(6, ':').last().unwrap_or_default();
        let named = match resource.strip_prefix("key/") {
            Some(id) => Named::Key(id.parse().map_err(|_| Error::invalid_key_id(id))?),
            None if resource.starts_with("alias/") => Named::Alias(resource),
            None => return Err(invalid()),
        };
        Ok(Self { account: Some(account), named })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn parse(text: &str) -> std::result::Result<Reference<'_>, String> {
        Reference::parse_text(text, "us-east-1".parse().unwrap()).map_err(|error| match error {
            Error::Caller(error) => error.message.unwrap().into_owned(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn all_four_forms_are_read() {
        let (id, account) = (ID.parse().unwrap(), Some("111122223333".parse().unwrap()));
        assert_eq!(parse(ID), Ok(Reference { account: None, named: Named::Key(id) }));
        assert_eq!(
            parse("alias/a"),
            Ok(Reference { account: None, named: Named::Alias("alias/a") })
        );
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{ID}");
        assert_eq!(parse(&arn), Ok(Reference { account, named: Named::Key(id) }));
        let arn = "arn:aws:kms:us-east-1:111122223333:alias/a";
        assert_eq!(parse(arn), Ok(Reference { account, named: Named::Alias("alias/a") }));
    }

    #[test]
    fn anything_else_is_refused_in_the_words_of_aws() {
        for (text, message) in [
            ("xyz", "Invalid keyId 'xyz'"),
            ("mrk-fake", "Invalid keyId 'mrk-fake'"),
            ("arn:aws:kms:us-east-1:111122223333:key/x", "Invalid keyId 'x'"),
            ("arn:aws:kms:eu-west-1:111122223333:key/x", "Invalid arn eu-west-1"),
            ("arn:aws:s3:::bucket", "Invalid arn arn:aws:s3:::bucket"),
            ("arn:", "Invalid arn arn:"),
        ] {
            assert_eq!(parse(text), Err(message.to_owned()));
        }
    }
}
