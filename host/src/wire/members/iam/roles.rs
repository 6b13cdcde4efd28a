//! The members of requests about roles.

use serde_json::Value;

use crate::wire::{
    error::Result,
    member::{Echo, Kind, Member, Shape, Violations},
    members::{
        integers,
        reading::{Allows, Pattern, read_integer, read_text},
        texts,
    },
};

const DESCRIPTION: Pattern = (
    "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
    Allows::Each(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{ff}')),
);

texts! {
    /// What a role is for, in its owner's words.
    RoleDescription 0..=1000, DESCRIPTION;
}

integers! {
    /// How long a role's session may be at most, in seconds.
    MaxSessionDuration 3600..=43_200;
}

impl Default for MaxSessionDuration {
    fn default() -> Self {
        Self(3600)
    }
}
