//! Which members of a request and of its answer name what they are about: one table. Whatever else
//! stands there is passed over, and nothing of it is an error.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a member names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// A resource of that type, in records of IAM and STS.
    Resource(&'static str),
    /// A key or an alias, as the request has it, in records of KMS.
    Key,
}

use What::{Key, Resource};

/// The members, each with the one that it stands in.
///
/// Source: what lookups in AWS show of such events; the CloudTrail user guide has no list.
const TABLE: &[(&str, &str, What)] = &[
    (TOP, "keyId", Key),
    (TOP, "sourceKeyId", Key),
    (TOP, "destinationKeyId", Key),
    (TOP, "targetKeyId", Key),
    (TOP, "aliasName", Key),
    (TOP, "userName", Resource(USER)),
    (TOP, "newUserName", Resource(USER)),
    (TOP, "roleName", Resource(ROLE)),
    (TOP, "roleArn", Resource(ROLE)),
    (TOP, "groupName", Resource(GROUP)),
    (TOP, "newGroupName", Resource(GROUP)),
    (TOP, "policyArn", Resource(POLICY)),
    (TOP, "permissionsBoundary", Resource(POLICY)),
    (TOP, "accessKeyId", Resource(ACCESS_KEY)),
    ("user", "userName", Resource(USER)),
    ("role", "roleName", Resource(ROLE)),
    ("group", "groupName", Resource(GROUP)),
    ("policy", "arn", Resource(POLICY)),
    ("accessKey", "userName", Resource(USER)),
    ("accessKey", "accessKeyId", Resource(ACCESS_KEY)),
    ("credentials", "accessKeyId", Resource(ACCESS_KEY)),
    ("assumedRoleUser", "assumedRoleId", Resource("AWS::STS::AssumedRole")),
    ("assumedRoleUser", "arn", Resource("AWS::STS::AssumedRole")),
    ("federatedUser", "federatedUserId", Resource("AWS::STS::FederatedUser")),
    ("federatedUser", "arn", Resource("AWS::STS::FederatedUser")),
];

const USER: &str = "AWS::IAM::User";
const ROLE: &str = "AWS::IAM::Role";
const GROUP: &str = "AWS::IAM::Group";
const POLICY: &str = "AWS::IAM::Policy";
const ACCESS_KEY: &str = "AWS::IAM::AccessKey";
/// In no other member.
const TOP: &str = "";

/// What an object names.
#[derive(Default)]
pub(super) struct Mentions<'a>(Vec<(What, Cow<'a, str>)>);

impl Mentions<'_> {
    /// All of it, in the order in which it stands there.
    pub(super) fn all(&self) -> impl Iterator<Item = (What, &str)> {
        self.0.iter().map(|(what, name)| (*what, &**name))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Mentions<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut mentions = Vec::new();
        Members { into: &mut mentions, parent: TOP }.deserialize(deserializer)?;
        Ok(Self(mentions))
    }
}

/// Reads an object, or passes over anything else.
struct Members<'v, 'a> {
    into: &'v mut Vec<(What, Cow<'a, str>)>,
    parent: &'static str,
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for Members<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Members<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<(), M::Error> {
        while let Some(Text(name)) = members.next_key::<Text<'de>>()? {
            let name = name.unwrap_or_default();
            let here = TABLE.iter().filter(|(parent, _, _)| *parent == self.parent);
            let known = here.clone().find(|(_, own, _)| *own == name);
            let below = TABLE.iter().find(|(parent, _, _)| *parent == name);
            match (known, below) {
                (Some((_, _, what)), _) => {
                    if let Text(Some(value)) = members.next_value::<Text<'de>>()? {
                        self.into.push((*what, value));
                    }
                }
                (None, Some((parent, _, _))) if self.parent == TOP && *parent != TOP => {
                    members.next_value_seed(Members { into: &mut *self.into, parent })?;
                }
                (None, _) => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut entries: S) -> Result<(), S::Error> {
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A text, or none where something else stands.
#[derive(Default)]
pub(super) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text.
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut entries: S) -> Result<Self::Value, S::Error> {
        while entries.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}
