//! Tags, as requests give them. What a key's tags may be is known to `keys`.

use serde_json::Value;

use crate::wire::{
    error::Result,
    member::{ANY_NUMBER, Echo, Kind, Member, Shape, Violations},
};

use super::{TagKey, TagValue, reading::read_list, structures::structure};

structure! {
    /// A label.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Tag {
        /// Its name.
        key "TagKey": TagKey,
        /// What it says.
        value "TagValue": TagValue,
    }
}

/// Tags, in the order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagList(Vec<Tag>);

/// Names of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagKeys(Vec<TagKey>);

impl TagList {
    /// The tags.
    pub fn tags(&self) -> &[Tag] {
        &self.0
    }
}

impl TagKeys {
    /// The names.
    pub fn keys(&self) -> &[TagKey] {
        &self.0
    }
}

impl Member for TagList {
    const SHAPE: Shape = Shape {
        kind: Kind::List(&Tag::SHAPE.kind, (0, ANY_NUMBER)),
        required: true,
        sensitive: false,
    };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        let tags = read_list(value, path, ANY_NUMBER, violations, |tag, path, violations| {
            Tag::read(Some(tag), path, violations)
        })?;
        Ok(tags.map(Self))
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        echo.structures(name, self.0.iter().map(Tag::shown));
    }
}

impl Member for TagKeys {
    const SHAPE: Shape = Shape {
        kind: Kind::List(&TagKey::SHAPE.kind, (0, ANY_NUMBER)),
        required: true,
        sensitive: false,
    };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        let keys = read_list(value, path, ANY_NUMBER, violations, |key, path, violations| {
            TagKey::read(Some(key), path, violations)
        })?;
        Ok(keys.map(Self))
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        echo.texts(name, self.0.iter().map(TagKey::as_str));
    }
}
