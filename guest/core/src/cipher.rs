//! Ciphertexts of symmetric keys.
//!
//! ```text
//! version 1 | material id (32) | salt (16) | ciphertext | tag (16)
//! ```
//!
//! The material and the salt derive an AES-256-GCM key and nonce for this message alone. Account,
//! key id, version, material id and encryption context are authenticated; the Region is not, so
//! that the keys of a multi-Region set open each other's ciphertexts.

use alloc::vec::Vec;

use aes_gcm::aead::AeadInOut;
use zeroize::Zeroizing;

use crate::{
    binding::Binding,
    encoding,
    error::{Error, Result},
    material::Symmetric,
    random::Drbg,
    sealed::message_key,
};

/// One key with the encryption context that it is used under.
pub struct Use<'a> {
    /// The key's material.
    pub material: &'a Symmetric,
    /// Where the key belongs.
    pub binding: &'a Binding,
    /// The canonical encoding of the encryption context.
    pub context: &'a [u8],
}

impl Use<'_> {
    /// Encrypts; the bounds of `plaintext` are the caller's affair.
    pub fn encrypt(&self, plaintext: &[u8], drbg: &mut Drbg) -> Vec<u8> {
        let salt = drbg.salt();
        let mut out = Vec::with_capacity(OVERHEAD + plaintext.len());
        out.push(VERSION);
        out.extend_from_slice(self.material.id());
        out.extend_from_slice(&salt);
        out.extend_from_slice(plaintext);
        let (cipher, nonce) = message_key(self.material.messages(), &salt);
        let body = out.get_mut(HEADER..).expect("the header was written above");
        let tag = cipher
            .encrypt_inout_detached(&nonce.into(), &self.data(), body.into())
            .expect("a message is far below the length limit of GCM");
        out.extend_from_slice(&tag);
        out
    }

    /// Decrypts what this key encrypted under this context.
    pub fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let mut reader = encoding::Reader(ciphertext);
        let [version] = reader.array::<1>().map_err(|_| Error::Unverified)?;
        let material_id = reader.array::<32>().map_err(|_| Error::Unverified)?;
        let salt = reader.array::<16>().map_err(|_| Error::Unverified)?;
        let (body, tag) = reader.0.split_last_chunk::<16>().ok_or(Error::Unverified)?;
        if *version != VERSION || material_id != self.material.id() {
            return Err(Error::Unverified);
        }
        let (cipher, nonce) = message_key(self.material.messages(), salt);
        let mut plaintext = Zeroizing::new(body.to_vec());
        cipher
            .decrypt_inout_detached(
                &nonce.into(),
                &self.data(),
                plaintext.as_mut_slice().into(),
                tag.into(),
            )
            .map_err(|_| Error::Unverified)?;
        Ok(plaintext)
    }

    /// What is authenticated beside the plaintext.
    fn data(&self) -> Vec<u8> {
        let Binding { account, key_id, .. } = self.binding;
        let fixed = 1 + 2 + account.len() + 2 + key_id.len() + 32;
        let mut data = Vec::with_capacity(fixed + self.context.len());
        data.push(VERSION);
        encoding::put(&mut data, account);
        encoding::put(&mut data, key_id);
        data.extend_from_slice(self.material.id());
        data.extend_from_slice(self.context);
        data
    }
}

const VERSION: u8 = 1;
const HEADER: usize = 1 + 32 + 16;
/// What a ciphertext has more than its plaintext, in bytes.
pub const OVERHEAD: usize = HEADER + 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binding::{KeySpec, KeyUsage};

    fn binding(key_id: &str) -> Binding {
        Binding {
            account: b"111122223333".to_vec(),
            region: b"us-east-1".to_vec(),
            key_id: key_id.as_bytes().to_vec(),
            spec: KeySpec::Symmetric,
            usage: KeyUsage::EncryptDecrypt,
            multi_region: false,
        }
    }

    #[test]
    fn a_ciphertext_opens_under_its_key_and_context_only() {
        let mut drbg = Drbg::new(|| 3);
        let (binding, other) = (binding("k"), binding("l"));
        let material = Symmetric::new(&[5; 32], b"k").expect("32 bytes");
        let key = Use { material: &material, binding: &binding, context: b"c" };
        let sealed = key.encrypt(b"hello", &mut drbg);
        assert_eq!(sealed.len(), OVERHEAD + 5);
        assert_eq!(key.decrypt(&sealed).expect("it opens").as_slice(), b"hello");
        assert!(Use { context: b"d", ..key }.decrypt(&sealed).is_err());
        let key = Use { material: &material, binding: &other, context: b"c" };
        assert!(key.decrypt(&sealed).is_err());
    }

    #[test]
    fn every_byte_of_a_ciphertext_is_authenticated() {
        let mut drbg = Drbg::new(|| 3);
        let binding = binding("k");
        let material = Symmetric::new(&[5; 32], b"k").expect("32 bytes");
        let key = Use { material: &material, binding: &binding, context: b"" };
        let sealed = key.encrypt(b"hello", &mut drbg);
        for i in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[i] ^= 0x80;
            assert_eq!(key.decrypt(&bad).err(), Some(Error::Unverified));
            assert_eq!(key.decrypt(&sealed[..i]).err(), Some(Error::Unverified));
        }
    }

    #[test]
    fn the_region_does_not_matter() {
        let mut drbg = Drbg::new(|| 3);
        let material = Symmetric::new(&[5; 32], b"k").expect("32 bytes");
        let here = binding("k");
        let there = Binding { region: b"eu-west-1".to_vec(), ..binding("k") };
        let sealed =
            Use { material: &material, binding: &here, context: b"" }.encrypt(b"hello", &mut drbg);
        let there = Use { material: &material, binding: &there, context: b"" };
        assert!(there.decrypt(&sealed).is_ok());
    }
}
