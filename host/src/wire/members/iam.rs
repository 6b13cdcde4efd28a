//! The members of IAM and STS requests, each with its rules, once.
//!
//! Source: the models of IAM, version 2010-05-08, and of STS, version 2011-06-15.

mod managed;
mod roles;
mod simulation;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    choice_list::Choice,
    choices::choices,
    integers,
    reading::{Allows, POLICY, Pattern, WORD, read_integer, read_text},
    structures::{lists, structure},
    texts,
};
use crate::wire::{
    error::Result,
    member::{Echo, Kind, Member, Shape, Violations, text},
};

pub use managed::*;
pub use roles::*;
pub use simulation::*;

const NAME: Pattern = ("[\\w+=,.@-]+", Allows::Each(is_name));
const PATH: Pattern = (
    "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)",
    Allows::Whole(|text| {
        let is_inside = |inner: &str| {
            !inner.is_empty() && inner.chars().all(|c| ('\u{21}'..='\u{7e}').contains(&c))
        };
        let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        text == "/" || inner.is_some_and(is_inside)
    }),
);
const PREFIX: Pattern = (
    "\\u002F[\\u0021-\\u007F]*",
    Allows::Whole(|text| {
        let is_allowed = |c: char| ('\u{21}'..='\u{7f}').contains(&c);
        text.strip_prefix('/').is_some_and(|rest| rest.chars().all(is_allowed))
    }),
);
const POLICY_PATH: Pattern = (
    "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/",
    Allows::Whole(|text| {
        let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let is_part = |part: &str| !part.is_empty() && part.chars().all(is_name);
        text == "/" || inner.is_some_and(|inner| inner.split('/').all(is_part))
    }),
);
const MARKER: Pattern =
    ("[\\u0020-\\u00FF]+", Allows::Each(|c| ('\u{20}'..='\u{ff}').contains(&c)));
const TAG_KEY: Pattern = ("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+", Allows::Each(is_of_tag));
const TAG_VALUE: Pattern = ("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", Allows::Each(is_of_tag));

/// What IAM says of a rule that it does not quote.
pub(super) fn in_words((pattern, _): Pattern) -> Option<&'static str> {
    match pattern {
        _ if pattern == NAME.0 => {
            Some("It must contain only alphanumeric characters and/or the following: +=,.@_-")
        }
        _ if pattern == PATH.0 => Some(
            "It must begin and end with / and contain only alphanumeric characters and/or / \
             characters.",
        ),
        _ => None,
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

/// Letters, digits and spaces of any script, and a few signs.
fn is_of_tag(c: char) -> bool {
    let is_space = c.is_whitespace() && !c.is_control();
    let is_sign = matches!(c, '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@');
    c.is_alphanumeric() || is_space || is_sign
}

texts! {
    /// The name of a user that is to be.
    NewUserName 1..=64, NAME;
    /// The name of a user that there may be.
    UserName 1..=128, NAME;
    /// The name of a group.
    GroupName 1..=128, NAME;
    /// The name of a role.
    RoleName 1..=64, NAME;
    /// The name of an inline or a managed policy.
    PolicyName 1..=128, NAME;
    /// What a policy says, as it was written.
    PolicyDocument 1..=131_072, POLICY;
    /// Names a managed policy.
    PolicyArn 20..=2048;
    /// `AKIA…`
    AccessKeyId 16..=128, WORD;
    /// Where it stands among others.
    Path 1..=512, PATH;
    /// How the paths begin that are asked for.
    PathPrefix 1..=512, PREFIX;
    /// The path of a managed policy, or how those begin that are asked for.
    PolicyPath 1..=512, POLICY_PATH;
    /// Where a list goes on.
    Marker 1..=320, MARKER;
    /// The name of a tag.
    TagKey 1..=128, TAG_KEY;
    /// What it says.
    TagValue 0..=256, TAG_VALUE;
}

integers! {
    /// How many entries a page has at most.
    MaxItems 1..=1000;
}

choices! {
    /// `Status` of an access key.
    KeyStatus {
        Active "Active", Inactive "Inactive", Expired "Expired",
    }
}

structure! {
    /// A label.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Tag {
        /// Its name.
        key "Key": TagKey,
        /// What it says.
        value "Value": TagValue,
    }
}

lists! {
    /// Tags, in the order in which they were given.
    TagList of Tag, tags, MOST_TAGS,
        |tags, name, echo| echo.structures(name, tags.iter().map(Tag::shown));
    /// Names of tags.
    TagKeys of TagKey, keys, MOST_TAGS,
        |keys, name, echo| echo.texts(name, keys.iter().map(TagKey::as_str));
}

/// Tags of a request.
const MOST_TAGS: u32 = 50;
