//! The versions of a key's material, as they are stored.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    arn::{AccountId, KeyId, Region},
    wire::hex,
};

use super::{Key, Rotated, key::base64_text};

/// One version of a key's material.
#[derive(Clone, Serialize, Deserialize)]
pub struct Material {
    /// Names it in ciphertexts.
    pub id: MaterialId,
    /// What it is used for.
    pub stage: Stage,
    /// Opens in the isolate of the key's tenant only. None if it was imported and then deleted: the
    /// same bytes may come again.
    pub sealed: Option<Sealed>,
    /// When it expires, in milliseconds since 1970; if ever.
    pub expires: Option<i64>,
    /// Its owner's words.
    pub description: String,
    /// How it became the current one, if it took the place of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<Rotated>,
}

/// Sealed bytes, as records have them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(#[serde(with = "base64_text")] pub Vec<u8>);

/// `KeyMaterialState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Encrypts and decrypts.
    #[serde(rename = "CURRENT")]
    Current,
    /// Decrypts what it encrypted while it was the current one.
    #[serde(rename = "NON_CURRENT")]
    NonCurrent,
    /// Was imported, and becomes the current one at the next rotation. It does not belong to the
    /// key for good: it may be deleted or expire without being missed.
    #[serde(rename = "PENDING_ROTATION")]
    PendingRotation,
}

/// The name of a material: 32 bytes, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaterialId(pub [u8; 32]);

/// Which key a material belongs to: how a ciphertext finds its key.
#[derive(Serialize, Deserialize)]
pub struct MaterialOwner {
    /// Whose key.
    pub account: AccountId,
    /// Which key.
    pub key: KeyId,
}

impl Material {
    /// Whether it can be used now, in milliseconds since 1970.
    pub fn is_there(&self, now: i64) -> bool {
        self.sealed.is_some() && self.expires.is_none_or(|expires| now < expires)
    }

    /// Whether it has come in at all. Material that waits for its rotation is not missed if it has
    /// expired meanwhile: the rotation is done, and then the key waits for it.
    pub fn has_come(&self) -> bool {
        self.sealed.is_some() || self.expires.is_some()
    }
}

impl Key {
    /// A material that has expired and is still there.
    pub fn expired(&self, now: i64) -> Option<&Material> {
        let mut there = self.materials.iter().filter(|material| material.sealed.is_some());
        there.find(|material| !material.is_there(now))
    }
}

impl MaterialOwner {
    /// Where the record is that tells a material's key. Materials are named in every Region apart,
    /// as multi-Region keys share them.
    pub fn path(region: Region, id: &MaterialId) -> String {
        format!("material/{region}/{id}")
    }
}

impl MaterialId {
    /// The material that a ciphertext was made with, if it has the form of one.
    pub fn of_ciphertext(ciphertext: &[u8]) -> Option<Self> {
        let (version, rest) = ciphertext.split_first()?;
        let (id, rest) = rest.split_first_chunk()?;
        // At least a salt and a tag must follow.
        (*version == 1 && rest.len() >= 32).then_some(Self(*id))
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut id = [0; 32];
        for (at, byte) in id.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2)?;
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
        Some(Self(id))
    }
}

impl fmt::Display for MaterialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for MaterialId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MaterialId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let malformed = || D::Error::custom("a material id has 64 hexadecimal digits");
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(malformed)
    }
}
