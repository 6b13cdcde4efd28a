//! The public halves of the keys that sign digests: their form, their fingerprints, and checking
//! signatures with them. The only user of ring.

use md5::{Digest, Md5};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::{keys::base64_text, wire::hex};

/// A public key.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
pub struct PublicKey {
    /// RSAPublicKey (PKCS #1, DER).
    #[serde(with = "base64_text")]
    pub der: Vec<u8>,
    /// From when on digests may be signed with it, in seconds since 1970.
    pub from: i64,
    /// Until when.
    pub until: i64,
}

impl PublicKey {
    /// By what digests name it: the MD5 of the key, in hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.der)
    }

    /// Whether a signature, in hexadecimal digits, is the key's.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.der);
        unhex(signature).is_some_and(|signature| key.verify(message, &signature).is_ok())
    }
}

/// The MD5 of a key, in hexadecimal digits. It names keys, and protects from nothing.
pub fn fingerprint(der: &[u8]) -> String {
    hex(&Md5::digest(der))
}

/// The RSAPublicKey in a SubjectPublicKeyInfo (RFC 5280, RFC 8017), both DER.
pub fn rsa_public_key(info: &[u8]) -> Option<&[u8]> {
    let (inside, behind) = element(0x30, info)?;
    let (_algorithm, rest) = element(0x30, inside)?;
    let (bits, last) = element(0x03, rest)?;
    let key = bits.strip_prefix(&[0])?;
    let (_members, end) = element(0x30, key)?;
    (behind.is_empty() && last.is_empty() && end.is_empty()).then_some(key)
}

/// The content of an element with that tag, and what stands behind it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0x82 => {
            let (bytes, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*bytes)), rest)
        }
        0x81 => {
            let (byte, rest) = rest.split_first()?;
            (usize::from(*byte), rest)
        }
        length @ 0..=0x7f => (usize::from(*length), rest),
        _ => return None,
    };
    if *first == tag { rest.split_at_checked(length) } else { None }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect::<Option<_>>()
        .filter(|_| is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stands_in_the_bit_string() {
        let info = [0x30, 11, 0x30, 2, 5, 0, 0x03, 5, 0, 0x30, 2, 2, 0];
        assert_eq!(rsa_public_key(&info), Some(&info[9..]));
        for at in [0, 2, 6, 8, 9] {
            let mut info = info;
            info[at] ^= 1;
            assert_eq!(rsa_public_key(&info), None, "{at}");
        }
        for end in 0..info.len() {
            assert_eq!(rsa_public_key(&info[..end]), None, "{end}");
        }
        assert_eq!(rsa_public_key(&[&info[..], &[0]].concat()), None);
    }

    #[test]
    fn a_fingerprint_is_an_md5() {
        assert_eq!(fingerprint(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(unhex("0aFf"), Some(vec![10, 255]));
        assert_eq!((unhex("0"), unhex("+1"), unhex("é")), (None, None, None));
    }
}
