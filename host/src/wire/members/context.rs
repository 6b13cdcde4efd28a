//! Encryption context.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::{
    error::{Error, Result},
    member::{Echo, Kind, Member, Shape, Violations, text},
};

/// Encryption context: authenticated, never secret, and shown in records. Absent and empty are the
/// same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncryptionContext(BTreeMap<String, String>);

impl EncryptionContext {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs, sorted by name.
    pub fn pairs(&self) -> impl DoubleEndedIterator<Item = (&String, &String)> {
        self.0.iter()
    }

    /// The one encoding of the map: sorted by name, each name and value behind its length (four
    /// bytes, big-endian). The order in which a request names the pairs does not matter.
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_length());
        for text in self.0.iter().flat_map(|(name, value)| [name, value]) {
            let length =
                u32::try_from(text.len()).expect("at most 8 KiB: checked when it was read");
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        out
    }

    fn encoded_length(&self) -> usize {
        self.0.iter().map(|(name, value)| 8 + name.len() + value.len()).sum()
    }
}

impl FromIterator<(String, String)> for EncryptionContext {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Member for EncryptionContext {
    const SHAPE: Shape = Shape { kind: Kind::TextMap, required: false, sensitive: false };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        let Some(value) = value else {
            return Ok(Some(Self::default()));
        };
        let Value::Object(entries) = value else {
            return Err(Error::serialization("Expected map or null"));
        };
        let mut context = BTreeMap::new();
        for (name, value) in entries {
            context.insert(name.clone(), text(value)?.to_owned());
        }
        let context = Self(context);
        if context.encoded_length() > CONTEXT {
            let rule = format!("Member must have length less than or equal to {CONTEXT}");
            violations.add_masked(path, &rule);
            return Ok(None);
        }
        Ok(Some(context))
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        if !self.is_empty() {
            echo.map(name, self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        }
    }
}

/// The canonical encoding of an encryption context, in bytes.
const CONTEXT: usize = 8192;
