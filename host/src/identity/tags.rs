//! Tags of users, roles, policies and sessions. Unlike those of KMS keys, their names differ by
//! more than their case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tags by their names as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IamTags(pub BTreeMap<String, String>);

impl IamTags {
    /// The value of a name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut tags = self.0.iter();
        tags.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// These, with others in the place of those of the same name.
    pub fn overridden_by(&self, others: &Self) -> Self {
        let is_kept = |name: &str| others.get(name).is_none();
        let own = self.0.iter().filter(|(name, _)| is_kept(name));
        let all = own.chain(&others.0).map(|(name, value)| (name.clone(), value.clone()));
        Self(all.collect())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
