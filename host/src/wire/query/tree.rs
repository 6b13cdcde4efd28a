//! The names of a form as a tree, and the tree as members.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::wire::{
    error::{Error, Result},
    member::{Bounds, Kind, Shape, Violations, camel_case},
    request::Members,
};

/// What was given under one name: a text, or names or indexes behind it.
#[derive(Default)]
pub(super) struct Node<'a> {
    text: Option<&'a str>,
    below: BTreeMap<Segment<'a>, Self>,
}

/// What stands between two dots. `01` and `1` are one index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Segment<'a> {
    Name(&'a str),
    Index(u32),
}

impl<'a> Segment<'a> {
    fn parse(text: &'a str, before: Option<Self>) -> Result<Self> {
        if text.starts_with('-') {
            return Err(Error::leading_minus(text));
        }
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Name(text));
        }
        if matches!(before, Some(Self::Index(_))) {
            return Err(Error::two_indexes());
        }
        match text.parse() {
            Ok(0) | Err(_) => Err(Error::invalid_index(text)),
            Ok(index) => Ok(Self::Index(index)),
        }
    }
}

impl<'a> Node<'a> {
    /// Adds a parameter; its name is short, so the tree is not deep.
    pub(super) fn insert(&mut self, name: &'a str, value: &'a str) -> Result<()> {
        let (mut node, mut before) = (self, None);
        for text in name.split('.') {
            let segment = Segment::parse(text, before)?;
            before = Some(segment);
            node = node.below.entry(segment).or_default();
        }
        match node.text.replace(value) {
            None => Ok(()),
            Some(_) => Err(Error::repeated_parameter(name)),
        }
    }

    /// Whether anything was given under that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.below.contains_key(&Segment::Name(name))
    }

    /// The members of a structure; those that it does not have are ignored.
    pub(super) fn members(&self, shapes: &[(&str, Shape)], path: &str) -> Result<Members> {
        match self.text {
            None => {}
            Some("") if self.below.is_empty() => {}
            Some(_) => return Err(Error::unexpected_text("complex")),
        }
        if self.has_indexes() {
            return Err(Error::unexpected_list());
        }
        let mut members = Members::new();
        for (name, shape) in shapes {
            if let Some(node) = self.below.get(&Segment::Name(name)) {
                let path = match path {
                    "" => camel_case(name),
                    path => format!("{path}.{}", camel_case(name)),
                };
                members.insert((*name).to_owned(), node.value(&shape.kind, &path)?);
            }
        }
        Ok(members)
    }

    fn value(&self, kind: &Kind, path: &str) -> Result<Value> {
        Ok(match kind {
            Kind::Text(..) | Kind::Choice(_) | Kind::Blob(_) => self.text()?.into(),
            Kind::Integer(_) => integer(self.text()?)?,
            Kind::Boolean => boolean(self.text()?)?,
            Kind::Timestamp => timestamp(self.text()?)?,
            Kind::List(entry, _) => self.list("member", entry, path)?.into(),
            Kind::Structure(shapes) => self.members(shapes, path)?.into(),
            Kind::TextMap => self.map(path)?.into(),
        })
    }

    fn text(&self) -> Result<&'a str> {
        match self.text {
            Some(text) if self.below.is_empty() => Ok(text),
            // AWS says so of names as well.
            Some(_) | None => Err(Error::unexpected_list()),
        }
    }

    /// The entries of a list, which stand behind `name`. The list alone, without a value, is empty.
    fn list(&self, name: &str, entry: &Kind, path: &str) -> Result<Vec<Value>> {
        if self.is_empty_list()? {
            return Ok(Vec::new());
        }
        let Some(entries) = self.below.get(&Segment::Name(name)).filter(|_| self.below.len() == 1)
        else {
            return Err(Error::unexpected_structure());
        };
        if entries.is_empty_list()? {
            return Ok(Vec::new());
        }
        // To AWS, members behind no index are those of the first entry.
        if !entries.has_indexes() {
            return Ok(vec![entries.value(entry, &format!("{path}.1.member"))?]);
        }
        entries.indexed(entry, path)
    }

    /// The entries in the order of their indexes; those that were left out are there, and empty.
    fn indexed(&self, entry: &Kind, path: &str) -> Result<Vec<Value>> {
        let mut values = Vec::new();
        let mut last = 1;
        for (segment, node) in &self.below {
            let Segment::Index(index) = *segment else {
                return Err(Error::unexpected_structure());
            };
            let skipped = index.saturating_sub(last);
            if skipped > WIDEST_GAP {
                return Err(Error::sparse_list(skipped));
            }
            for _ in last + u32::from(!values.is_empty())..index {
                values.push(absent(entry, path)?);
            }
            values.push(node.value(entry, &format!("{path}.{index}.member"))?);
            last = index;
        }
        Ok(values)
    }

    fn map(&self, path: &str) -> Result<Members> {
        let mut map = Members::new();
        for entry in self.list("entry", &Kind::Structure(MAP_ENTRY), path)? {
            let [Some(key), Some(value)] = ["key", "value"].map(|name| entry.get(name)) else {
                return Err(Error::unexpected_text("map"));
            };
            let key = key.as_str().unwrap_or_default();
            if map.insert(key.to_owned(), value.clone()).is_some() {
                return Err(Error::repeated_parameter(key));
            }
        }
        Ok(map)
    }

    fn has_indexes(&self) -> bool {
        // Names come first.
        matches!(self.below.last_key_value(), Some((Segment::Index(_), _)))
    }

    /// A list has no text but an empty one, and that only if it has nothing else.
    fn is_empty_list(&self) -> Result<bool> {
        match self.text {
            None => Ok(false),
            Some("") if self.below.is_empty() => Ok(true),
            Some(_) => Err(Error::unexpected_text("list")),
        }
    }
}

fn integer(text: &str) -> Result<Value> {
    // As AWS reads them: a sign and zeros may lead, and there are 32 bits.
    let number: i32 = text.parse().map_err(|_| Error::not_convertible("Integer"))?;
    Ok(number.into())
}

fn boolean(text: &str) -> Result<Value> {
    match text {
        "true" | "1" => Ok(true.into()),
        "false" | "0" => Ok(false.into()),
        _ => Err(Error::not_convertible("Boolean")),
    }
}

/// ISO 8601 becomes seconds since 1970.
fn timestamp(text: &str) -> Result<Value> {
    let time: Timestamp = text.parse().map_err(|_| Error::not_convertible("Timestamp"))?;
    Ok(time.as_duration().as_secs_f64().into())
}

/// The value of an entry that was left out: structures say themselves what they miss.
fn absent(kind: &Kind, path: &str) -> Result<Value> {
    let rules = match kind {
        Kind::Structure(_) | Kind::TextMap => return Ok(Members::new().into()),
        Kind::List(..) => return Ok(Vec::<Value>::new().into()),
        Kind::Text(bounds, pattern) => text_rules(*bounds, *pattern),
        Kind::Choice(choices) => {
            format!("Member must satisfy enum value set: [{}]", choices.join(", "))
        }
        Kind::Blob(_) | Kind::Integer(_) | Kind::Boolean | Kind::Timestamp => {
            "Member must not be null".to_owned()
        }
    };
    let mut violations = Violations::default();
    violations.add_masked(path, &format!("Member must satisfy constraint: [{rules}]"));
    violations.check()?;
    Ok(Value::Null)
}

fn text_rules((min, max): Bounds, pattern: Option<&str>) -> String {
    let mut rules = format!(
        "Member must have length less than or equal to {max}, \
         Member must have length greater than or equal to {min}"
    );
    if let Some(pattern) = pattern {
        rules += &format!(", Member must satisfy regular expression pattern: {pattern}");
    }
    rules
}

/// How far an index may be behind the one before it.
const WIDEST_GAP: u32 = 10;

/// Of a map, each entry.
const MAP_ENTRY: &[(&str, Shape)] = &[("key", MAP_TEXT), ("value", MAP_TEXT)];
const MAP_TEXT: Shape =
    Shape { kind: Kind::Text((0, u32::MAX), None), required: true, sensitive: false };
