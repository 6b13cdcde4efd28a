//! A KMS key, as it is stored: all but the secret itself, which is sealed.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    arn::{AccountId, Arn, KeyId, Region},
    authorize::KeyPolicy,
    wire::{Error, Result},
};

use super::{
    Deletion, Manager, Material, MaterialId, MaterialOwner, Origin, Rotation, Spec, Stage,
    Standing, Tags, Topology, Usage,
};

/// A key's record.
#[derive(Clone, Serialize, Deserialize)]
pub struct Key {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// Its id.
    pub id: KeyId,
    /// Its owner's words.
    pub description: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// Whether its owner wants it used.
    pub standing: Standing,
    /// What kind of key it is.
    pub spec: Spec,
    /// What it may be used for.
    pub usage: Usage,
    /// Where its material is from.
    pub origin: Origin,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Manager::is_customer")]
    pub manager: Manager,
    /// Who may use it.
    pub policy: KeyPolicy,
    /// What its owner has labelled it with.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// All its materials, in the order in which they came.
    pub materials: Vec<Material>,
    /// When it gets other material.
    #[serde(default, skip_serializing_if = "Rotation::is_idle")]
    pub rotation: Rotation,
    /// When it is deleted, if its owner wants that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Deletion>,
    /// In which Regions it is, if it is a multi-Region key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topology: Option<Topology>,
}

impl Key {
    /// Its ARN.
    pub fn arn(&self) -> Arn<'static> {
        Arn::key(self.region, self.account, &self.id)
    }

    /// What encrypts now. Keys that lack it are told apart by their state before.
    pub fn current(&self) -> Result<&Material> {
        self.newest().ok_or_else(|| Error::world("a key has no material"))
    }

    /// The material that encrypts, if the key has ever had one.
    pub fn newest(&self) -> Option<&Material> {
        self.materials.iter().find(|material| material.stage == Stage::Current)
    }

    /// When the first of the materials that belong to the key for good expires, in milliseconds
    /// since 1970.
    pub fn earliest_expiry(&self) -> Option<i64> {
        let permanent = self.materials.iter().filter(|one| one.stage != Stage::PendingRotation);
        permanent.filter_map(|material| material.expires).min()
    }

    /// The material that a ciphertext names.
    pub fn material(&self, id: &MaterialId) -> Option<&Material> {
        self.materials.iter().find(|material| material.id == *id)
    }

    /// Whether an alias may move on from this key to the other: what is called by it is of one kind
    /// and one usage for good.
    pub fn check_alike(&self, other: &Self) -> Result<()> {
        let has_pair = |key: &Self| key.spec.has_public_key();
        if self.usage == other.usage && has_pair(self) == has_pair(other) {
            return Ok(());
        }
        Err(Error::validation(
            "The current KMS key and the new KMS key of an alias must be of the same type and have \
             the same key usage.",
        ))
    }

    /// The same key with other words.
    pub fn with_description(&self, description: &str) -> Self {
        Self { description: description.to_owned(), ..self.clone() }
    }

    /// The same key with other labels.
    pub fn with_tags(&self, tags: Tags) -> Self {
        Self { tags, ..self.clone() }
    }

    /// Where its record is.
    pub fn path(account: AccountId, region: Region, id: &KeyId) -> String {
        ["key", account.as_str(), region.as_str(), id.as_str()].join("/")
    }

    /// Where the records of a tenant's keys are.
    pub fn prefix(account: AccountId, region: Region) -> String {
        format!("key/{account}/{region}/")
    }
}

/// Binary members of records.
pub(crate) mod base64_text {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Records are JSON.
#[macro_export]
macro_rules! stored_as_json {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::storage::Stored for $type {
            fn encode(&self) -> Vec<u8> {
                serde_json::to_vec(self).expect("records have no maps with keys that are no texts")
            }

            fn decode(bytes: &[u8]) -> std::result::Result<Self, $crate::storage::Corrupt> {
                serde_json::from_slice(bytes).map_err($crate::storage::Corrupt::new)
            }
        }
    )*};
}

stored_as_json!(Key, MaterialOwner);
