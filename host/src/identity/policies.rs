//! The policies of a user, a group or a role.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::authorize::IdentityPolicy;

use super::UniqueId;

/// The policies of a user, a group or a role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policies {
    /// Those that are its own, by their names in lower case.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub inline: BTreeMap<String, Inline>,
    /// The managed ones: their ARNs and ids.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attached: BTreeMap<String, UniqueId>,
    /// The managed policy that limits what all others may allow: its ARN and its id. Groups have
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary: Option<(String, UniqueId)>,
}

/// An inline policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inline {
    /// As it was given.
    pub name: String,
    /// What it says.
    pub document: IdentityPolicy,
}
