//! Tags: labels that a key's owner gives it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A key's tags: values by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub BTreeMap<String, String>);

impl Tags {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
