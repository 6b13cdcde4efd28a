//! What keys do that do not encrypt.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::{
    algorithm::{Message, Signing},
    binding::KeyUsage,
    error::{Error, Result},
    material::Material,
};

use super::{Key, Tenant};

/// A shared secret, for its caller.
pub struct Encapsulated {
    /// Thirty-two bytes.
    pub shared_secret: Zeroizing<Vec<u8>>,
    /// What the holder of the private half makes the same secret of.
    pub ciphertext: Vec<u8>,
}

impl Tenant {
    /// Signs.
    pub fn sign(
        &mut self,
        key: &Key<'_>,
        algorithm: Signing,
        message: Message<'_>,
    ) -> Result<Vec<u8>> {
        match &*self.open(key, KeyUsage::SignVerify)? {
            Material::Rsa(key) => key.sign(algorithm, message, &mut self.drbg),
            Material::Curve(key) => key.sign(algorithm, message, &mut self.drbg),
            Material::Ed25519(key) => key.sign(algorithm, message, &mut self.drbg),
            Material::MlDsa(key) => key.sign(algorithm, message, &mut self.drbg),
            Material::Symmetric(_) | Material::Mac(_) | Material::MlKem(_) => {
                Err(Error::Unsupported)
            }
        }
    }

    /// Whether a signature is the key's.
    pub fn verify(
        &mut self,
        key: &Key<'_>,
        algorithm: Signing,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<()> {
        match &*self.open(key, KeyUsage::SignVerify)? {
            Material::Rsa(key) => key.verify(algorithm, message, signature),
            Material::Curve(key) => key.verify(algorithm, message, signature),
            Material::Ed25519(key) => key.verify(algorithm, message, signature),
            Material::MlDsa(key) => key.verify(algorithm, message, signature),
            Material::Symmetric(_) | Material::Mac(_) | Material::MlKem(_) => {
                Err(Error::Unsupported)
            }
        }
    }

    /// A MAC of the length that the key's spec gives.
    pub fn generate_mac(&mut self, key: &Key<'_>, message: &[u8]) -> Result<Vec<u8>> {
        match &*self.open(key, KeyUsage::Mac)? {
            Material::Mac(key) => key.generate_mac(message),
            _ => Err(Error::Unsupported),
        }
    }

    /// Whether a MAC is the key's, in constant time.
    pub fn verify_mac(&mut self, key: &Key<'_>, message: &[u8], mac: &[u8]) -> Result<()> {
        match &*self.open(key, KeyUsage::Mac)? {
            Material::Mac(key) => key.verify_mac(message, mac),
            _ => Err(Error::Unsupported),
        }
    }

    /// The shared secret with `peer`, a SubjectPublicKeyInfo (DER) on the same curve.
    pub fn derive(&mut self, key: &Key<'_>, peer: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        match &*self.open(key, KeyUsage::KeyAgreement)? {
            Material::Curve(key) => key.derive(peer),
            _ => Err(Error::Unsupported),
        }
    }

    /// A fresh shared secret, and its ciphertext.
    pub fn encapsulate(&mut self, key: &Key<'_>) -> Result<Encapsulated> {
        match &*self.open(key, KeyUsage::Encapsulation)? {
            Material::MlKem(key) => {
                let (shared_secret, ciphertext) = key.encapsulate(&mut self.drbg);
                Ok(Encapsulated { shared_secret, ciphertext })
            }
            _ => Err(Error::Unsupported),
        }
    }

    /// The shared secret that a ciphertext holds.
    pub fn decapsulate(&mut self, key: &Key<'_>, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        match &*self.open(key, KeyUsage::Encapsulation)? {
            Material::MlKem(key) => key.decapsulate(ciphertext),
            _ => Err(Error::Unsupported),
        }
    }
}
