//! What the service vouches for: HMAC-SHA256 under a key derived from the newest root, one key a
//! use.
//!
//! ```text
//! version 1 | id of the root (16) | HMAC-SHA256 (32)
//! ```

use alloc::vec::Vec;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    encoding::Reader,
    error::{Error, Result},
    sealed::{SealingKey, SealingKeys},
};

/// A tag by the newest root.
pub fn tag(roots: &SealingKeys, label: &[u8], message: &[u8]) -> Result<Vec<u8>> {
    let root = roots.newest();
    let mac = mac(root, label, message)?.finalize().into_bytes();
    Ok([&[VERSION][..], root.id(), &mac].concat())
}

/// Whether a tag was made by any root that is still in use.
pub fn check(roots: &SealingKeys, label: &[u8], message: &[u8], tag: &[u8]) -> Result<()> {
    let mut reader = Reader(tag);
    let (Ok(version), Ok(id)) = (reader.byte(), reader.array::<16>()) else {
        return Err(Error::Unverified);
    };
    let root = roots.all().iter().find(|root| root.id() == id).ok_or(Error::Unverified)?;
    if version != VERSION {
        return Err(Error::Unverified);
    }
    mac(root, label, message)?.verify_slice(reader.0).map_err(|_| Error::Unverified)
}

fn mac(root: &SealingKey, label: &[u8], message: &[u8]) -> Result<Hmac<Sha256>> {
    if label.is_empty() || label.len() > 64 || message.len() > MESSAGE {
        return Err(Error::Invalid);
    }
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(b"keycell notary v1"), root.secret().expose())
        .expand(label, &mut *key)
        .expect("32 bytes are within what HKDF-SHA256 expands to");
    let mac = Hmac::<Sha256>::new_from_slice(&*key).expect("HMAC takes keys of any length");
    Ok(mac.chain_update(message))
}

/// The trail has its batches tagged by their hashes: there is no need for long messages.
const MESSAGE: usize = 4096;
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn roots(bytes: &[u8]) -> SealingKeys {
        let keys = bytes.iter().map(|byte| SealingKey::new(Secret::new(&[*byte; 32]))).collect();
        SealingKeys::new(keys).expect("one or two keys")
    }

    #[test]
    fn a_tag_is_good_for_its_label_message_and_root_only() {
        let made = tag(&roots(&[1]), b"label", b"message").expect("in bounds");
        assert_eq!(check(&roots(&[1]), b"label", b"message", &made), Ok(()));
        assert_eq!(check(&roots(&[1, 2]), b"label", b"message", &made), Ok(()));
        assert!(check(&roots(&[2]), b"label", b"message", &made).is_err());
        assert!(check(&roots(&[1]), b"Label", b"message", &made).is_err());
        assert!(check(&roots(&[1]), b"label", b"massage", &made).is_err());
        for length in 0..made.len() {
            let shorter = check(&roots(&[1]), b"label", b"message", &made[..length]);
            assert_eq!(shorter, Err(Error::Unverified), "{length}");
        }
    }
}
