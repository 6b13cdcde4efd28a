//! A KMS key, as it is stored: all but the secret itself, which is sealed.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    arn::{AccountId, Arn, KeyId, Region},
    authorize::KeyPolicy,
    wire::{Error, Result, hex, members::EncryptionAlgorithm},
};

use super::State;

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
    /// Whether it may be used.
    pub state: State,
    /// What kind of key it is.
    pub spec: Spec,
    /// What it may be used for.
    pub usage: Usage,
    /// Where its material is from.
    pub origin: Origin,
    /// Who may use it.
    pub policy: KeyPolicy,
    /// All its materials, the current one last. A key that was never without material has one.
    pub materials: Vec<Material>,
}

/// One version of a key's material.
#[derive(Clone, Serialize, Deserialize)]
pub struct Material {
    /// Names it in ciphertexts.
    pub id: MaterialId,
    /// Opens in the isolate of the key's tenant only.
    #[serde(with = "base64_text")]
    pub sealed: Vec<u8>,
}

/// The name of a material: 32 bytes, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MaterialId(pub [u8; 32]);

/// Which key a material belongs to: how a ciphertext finds its key.
#[derive(Serialize, Deserialize)]
pub struct MaterialOwner {
    /// Whose key.
    pub account: AccountId,
    /// Which key.
    pub key: KeyId,
}

/// `KeySpec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spec {
    /// AES-256-GCM.
    #[serde(rename = "SYMMETRIC_DEFAULT")]
    SymmetricDefault,
}

/// `KeyUsage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Usage {
    /// Encrypt, decrypt, and make data keys.
    #[serde(rename = "ENCRYPT_DECRYPT")]
    EncryptDecrypt,
}

/// `Origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Made here.
    #[serde(rename = "AWS_KMS")]
    AwsKms,
}

impl Key {
    /// Its ARN.
    pub fn arn(&self) -> Arn<'static> {
        Arn::key(self.region, self.account, &self.id)
    }

    /// What encrypts now.
    pub fn current(&self) -> Result<&Material> {
        self.materials.last().ok_or_else(|| Error::world("a key has no material"))
    }

    /// The material that a ciphertext names.
    pub fn material(&self, id: &MaterialId) -> Option<&Material> {
        self.materials.iter().find(|material| material.id == *id)
    }

    /// Whether the key may encrypt or decrypt now: state before usage before algorithm, as AWS
    /// does.
    pub fn check_cipher(&self, algorithm: EncryptionAlgorithm) -> Result<()> {
        self.check_usable()?;
        let Usage::EncryptDecrypt = self.usage;
        match (self.spec, algorithm) {
            (Spec::SymmetricDefault, EncryptionAlgorithm::SymmetricDefault) => Ok(()),
            (
                Spec::SymmetricDefault,
                EncryptionAlgorithm::RsaesOaepSha1
                | EncryptionAlgorithm::RsaesOaepSha256
                | EncryptionAlgorithm::Sm2Pke,
            ) => Err(Error::incompatible_algorithm(algorithm.as_str(), self.spec.as_str())),
        }
    }

    /// The same key with other words.
    pub fn with_description(&self, description: &str) -> Self {
        Self { description: description.to_owned(), ..self.clone() }
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

impl Spec {
    /// AWS's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SymmetricDefault => "SYMMETRIC_DEFAULT",
        }
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
}

impl fmt::Display for MaterialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for MaterialId {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MaterialId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let malformed = || D::Error::custom("a material id has 64 hexadecimal digits");
        let mut id = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(malformed());
        }
        for (at, byte) in id.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2).ok_or_else(malformed)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| malformed())?;
        }
        Ok(Self(id))
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
