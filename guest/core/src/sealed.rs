//! Sealed blobs: how secrets are stored outside an isolate.
//!
//! ```text
//! version 1 | purpose | id of the sealing key (16) | salt (16) | ciphertext | tag (16)
//! ```
//!
//! The sealing key and the salt derive an AES-256-GCM key and nonce for this blob alone
//! (HKDF-SHA256, RFC 5869), so that the number of blobs under one root has no bound in practice
//! (SP 800-38D, section 8.3). The header and the caller's context are authenticated.

use alloc::vec::Vec;

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    random::Drbg,
    secret::Secret,
};

/// What a sealed blob is for: it is refused for anything else. The numbers are part of stored
/// formats and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// The domain keys, under an unseal key.
    Domain = 1,
    /// A tenant root, under a domain key.
    TenantRoot = 2,
    /// The material of a KMS key, under a tenant root.
    Key = 3,
    /// The secret of an access key, under the root of an account isolate.
    Credential = 4,
    /// The private half of a wrapping key for import, under a tenant root.
    WrappingKey = 5,
}

/// A key that seals: an unseal key, a domain key or a tenant root.
pub struct SealingKey {
    id: [u8; 16],
    secret: Secret,
    derive: Hkdf<Sha256>,
}

impl SealingKey {
    /// Names the key by what only its holder can compute.
    pub fn new(secret: Secret) -> Self {
        let derive = Hkdf::<Sha256>::new(Some(b"keycell seal v1"), secret.expose());
        let mut id = [0; 16];
        derive.expand(b"id", &mut id).expect("16 bytes are within what HKDF-SHA256 expands to");
        Self { id, secret, derive }
    }

    /// What blobs name this key by.
    pub fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// The secret itself, to be sealed under another key.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Seals `plaintext` for one purpose and context.
    pub fn seal(
        &self,
        purpose: Purpose,
        context: &[u8],
        plaintext: &[u8],
        drbg: &mut Drbg,
    ) -> Vec<u8> {
        let mut blob = Vec::with_capacity(HEADER + plaintext.len() + TAG);
        blob.extend([VERSION, purpose as u8]);
        blob.extend_from_slice(&self.id);
        blob.extend_from_slice(&drbg.salt());
        let data = [&blob, context].concat();
        let (cipher, nonce) = self.cipher(&blob);
        blob.extend_from_slice(plaintext);
        let body = blob.get_mut(HEADER..).expect("the header was written above");
        let tag = cipher
            .encrypt_inout_detached(&nonce.into(), &data, body.into())
            .expect("a blob is far below the length limit of GCM");
        blob.extend_from_slice(&tag);
        blob
    }

    /// Opens a blob that was sealed under this key for this purpose and context.
    fn open(&self, context: &[u8], blob: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (header, rest) = blob.split_at_checked(HEADER).ok_or(Error::Foreign)?;
        let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(Error::Foreign)?;
        let mut plaintext = Zeroizing::new(body.to_vec());
        let (cipher, nonce) = self.cipher(header);
        cipher
            .decrypt_inout_detached(
                &nonce.into(),
                &[header, context].concat(),
                plaintext.as_mut_slice().into(),
                tag.into(),
            )
            .map_err(|_| Error::Foreign)?;
        Ok(plaintext)
    }

    fn cipher(&self, header: &[u8]) -> (Aes256Gcm, [u8; 12]) {
        message_key(&self.derive, header)
    }
}

/// The sealing keys of one isolate, the newest last.
pub struct SealingKeys(Vec<SealingKey>);

impl SealingKeys {
    /// At least one key, at most 64.
    pub fn new(keys: Vec<SealingKey>) -> Result<Self> {
        if keys.is_empty() || keys.len() > 64 {
            return Err(Error::Invalid);
        }
        Ok(Self(keys))
    }

    /// The key that seals.
    pub fn newest(&self) -> &SealingKey {
        self.0.last().expect("there is at least one key: checked at the making")
    }

    /// All of them, the newest last.
    pub fn all(&self) -> &[SealingKey] {
        &self.0
    }

    /// Opens a blob under whichever key sealed it.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &[u8],
        blob: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let ([version, kind], rest) = blob.split_first_chunk::<2>().ok_or(Error::Foreign)?;
        let id = rest.first_chunk::<16>().ok_or(Error::Foreign)?;
        if *version != VERSION || *kind != purpose as u8 {
            return Err(Error::Foreign);
        }
        let key = self.0.iter().find(|key| key.id == *id).ok_or(Error::Foreign)?;
        key.open(context, blob)
    }

    /// The same secret under the newest key; what is there already stays as it is.
    pub fn reseal(
        &self,
        purpose: Purpose,
        context: &[u8],
        blob: &[u8],
        drbg: &mut Drbg,
    ) -> Result<Vec<u8>> {
        let plaintext = self.open(purpose, context, blob)?;
        let newest = self.newest();
        if key_id(blob) == Some(newest.id()) {
            return Ok(blob.to_vec());
        }
        Ok(newest.seal(purpose, context, &plaintext, drbg))
    }
}

/// The sealing key that a blob names.
pub fn key_id(blob: &[u8]) -> Option<&[u8; 16]> {
    blob.get(2..18).and_then(<[u8]>::first_chunk)
}

/// AES-256-GCM key and nonce for one message: HKDF-Expand over what names the message.
pub(crate) fn message_key(derive: &Hkdf<Sha256>, info: &[u8]) -> (Aes256Gcm, [u8; 12]) {
    let mut okm = Zeroizing::new([0; 44]);
    derive.expand(info, &mut *okm).expect("44 bytes are within what HKDF-SHA256 expands to");
    let (key, nonce) = okm.split_first_chunk::<32>().expect("44 is more than 32");
    (Aes256Gcm::new(key.into()), nonce.try_into().expect("12 bytes are left of 44"))
}

const VERSION: u8 = 1;
const HEADER: usize = 2 + 16 + 16;
const TAG: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8) -> SealingKeys {
        SealingKeys::new(alloc::vec![SealingKey::new(Secret::new(&[byte; 32]))])
            .expect("one key is enough")
    }

    #[test]
    fn a_blob_opens_for_its_purpose_context_and_key_only() {
        let mut drbg = Drbg::new(|| 1);
        let blob = keys(1).newest().seal(Purpose::Key, b"context", b"secret", &mut drbg);
        let opened = keys(1).open(Purpose::Key, b"context", &blob);
        assert_eq!(opened.expect("it opens").as_slice(), b"secret");
        for purpose in
            [Purpose::Domain, Purpose::TenantRoot, Purpose::Credential, Purpose::WrappingKey]
        {
            assert!(keys(1).open(purpose, b"context", &blob).is_err());
        }
        assert!(keys(1).open(Purpose::Key, b"contexT", &blob).is_err());
        assert!(keys(2).open(Purpose::Key, b"context", &blob).is_err());
    }

    #[test]
    fn every_byte_of_a_blob_is_authenticated() {
        let mut drbg = Drbg::new(|| 1);
        let blob = keys(1).newest().seal(Purpose::Key, b"", b"secret", &mut drbg);
        for i in 0..blob.len() {
            let mut bad = blob.clone();
            bad[i] ^= 1;
            assert_eq!(keys(1).open(Purpose::Key, b"", &bad).err(), Some(Error::Foreign));
            assert_eq!(keys(1).open(Purpose::Key, b"", &blob[..i]).err(), Some(Error::Foreign));
        }
    }

    #[test]
    fn another_purpose_in_the_header_does_not_open_either() {
        let mut drbg = Drbg::new(|| 1);
        let mut blob = keys(1).newest().seal(Purpose::Credential, b"", b"secret", &mut drbg);
        blob[1] = Purpose::Key as u8;
        assert_eq!(keys(1).open(Purpose::Key, b"", &blob).err(), Some(Error::Foreign));
    }
}
