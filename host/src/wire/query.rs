//! Requests of the AWS query protocol: a form becomes the members which a JSON request would have.
//!
//! Sources: "AWS query protocol" of Smithy, and captures of what IAM and STS accept. Where those
//! say nothing, what is ambiguous is refused.

mod tree;

use std::{borrow::Cow, collections::BTreeMap};

use self::tree::Node;
use super::{
    error::{Error, Result},
    member::Shape,
    request::Members,
};

/// The parameters of a request: the body of a POST, or the query string of a GET.
#[derive(Debug)]
pub struct Form<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Form<'a> {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut parameters = BTreeMap::new();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(end);
            let name = decode(name)?;
            if name.len() > LONGEST_NAME {
                return Err(Error::long_parameter_name(LONGEST_NAME));
            }
            if parameters.len() == MOST_PARAMETERS {
                return Err(Error::many_parameters(MOST_PARAMETERS));
            }
            // Which one AWS takes is not known, and who looks at a request on its way may take the
            // other.
            if parameters.contains_key(&name) {
                return Err(Error::repeated_parameter(&name));
            }
            parameters.insert(name, decode(value.get(1..).unwrap_or_default())?);
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| &**value)
    }

    /// The members that `shapes` ask for, as JSON would have them. Those of `later` are refused,
    /// and others are ignored, as AWS does.
    pub fn members(&self, shapes: &[(&str, Shape)], later: &[&str]) -> Result<Members> {
        let is_known = |name: &str| later.contains(&name) || shapes.iter().any(|(n, _)| *n == name);
        let mut root = Node::default();
        for (name, value) in &self.0 {
            if name.split('.').next().is_some_and(is_known) {
                root.insert(name, value)?;
            }
        }
        if let Some(name) = later.iter().find(|name| root.has(name)) {
            return Err(Error::unserved_member(name));
        }
        root.members(shapes, "")
    }
}

/// Undoes the encoding of one name or value.
fn decode(raw: &[u8]) -> Result<Cow<'_, str>> {
    if !raw.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return std::str::from_utf8(raw).map(Cow::Borrowed).map_err(|_| Error::not_utf8());
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let [high, low, after @ ..] = after else { return Err(Error::bad_escape()) };
                rest = after;
                digit(*high)
                    .zip(digit(*low))
                    .map(|(high, low)| high << 4 | low)
                    .ok_or_else(Error::bad_escape)?
            }
            other => *other,
        });
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Error::not_utf8())
}

fn digit(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

/// Some lists have no bound of their own; a body has room for more parameters than anyone sends.
const MOST_PARAMETERS: usize = 4096;
/// In bytes, and several times what the deepest member needs; it bounds the depth as well.
const LONGEST_NAME: usize = 256;

#[cfg(test)]
mod tests;
