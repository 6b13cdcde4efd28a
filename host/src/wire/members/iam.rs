//! The members of IAM and STS requests, each with its rules, once.
//!
//! Source: the models of IAM, version 2010-05-08, and of STS, version 2011-06-15.

mod roles;

use serde_json::Value;

use super::{
    reading::{Allows, Pattern, read_text},
    texts,
};
use crate::wire::{
    error::Result,
    member::{Echo, Kind, Member, Shape, Violations},
};

pub use roles::*;

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

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

texts! {
    /// The name of a user that is to be.
    NewUserName 1..=64, NAME;
    /// The name of a user that there may be.
    UserName 1..=128, NAME;
    /// Where it stands among others.
    Path 1..=512, PATH;
}
