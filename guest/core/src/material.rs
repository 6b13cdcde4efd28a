//! The material of a key in the form that is used: parsed once, cached by the [keyring].
//!
//! [keyring]: crate::keyring

use alloc::vec::Vec;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    binding::KeySpec,
    error::{Error, Result},
    families::{curves, ed25519, hmac, ml_dsa, ml_kem, rsa},
    random::Drbg,
};

/// A key, ready to be used.
pub enum Material {
    /// AES-256-GCM under per-message keys.
    Symmetric(Symmetric),
    /// HMAC.
    Mac(hmac::SecretKey),
    /// RSA.
    Rsa(rsa::PrivateKey),
    /// ECDSA and ECDH.
    Curve(curves::PrivateKey),
    /// Ed25519.
    Ed25519(ed25519::PrivateKey),
    /// ML-DSA.
    MlDsa(ml_dsa::PrivateKey),
    /// ML-KEM.
    MlKem(ml_kem::PrivateKey),
}

/// A symmetric key, ready to derive message keys.
pub struct Symmetric {
    id: [u8; 32],
    messages: Hkdf<Sha256>,
}

/// Which family a spec belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Family {
    /// AES.
    Symmetric,
    /// HMAC.
    Mac,
    /// RSA.
    Rsa,
    /// The NIST curves and secp256k1.
    Curve,
    /// Ed25519.
    Ed25519,
    /// ML-DSA.
    MlDsa,
    /// ML-KEM.
    MlKem,
}

impl Material {
    /// Makes a key, in the form that is stored.
    pub fn generate(spec: KeySpec, drbg: &mut Drbg) -> Result<Zeroizing<Vec<u8>>> {
        Ok(match Family::of(spec) {
            Family::Symmetric => Zeroizing::new(drbg.secret().expose().to_vec()),
            Family::Mac => hmac::SecretKey::generate(spec, drbg)?.stored(),
            Family::Rsa => rsa::PrivateKey::generate(spec, drbg)?.stored(),
            Family::Curve => curves::PrivateKey::generate(spec, drbg)?.stored(),
            Family::Ed25519 => ed25519::PrivateKey::generate(spec, drbg)?.stored(),
            Family::MlDsa => ml_dsa::PrivateKey::generate(spec, drbg)?.stored(),
            Family::MlKem => ml_kem::PrivateKey::generate(spec, drbg)?.stored(),
        })
    }

    /// Makes a key pair to be used outside: SubjectPublicKeyInfo and PKCS #8, both DER.
    pub fn generate_pair(spec: KeySpec, drbg: &mut Drbg) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>)> {
        Ok(match Family::of(spec) {
            Family::Rsa => {
                let key = rsa::PrivateKey::generate(spec, drbg)?;
                (key.public_key(), key.to_pkcs8())
            }
            Family::Curve => {
                let key = curves::PrivateKey::generate(spec, drbg)?;
                (key.public_key(), key.to_pkcs8())
            }
            Family::Ed25519 => {
                let key = ed25519::PrivateKey::generate(spec, drbg)?;
                (key.public_key(), key.to_pkcs8())
            }
            Family::Symmetric | Family::Mac | Family::MlDsa | Family::MlKem => {
                return Err(Error::Unsupported);
            }
        })
    }

    /// Opens what [`Material::generate`] or [`Material::import`] gave for the key `key_id`.
    pub fn from_stored(spec: KeySpec, stored: &[u8], key_id: &[u8]) -> Result<Self> {
        Ok(match Family::of(spec) {
            Family::Symmetric => Self::Symmetric(Symmetric::new(stored, key_id)?),
            Family::Mac => Self::Mac(hmac::SecretKey::from_stored(spec, stored)?),
            Family::Rsa => Self::Rsa(rsa::PrivateKey::from_stored(spec, stored)?),
            Family::Curve => Self::Curve(curves::PrivateKey::from_stored(spec, stored)?),
            Family::Ed25519 => Self::Ed25519(ed25519::PrivateKey::from_stored(spec, stored)?),
            Family::MlDsa => Self::MlDsa(ml_dsa::PrivateKey::from_stored(spec, stored)?),
            Family::MlKem => Self::MlKem(ml_kem::PrivateKey::from_stored(spec, stored)?),
        })
    }

    /// Takes in material that was made elsewhere, and gives it the form that is stored.
    pub fn import(spec: KeySpec, material: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        Ok(match Family::of(spec) {
            Family::Symmetric if material.len() == 32 => Zeroizing::new(material.to_vec()),
            Family::Symmetric => return Err(Error::Unverified),
            Family::Mac => hmac::SecretKey::from_import(spec, material)?.stored(),
            Family::Rsa => rsa::PrivateKey::from_pkcs8(spec, material)?.stored(),
            Family::Curve => curves::PrivateKey::from_pkcs8(spec, material)?.stored(),
            Family::Ed25519 => ed25519::PrivateKey::from_pkcs8(spec, material)?.stored(),
            Family::MlDsa | Family::MlKem => return Err(Error::Unsupported),
        })
    }

    /// The public half, as SubjectPublicKeyInfo (DER).
    pub fn public_key(&self) -> Result<Vec<u8>> {
        Ok(match self {
            Self::Symmetric(_) | Self::Mac(_) => return Err(Error::Unsupported),
            Self::Rsa(key) => key.public_key(),
            Self::Curve(key) => key.public_key(),
            Self::Ed25519(key) => key.public_key(),
            Self::MlDsa(key) => key.public_key(),
            Self::MlKem(key) => key.public_key(),
        })
    }

    /// About how much memory the opened key takes up, in bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Symmetric(_) | Self::Mac(_) | Self::Ed25519(_) => 1 << 10,
            Self::Curve(_) => 1 << 10,
            Self::Rsa(_) => 8 << 10,
            Self::MlKem(_) => 32 << 10,
            Self::MlDsa(_) => 128 << 10,
        }
    }
}

impl Symmetric {
    /// Prepares the material of the key `key_id`.
    pub fn new(stored: &[u8], key_id: &[u8]) -> Result<Self> {
        if stored.len() != 32 {
            return Err(Error::Foreign);
        }
        let messages = Hkdf::new(Some(b"keycell message v1"), stored);
        Ok(Self { id: material_id(stored, key_id), messages })
    }

    /// Names the material in ciphertexts.
    pub fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// What derives the key of one message.
    pub(crate) fn messages(&self) -> &Hkdf<Sha256> {
        &self.messages
    }
}

impl Family {
    /// The family of a spec.
    pub fn of(spec: KeySpec) -> Self {
        match spec {
            KeySpec::Symmetric => Self::Symmetric,
            KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => Self::Mac,
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => Self::Rsa,
            KeySpec::P256 | KeySpec::P384 | KeySpec::P521 | KeySpec::Secp256k1 => Self::Curve,
            KeySpec::Ed25519 => Self::Ed25519,
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => Self::MlDsa,
            KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => Self::MlKem,
        }
    }
}

/// The material id: made of the stored material and the key id alone, so that the same bytes
/// imported again get the same id; tells nothing of the material, being the output of a key
/// derivation function.
pub fn material_id(stored: &[u8], key_id: &[u8]) -> [u8; 32] {
    let mut id = [0; 32];
    Hkdf::<Sha256>::new(Some(b"keycell material id v1"), stored)
        .expand(key_id, &mut id)
        .expect("32 bytes are within what HKDF-SHA256 expands to");
    id
}
