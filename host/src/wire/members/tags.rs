//! Tags, as requests give them. What a key's tags may be is known to `keys`.

use crate::wire::member::ANY_NUMBER;

use super::{
    TagKey, TagValue,
    structures::{lists, structure},
};

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

lists! {
    /// Tags, in the order in which they were given.
    TagList of Tag, tags, ANY_NUMBER,
        |tags, name, echo| echo.structures(name, tags.iter().map(Tag::shown));
    /// Names of tags.
    TagKeys of TagKey, keys, ANY_NUMBER,
        |keys, name, echo| echo.texts(name, keys.iter().map(TagKey::as_str));
}
