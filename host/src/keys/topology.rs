//! Multi-Region keys: one key in several Regions, with one id and the same materials.
//!
//! Source: KMS developer guide, "Multi-Region keys in AWS KMS".

use serde::{Deserialize, Serialize};

use crate::arn::Region;

/// In which Regions a key is: the same in the records of all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// Where it is rotated and replicated.
    pub primary: Region,
    /// Where it is, too.
    pub replicas: Vec<Region>,
}

impl Topology {
    /// That of a key that was just made.
    pub fn new(primary: Region) -> Self {
        Self { primary, replicas: Vec::new() }
    }

    /// All Regions, the primary's first.
    pub fn regions(&self) -> impl Iterator<Item = Region> {
        std::iter::once(self.primary).chain(self.replicas.iter().copied())
    }
}
