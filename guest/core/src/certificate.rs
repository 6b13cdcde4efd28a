//! Certificates: the root isolate's word for who holds an HPKE key, good until its next start.
//!
//! ```text
//! version 1 | account | Region | HPKE public key | component digest | start nonce | signature (64)
//! ```
//!
//! Fields stand behind their lengths; the signature is Ed25519 (RFC 8032) over all before it.

use alloc::vec::Vec;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::{
    encoding,
    error::{Error, Result},
    random::Drbg,
};

/// Who holds a key.
#[derive(Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// The account.
    pub account: &'a [u8],
    /// The Region.
    pub region: &'a [u8],
    /// The public key to send parcels to, 32 bytes.
    pub public: &'a [u8],
    /// SHA-256 of the component that runs there, by the host's word.
    pub component: &'a [u8],
}

/// Signs certificates, from one start of the root isolate to the next.
pub struct Issuer {
    key: SigningKey,
    nonce: [u8; 16],
}

/// What verifies certificates of one start.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier([u8; VERIFIER]);

impl Issuer {
    /// A new key and nonce.
    pub fn new(drbg: &mut Drbg) -> Self {
        let seed = drbg.secret();
        Self { key: SigningKey::from_bytes(seed.expose()), nonce: drbg.salt() }
    }

    /// What receivers check certificates with.
    pub fn verifier(&self) -> Verifier {
        let mut bytes = [0; VERIFIER];
        let (key, nonce) = bytes.split_at_mut(32);
        key.copy_from_slice(self.key.verifying_key().as_bytes());
        nonce.copy_from_slice(&self.nonce);
        Verifier(bytes)
    }

    /// Vouches for a key.
    pub fn issue(&self, certificate: &Certificate<'_>) -> Vec<u8> {
        let Certificate { account, region, public, component } = certificate;
        let mut out = Vec::from([VERSION]);
        for field in [account, region, public, component, &&self.nonce[..]] {
            encoding::put(&mut out, field);
        }
        let signature = self.key.sign(&out);
        out.extend_from_slice(&signature.to_bytes());
        out
    }
}

impl Verifier {
    /// From the bytes that came in a parcel.
    pub fn from_bytes(bytes: &[u8; VERIFIER]) -> Self {
        Self(*bytes)
    }

    /// For a parcel.
    pub fn as_bytes(&self) -> &[u8; VERIFIER] {
        &self.0
    }

    /// Reads a certificate that was issued since this start.
    pub fn check<'a>(&self, certificate: &'a [u8]) -> Result<Certificate<'a>> {
        let (body, signature) = certificate.split_last_chunk::<64>().ok_or(Error::Foreign)?;
        let (key, nonce) = self.0.split_first_chunk::<32>().expect("a verifier has 48 bytes");
        VerifyingKey::from_bytes(key)
            .and_then(|key| key.verify_strict(body, &Signature::from_bytes(signature)))
            .map_err(|_| Error::Foreign)?;
        let mut reader = encoding::Reader(body);
        let version = reader.byte()?;
        let (account, region) = (reader.field()?, reader.field()?);
        let (public, component, issued) = (reader.field()?, reader.field()?, reader.field()?);
        reader.end()?;
        if version != VERSION || issued != nonce {
            return Err(Error::Foreign);
        }
        Ok(Certificate { account, region, public, component })
    }
}

/// A public key and a nonce, in bytes.
pub const VERIFIER: usize = 32 + 16;

const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: Certificate<'_> = Certificate {
        account: b"111122223333",
        region: b"us-east-1",
        public: &[1; 32],
        component: &[2; 32],
    };

    #[test]
    fn a_certificate_of_this_start_is_read() {
        let issuer = Issuer::new(&mut Drbg::new(|| 1));
        assert_eq!(issuer.verifier().check(&issuer.issue(&CERTIFICATE)), Ok(CERTIFICATE));
    }

    #[test]
    fn forged_and_earlier_certificates_are_refused() {
        let mut drbg = Drbg::new(|| 1);
        let (earlier, now) = (Issuer::new(&mut drbg), Issuer::new(&mut drbg));
        let certificate = earlier.issue(&CERTIFICATE);
        assert_eq!(now.verifier().check(&certificate), Err(Error::Foreign));
        for i in 0..certificate.len() {
            let mut forged = certificate.clone();
            forged[i] ^= 1;
            assert!(earlier.verifier().check(&forged).is_err());
            assert!(earlier.verifier().check(&certificate[..i]).is_err());
        }
    }
}
