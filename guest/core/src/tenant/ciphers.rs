//! Encryption and data keys.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::{
    algorithm::Encryption,
    binding::{KeySpec, KeyUsage},
    cipher::Use,
    error::{Error, Result},
    material::Material,
};

use super::{Key, Tenant, check_length};

/// One end of an encryption: a key, how it encrypts, and the encryption context.
pub struct Side<'a> {
    /// The key.
    pub key: Key<'a>,
    /// What the key's spec allows.
    pub algorithm: Encryption,
    /// The context's canonical encoding, at most 8 KiB; empty for an RSA key.
    pub context: &'a [u8],
}

/// A data key, for its caller: a secret made to be used outside.
pub struct DataKey {
    /// The key itself.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// The same, encrypted under a KMS key.
    pub ciphertext: Vec<u8>,
}

/// A data key pair, for its caller.
pub struct DataKeyPair {
    /// SubjectPublicKeyInfo (DER).
    pub public_key: Vec<u8>,
    /// PKCS #8 (DER).
    pub private_key: DataKey,
}

impl Tenant {
    /// Encrypts at most 4096 bytes.
    pub fn encrypt(&mut self, under: &Side<'_>, plaintext: &[u8]) -> Result<Vec<u8>> {
        check_length(plaintext.len(), PLAINTEXT)?;
        self.encrypt_any(under, plaintext)
    }

    /// Decrypts, for the caller.
    pub fn decrypt(&mut self, under: &Side<'_>, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let material = self.open(&under.key, KeyUsage::EncryptDecrypt)?;
        match (&*material, under.algorithm) {
            (Material::Symmetric(material), Encryption::Symmetric) => {
                under.symmetric(material)?.decrypt(ciphertext)
            }
            (Material::Rsa(key), Encryption::OaepSha1 | Encryption::OaepSha256) => {
                under.without_context()?;
                key.decrypt(under.algorithm, ciphertext, &mut self.drbg)
            }
            _ => Err(Error::Unsupported),
        }
    }

    /// From one key to another; the plaintext stays inside.
    pub fn re_encrypt(
        &mut self,
        source: &Side<'_>,
        ciphertext: &[u8],
        destination: &Side<'_>,
    ) -> Result<Vec<u8>> {
        let plaintext = self.decrypt(source, ciphertext)?;
        self.encrypt_any(destination, &plaintext)
    }

    /// Random bytes for the caller.
    pub fn random(&mut self, length: u32) -> Result<Zeroizing<Vec<u8>>> {
        let length = usize::try_from(length).map_err(|_| Error::Invalid)?;
        check_length(length, DATA_KEY)?;
        self.unsealed()?;
        let mut bytes = Zeroizing::new(alloc::vec![0; length]);
        self.drbg.fill(&mut bytes);
        Ok(bytes)
    }

    /// A data key, in the clear and encrypted.
    pub fn generate_data_key(&mut self, under: &Side<'_>, length: u32) -> Result<DataKey> {
        let plaintext = self.random(length)?;
        let ciphertext = self.encrypt(under, &plaintext)?;
        Ok(DataKey { plaintext, ciphertext })
    }

    /// A key pair of a spec that AWS makes data key pairs of.
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html>
    pub fn generate_data_key_pair(
        &mut self,
        under: &Side<'_>,
        spec: KeySpec,
    ) -> Result<DataKeyPair> {
        self.health.check_for(spec)?;
        self.open(&under.key, KeyUsage::EncryptDecrypt)?;
        let (public_key, plaintext) = Material::generate_pair(spec, &mut self.drbg)?;
        let ciphertext = self.encrypt_any(under, &plaintext)?;
        Ok(DataKeyPair { public_key, private_key: DataKey { plaintext, ciphertext } })
    }

    /// Encrypts what is bounded by where it comes from.
    pub(super) fn encrypt_any(&mut self, under: &Side<'_>, plaintext: &[u8]) -> Result<Vec<u8>> {
        let material = self.open(&under.key, KeyUsage::EncryptDecrypt)?;
        match (&*material, under.algorithm) {
            (Material::Symmetric(material), Encryption::Symmetric) => {
                Ok(under.symmetric(material)?.encrypt(plaintext, &mut self.drbg))
            }
            (Material::Rsa(key), Encryption::OaepSha1 | Encryption::OaepSha256) => {
                under.without_context()?;
                key.encrypt(under.algorithm, plaintext, &mut self.drbg)
            }
            _ => Err(Error::Unsupported),
        }
    }
}

impl Side<'_> {
    fn symmetric<'a>(&'a self, material: &'a crate::material::Symmetric) -> Result<Use<'a>> {
        if self.context.len() > CONTEXT {
            return Err(Error::Invalid);
        }
        Ok(Use { material, binding: self.key.binding, context: self.context })
    }

    fn without_context(&self) -> Result<()> {
        if self.context.is_empty() { Ok(()) } else { Err(Error::Invalid) }
    }
}

/// The `Plaintext` of Encrypt, in bytes.
const PLAINTEXT: usize = 4096;
/// `NumberOfBytes` of GenerateDataKey and GenerateRandom.
const DATA_KEY: usize = 1024;
/// The canonical encoding of an encryption context, in bytes.
const CONTEXT: usize = 8192;
