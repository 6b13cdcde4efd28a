//! Amazon Resource Names and the identifiers inside them: parsed and printed. May not look any up.
//!
//! Source: IAM user guide, "Identify AWS resources with ARNs"; the patterns of the KMS model.

mod entity;
mod unique_id;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

pub use entity::Entity;
pub use unique_id::UniqueId;

/// `arn:partition:service:region:account:resource`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn` …
    pub partition: &'a str,
    /// `kms`, `iam`, `sts` …
    pub service: &'a str,
    /// None for resources of global services.
    pub region: Option<Region>,
    /// Whose resource it is.
    pub owner: Owner,
    /// `key/…`, `alias/…`, `user/path/name`, `root` …; never empty.
    pub resource: Cow<'a, str>,
}

/// The account element of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// An account.
    Account(AccountId),
    /// `aws`: what AWS provides to all, such as managed policies.
    Aws,
    /// Empty, as in the ARNs of buckets.
    Nobody,
}

/// What was to be parsed is not of the right form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl<'a> Arn<'a> {
    /// Parses an ARN of at most 2048 bytes, which has no wildcards before its resource.
    ///
    /// # Errors
    ///
    /// [`Malformed`] for anything else.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut elements = text.splitn(6, ':');
        let mut next = || elements.next().ok_or(Malformed);
        let (prefix, partition, service) = (next()?, next()?, next()?);
        let (region, account, resource) = (next()?, next()?, next()?);
        let right = text.len() <= LONGEST_ARN
            && prefix == "arn"
            && is_label(partition)
            && is_label(service)
            && !resource.is_empty()
            && !resource.contains(char::is_control);
        if !right {
            return Err(Malformed);
        }
        Ok(Self {
            partition,
            service,
            region: if region.is_empty() { None } else { Some(region.parse()?) },
            owner: match account {
                "" => Owner::Nobody,
                "aws" => Owner::Aws,
                _ => Owner::Account(account.parse()?),
            },
            resource: resource.into(),
        })
    }

    /// The ARN of a KMS key.
    pub fn key(region: Region, account: AccountId, key: &KeyId) -> Self {
        Self::new("kms", Some(region), account, format!("key/{key}").into())
    }

    /// The ARN of a KMS alias; `name` is the whole name, `alias/…`.
    pub fn alias(region: Region, account: AccountId, name: &'a str) -> Self {
        Self::new("kms", Some(region), account, name.into())
    }

    /// The ARN of an account's root user, which stands for the account in policies.
    pub fn root(account: AccountId) -> Self {
        Self::new("iam", None, account, "root".into())
    }

    /// The ARN of a session of a role, which has no path.
    pub fn session(account: AccountId, role: &str, name: &str) -> Self {
        Self::new("sts", None, account, format!("assumed-role/{role}/{name}").into())
    }

    /// The account that owns the resource, if one does.
    pub fn account(&self) -> Option<AccountId> {
        match self.owner {
            Owner::Account(account) => Some(account),
            Owner::Aws | Owner::Nobody => None,
        }
    }

    /// The key, if this is the ARN of a KMS key.
    pub fn key_id(&self) -> Option<KeyId> {
        if self.service != "kms" {
            return None;
        }
        self.resource.strip_prefix("key/")?.parse().ok()
    }

    fn new(
        service: &'a str,
        region: Option<Region>,
        account: AccountId,
        resource: Cow<'a, str>,
    ) -> Self {
        let owner = Owner::Account(account);
        Self { partition: "aws", service, region, owner, resource }
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, owner, resource } = self;
        let region = region.as_ref().map_or("", Region::as_str);
        let owner = match owner {
            Owner::Account(account) => account.as_str(),
            Owner::Aws => "aws",
            Owner::Nobody => "",
        };
        write!(f, "arn:{partition}:{service}:{region}:{owner}:{resource}")
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed identifier")
    }
}

impl std::error::Error for Malformed {}

/// The id of an account: exactly twelve digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

/// The name of a Region: two or three words and a number, as in `eu-central-1`; at most 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// Padded with zeros, which keeps the order of the names.
    bytes: [u8; 32],
    length: u8,
}

/// The id of a KMS key: a UUID, or `mrk-` and 32 digits for multi-Region keys; lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 36]);

impl KeyId {
    /// The id of a multi-Region key with the digits of a UUID.
    pub fn multi_region(uuid: &str) -> Result<Self, Malformed> {
        [MULTI_REGION, &uuid.replace('-', "")].concat().parse()
    }

    /// Whether this is the id of a multi-Region key.
    pub fn is_multi_region(&self) -> bool {
        self.as_str().starts_with(MULTI_REGION)
    }
}

impl FromStr for AccountId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let bytes = <[u8; 12]>::try_from(text.as_bytes()).map_err(|_| Malformed)?;
        bytes.iter().all(u8::is_ascii_digit).then_some(Self(bytes)).ok_or(Malformed)
    }
}

impl FromStr for Region {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (words, number) = text.rsplit_once('-').ok_or(Malformed)?;
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        let right = (2..=3).contains(&words.split('-').count())
            && words.split('-').all(is_word)
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit());
        let mut bytes = [0; 32];
        let place = bytes.get_mut(..text.len()).filter(|_| right).ok_or(Malformed)?;
        place.copy_from_slice(text.as_bytes());
        Ok(Self { bytes, length: u8::try_from(text.len()).map_err(|_| Malformed)? })
    }
}

impl FromStr for KeyId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let is_hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let right = match text.strip_prefix(MULTI_REGION) {
            Some(digits) => is_hex(digits),
            None => {
                text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
            }
        };
        let bytes = <[u8; 36]>::try_from(text.as_bytes()).map_err(|_| Malformed)?;
        right.then_some(Self(bytes)).ok_or(Malformed)
    }
}

impl AccountId {
    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }
}

impl Region {
    /// The name.
    pub fn as_str(&self) -> &str {
        ascii(self.bytes.get(..usize::from(self.length)).expect("the name fitted when parsed"))
    }

    /// The partition that a Region of such a name belongs to, as the SDKs tell them apart.
    pub fn partition(&self) -> &'static str {
        let known = PARTITIONS.iter().find(|(prefix, _)| self.as_str().starts_with(prefix));
        known.map_or("aws", |(_, partition)| *partition)
    }
}

impl KeyId {
    /// The 36 characters.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }
}

fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("only ASCII was parsed")
}

/// Shows and stores an identifier as what it is: its text.
macro_rules! shown_as_text {
    ($($type:ident)*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

shown_as_text! { AccountId Region KeyId }

fn is_label(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_allowed)
}

const MULTI_REGION: &str = "mrk-";
/// How the names of Regions outside partition `aws` begin. Source: `partitions.json` of botocore.
const PARTITIONS: &[(&str, &str)] = &[
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
];
/// The longest identifier of a key that KMS accepts, and the longest ARN in IAM's model.
const LONGEST_ARN: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsing_then_printing_gives_the_same_text() {
        for text in [
            "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-gov-west-1:000000000012:alias/a:b",
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws-cn:s3:::bucket/*",
        ] {
            assert_eq!(Arn::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn malformed_arns_are_refused() {
        let long = format!("arn:aws:iam::111122223333:user/{}", "a".repeat(LONGEST_ARN));
        for text in [
            "",
            "arn",
            "arn:aws:kms:eu-central-1:111122223333",
            "arn:aws:kms:eu-central-1:111122223333:",
            "ARN:aws:kms:eu-central-1:111122223333:key/a",
            "arn::kms:eu-central-1:111122223333:key/a",
            "arn:aws:KMS:eu-central-1:111122223333:key/a",
            "arn:aws:kms:*:111122223333:key/a",
            "arn:aws:kms:eu-central-1:11112222333:key/a",
            "arn:aws:kms:eu-central-1:+11112222333:key/a",
            "arn:aws:kms:eu-central-1:111122223333:key/\n",
            &long,
        ] {
            assert_eq!(Arn::parse(text), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn the_constructors_print_what_aws_prints() {
        let region = "eu-central-1".parse().expect("a Region");
        let account = "000000000012".parse().expect("an account");
        let key = "mrk-1234abcd12ab34cd56ef1234567890ab".parse().expect("a key id");
        let arn = Arn::key(region, account, &key);
        let printed =
            "arn:aws:kms:eu-central-1:000000000012:key/mrk-1234abcd12ab34cd56ef1234567890ab";
        assert_eq!((arn.to_string().as_str(), arn.key_id()), (printed, Some(key)));
        let alias = Arn::alias(region, account, "alias/a");
        assert_eq!(alias.to_string(), "arn:aws:kms:eu-central-1:000000000012:alias/a");
        assert_eq!(Arn::root(account).to_string(), "arn:aws:iam::000000000012:root");
    }

    #[test]
    fn identifiers_are_strict() {
        for text in ["us-east-1", "us-iso-east-1", "us-gov-west-12"] {
            assert_eq!(text.parse::<Region>().expect(text).as_str(), text);
        }
        let long = format!("us-east-{}", "1".repeat(25));
        for text in ["", "us-1", "us-east-", "us--1", "a-b-c-d-1", "Us-east-1", "us-east-1a", &long]
        {
            assert_eq!(text.parse::<Region>(), Err(Malformed), "{text}");
        }
        let ids = ["1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab"];
        assert_eq!(
            ids.map(|text| text.parse().map(|id: KeyId| id.is_multi_region())),
            [Ok(false), Ok(true)]
        );
        for text in [
            "1234ABCD-12ab-34cd-56ef-1234567890ab",
            "1234abcd12ab34cd56ef1234567890ab1234",
            "1234abcd-12ab-34cd-56ef-1234567890a",
            "mrk-1234abcd12ab34cd56ef1234567890aB",
            "mrk-1234abcd12ab34cd56ef1234567890a",
            "mrk-1234abcd-12ab-34cd-56ef-1234567890ab",
        ] {
            assert_eq!(text.parse::<KeyId>(), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn regions_belong_to_the_partition_that_their_names_tell() {
        for (name, partition) in [
            ("us-east-1", "aws"),
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(name.parse().map(|region: Region| region.partition()), Ok(partition));
        }
    }
}
