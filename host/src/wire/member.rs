//! What a member of a request is: how it is read from JSON, which rules it keeps, what the model
//! says of it, and what of it a record may show.

use std::fmt::Write;

use serde_json::Value;

use super::error::{Error, Result};

/// The type of a member. A value that exists keeps the rules.
pub trait Member: Sized {
    /// What the model says of it.
    const SHAPE: Shape;

    /// Reads the value, which is `None` where the request has none or `null`. Returns `None`, with
    /// something in `violations`, where a rule is broken.
    fn read(value: Option<&Value>, path: &str, violations: &mut Violations)
    -> Result<Option<Self>>;

    /// What a record shows of it; nothing if it is sensitive or was not given.
    fn echo(&self, name: &str, echo: &mut Echo);
}

/// The rules of a member, for comparison with AWS's model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Its type and bounds.
    pub kind: Kind,
    /// Whether every request must have it.
    pub required: bool,
    /// Whether records and logs must never show it.
    pub sensitive: bool,
}

/// A type in the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Characters, and the rule on which ones.
    Text(Bounds, Option<&'static str>),
    /// One of a few texts.
    Choice(&'static [&'static str]),
    /// Bytes, counted decoded.
    Blob(Bounds),
    /// A whole number.
    Integer(Bounds),
    /// `true` or `false`.
    Boolean,
    /// A list of members of one kind, and how many; at most [`ANY_NUMBER`] where the model does not
    /// say.
    List(&'static Kind, Bounds),
    /// Members of its own.
    Structure(&'static [(&'static str, Shape)]),
    /// From text to text.
    TextMap,
    /// Seconds since 1970.
    Timestamp,
}

/// The least and the most.
pub type Bounds = (u32, u32);

/// As many as a body has room for.
pub const ANY_NUMBER: u32 = u32::MAX;

/// Rules that a request broke, in AWS's words.
#[derive(Default)]
pub struct Violations {
    broken: Vec<String>,
    /// What IAM finds once nothing else is broken.
    specified: Option<String>,
}

impl Violations {
    /// A value that broke a rule.
    pub fn add(&mut self, value: &str, path: &str, constraint: &str) {
        self.broken.push(format!("Value '{value}' at '{path}' {FAILED} {constraint}"));
    }

    /// The same without the value, for blobs and sensitive members.
    pub fn add_masked(&mut self, path: &str, constraint: &str) {
        self.broken.push(format!("Value at '{path}' {FAILED} {constraint}"));
    }

    /// A required member that is not there.
    pub fn add_missing(&mut self, path: &str) {
        self.broken.push(format!("Value null at '{path}' {FAILED} Member must not be null"));
    }

    /// A value that IAM finds invalid, which it says in a sentence of its own.
    pub fn add_specified(&mut self, path: &str, rule: &str) {
        let told = || format!("The specified value for {path} is invalid. {rule}");
        self.specified.get_or_insert_with(told);
    }

    /// Nothing may have been broken.
    pub fn check(self) -> Result<()> {
        match (self.broken.is_empty(), self.specified) {
            (true, None) => Ok(()),
            (true, Some(specified)) => Err(Error::validation(specified)),
            (false, _) => Err(Error::violations(&self.broken)),
        }
    }
}

const FAILED: &str = "failed to satisfy constraint:";

/// `requestParameters` of a record, while it is being written: the inside of a JSON object.
#[derive(Default)]
pub struct Echo(String);

impl Echo {
    /// A text under the lower camel case of its name.
    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        push_json(&mut self.0, value);
    }

    /// A number or a truth value.
    pub fn plain(&mut self, name: &str, value: impl std::fmt::Display) {
        self.name(name);
        write!(self.0, "{value}").expect("strings take what is written to them");
    }

    /// A map from text to text.
    pub fn map<'a>(&mut self, name: &str, entries: impl Iterator<Item = (&'a str, &'a str)>) {
        self.name(name);
        let mut separator = '{';
        for (key, value) in entries {
            self.0.push(separator);
            push_json(&mut self.0, key);
            self.0.push(':');
            push_json(&mut self.0, value);
            separator = ',';
        }
        self.0.push_str(if separator == '{' { "{}" } else { "}" });
    }

    /// A structure, whose members are written to an echo of its own.
    pub fn structure(&mut self, name: &str, members: Self) {
        self.name(name);
        self.push_members(members);
    }

    /// A list of texts.
    pub fn texts<'a>(&mut self, name: &str, texts: impl Iterator<Item = &'a str>) {
        self.list(name, texts, |echo, text| push_json(&mut echo.0, text));
    }

    /// A list of structures.
    pub fn structures(&mut self, name: &str, structures: impl Iterator<Item = Self>) {
        self.list(name, structures, Self::push_members);
    }

    fn list<T>(
        &mut self,
        name: &str,
        entries: impl Iterator<Item = T>,
        push: impl Fn(&mut Self, T),
    ) {
        self.name(name);
        self.0.push('[');
        for (index, entry) in entries.enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            push(self, entry);
        }
        self.0.push(']');
    }

    fn push_members(&mut self, members: Self) {
        self.0.push('{');
        self.0.push_str(&members.0);
        self.0.push('}');
    }

    /// The whole object, or `None` where there is nothing to show.
    pub fn finish(self) -> Option<String> {
        if self.0.is_empty() { None } else { Some(format!("{{{}}}", self.0)) }
    }

    fn name(&mut self, name: &str) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push('"');
        push_camel_case(&mut self.0, name);
        self.0.push_str("\":");
    }
}

/// `KeyId` becomes `keyId`: the spelling of records and of violations.
pub fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    push_camel_case(&mut out, name);
    out
}

fn push_camel_case(out: &mut String, name: &str) {
    let mut letters = name.chars();
    out.extend(letters.next().map(|first| first.to_ascii_lowercase()));
    out.push_str(letters.as_str());
}

/// A text as JSON writes it.
pub fn push_json(out: &mut String, text: &str) {
    // Nearly all texts need no escape; those that do go the long way. No byte ends the search, so
    // that it looks at many at a time.
    let is_odd = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\') | (byte == 0x7f);
    if !text.bytes().fold(false, |any, byte| any | is_odd(byte)) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&Value::from(text).to_string());
    }
}

impl<T: Member> Member for Option<T> {
    const SHAPE: Shape = Shape { required: false, ..T::SHAPE };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        match value {
            None => Ok(Some(None)),
            Some(_) => Ok(T::read(value, path, violations)?.map(Some)),
        }
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        if let Some(member) = self {
            member.echo(name, echo);
        }
    }
}

/// A member that has a value even where the request gives none: records show it all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaulted<T>(pub T);

impl<T: Member + Default> Member for Defaulted<T> {
    const SHAPE: Shape = Shape { required: false, ..T::SHAPE };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        match value {
            None => Ok(Some(Self(T::default()))),
            Some(_) => Ok(T::read(value, path, violations)?.map(Self)),
        }
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        self.0.echo(name, echo);
    }
}

/// A member whose default records show, while its operation wants to know whether it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled<T>(pub Option<T>);

impl<T: Member + Default> Member for Filled<T> {
    const SHAPE: Shape = Shape { required: false, ..T::SHAPE };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        Ok(Option::read(value, path, violations)?.map(Self))
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        match &self.0 {
            Some(member) => member.echo(name, echo),
            None => T::default().echo(name, echo),
        }
    }
}

impl Member for bool {
    const SHAPE: Shape = Shape { kind: Kind::Boolean, required: true, sensitive: false };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        match value {
            None => {
                violations.add_missing(path);
                Ok(None)
            }
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(other) => Err(mistyped(other, "Boolean")),
        }
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        echo.plain(name, self);
    }
}

/// The text of a member, or the error for anything else.
pub fn text(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| mistyped(value, "String"))
}

/// A value of the wrong type.
pub fn mistyped(value: &Value, wanted: &str) -> Error {
    Error::serialization(match value {
        Value::Object(_) => "Start of structure or map found where not expected.".to_owned(),
        Value::Array(_) => "Start of list found where not expected".to_owned(),
        Value::String(_) => format!("STRING_VALUE can not be converted to {wanted}"),
        Value::Number(_) => format!("NUMBER_VALUE can not be converted to {wanted}"),
        Value::Bool(true) => format!("TRUE_VALUE can not be converted to {wanted}"),
        Value::Bool(false) => format!("FALSE_VALUE can not be converted to {wanted}"),
        Value::Null => format!("NULL_VALUE can not be converted to {wanted}"),
    })
}
