//! The inside of an element, as a serializer of serde.

use std::fmt;

use serde::{
    Serialize,
    ser::{
        Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer,
        StdError,
    },
};

/// Writes `<name>value</name>`, or nothing where there is no value. Tells which.
pub(super) fn element<T: Serialize + ?Sized>(
    out: &mut String,
    name: &str,
    value: &T,
) -> Result<bool, Unrenderable> {
    let start = out.len();
    push_tag(out, "<", name);
    let has_value = value.serialize(Content(out))?;
    if has_value {
        push_tag(out, "</", name);
    } else {
        out.truncate(start);
    }
    Ok(has_value)
}

fn push_tag(out: &mut String, opening: &str, name: &str) {
    for part in [opening, name, ">"] {
        out.push_str(part);
    }
}

/// Writes text so that every parser reads it as it was. Characters that XML 1.0 cannot carry at all
/// (only error messages may repeat any) are shown as replaced: an answer must be readable.
pub(super) fn push_text(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Parsers make line feeds of carriage returns that are not escaped.
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' => out.push(letter),
            '\0'..=' ' | '\u{fffe}' | '\u{ffff}' if letter != ' ' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

/// Writes a value behind what is there, and tells whether there was one.
pub(super) struct Content<'a>(pub(super) &'a mut String);

impl Content<'_> {
    fn text(self, text: &str) -> Result<bool, Unrenderable> {
        push_text(self.0, text);
        Ok(true)
    }

    fn plain(self, value: impl fmt::Display) -> Result<bool, Unrenderable> {
        self.text(&value.to_string())
    }
}

macro_rules! plain {
    ($($method:ident $type:ty),* $(,)?) => {$(
        fn $method(self, value: $type) -> Result<bool, Unrenderable> {
            self.plain(value)
        }
    )*};
}

impl Serializer for Content<'_> {
    type Ok = bool;
    type Error = Unrenderable;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Impossible<bool, Unrenderable>;
    type SerializeTupleVariant = Impossible<bool, Unrenderable>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<bool, Unrenderable>;

    plain! {
        serialize_bool bool, serialize_char char,
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64,
        serialize_f32 f32, serialize_f64 f64,
    }

    fn serialize_str(self, text: &str) -> Result<bool, Unrenderable> {
        self.text(text)
    }

    fn serialize_none(self) -> Result<bool, Unrenderable> {
        Ok(false)
    }

    fn serialize_unit(self) -> Result<bool, Unrenderable> {
        Ok(false)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<bool, Unrenderable> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<bool, Unrenderable> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<bool, Unrenderable> {
        self.text(variant)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Unrenderable> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Unrenderable> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Unrenderable> {
        Ok(self)
    }

    fn serialize_struct(self, _: &str, _: usize) -> Result<Self, Unrenderable> {
        Ok(self)
    }

    fn serialize_unit_struct(self, _: &str) -> Result<bool, Unrenderable> {
        Ok(true)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<bool, Unrenderable> {
        Err(Unrenderable::kind("bytes"))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &str,
        _: u32,
        _: &str,
        _: &T,
    ) -> Result<bool, Unrenderable> {
        Err(Unrenderable::kind("a union"))
    }

    fn serialize_tuple_struct(
        self,
        _: &str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Unrenderable> {
        Err(Unrenderable::kind("a tuple structure"))
    }

    fn serialize_tuple_variant(
        self,
        _: &str,
        _: u32,
        _: &str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unrenderable> {
        Err(Unrenderable::kind("a union"))
    }

    fn serialize_struct_variant(
        self,
        _: &str,
        _: u32,
        _: &str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unrenderable> {
        Err(Unrenderable::kind("a union"))
    }
}

impl SerializeStruct for Content<'_> {
    type Ok = bool;
    type Error = Unrenderable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unrenderable> {
        element(self.0, name, value).map(drop)
    }

    fn end(self) -> Result<bool, Unrenderable> {
        Ok(true)
    }
}

impl SerializeSeq for Content<'_> {
    type Ok = bool;
    type Error = Unrenderable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrenderable> {
        element(self.0, "member", value).map(drop)
    }

    fn end(self) -> Result<bool, Unrenderable> {
        Ok(true)
    }
}

impl SerializeTuple for Content<'_> {
    type Ok = bool;
    type Error = Unrenderable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrenderable> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<bool, Unrenderable> {
        Ok(true)
    }
}

impl SerializeMap for Content<'_> {
    type Ok = bool;
    type Error = Unrenderable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unrenderable> {
        push_tag(self.0, "<", "entry");
        element(self.0, "key", key).map(drop)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrenderable> {
        element(self.0, "value", value)?;
        push_tag(self.0, "</", "entry");
        Ok(())
    }

    fn end(self) -> Result<bool, Unrenderable> {
        Ok(true)
    }
}

/// A value that no answer of this protocol has.
#[derive(Debug)]
pub(super) struct Unrenderable(String);

impl Unrenderable {
    fn kind(kind: &str) -> Self {
        Self(format!("no answer of the query protocol has {kind}"))
    }
}

impl fmt::Display for Unrenderable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Unrenderable {}

impl serde::ser::Error for Unrenderable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}
