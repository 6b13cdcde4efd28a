//! What an RSA key is for: OAEP, PSS and PKCS #1 v1.5.

use alloc::vec::Vec;

use ::rsa::{
    Error as Failure, Oaep, Pkcs1v15Sign, Pss, RsaPublicKey,
    traits::{PublicKeyParts, SignatureScheme},
};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::PrivateKey;
use crate::{
    algorithm::{Encryption, Message, Signing},
    error::{Error, Result},
    random::Drbg,
};

impl PrivateKey {
    /// Encrypts with RSAES-OAEP and an empty label. The plaintext may be as long as the modulus
    /// less two digests and two bytes.
    pub fn encrypt(
        &self,
        algorithm: Encryption,
        plaintext: &[u8],
        drbg: &mut Drbg,
    ) -> Result<Vec<u8>> {
        let public = self.public();
        let ciphertext = match algorithm {
            Encryption::OaepSha1 => public.encrypt(drbg, Oaep::<Sha1>::new(), plaintext),
            Encryption::OaepSha256 => public.encrypt(drbg, Oaep::<Sha256>::new(), plaintext),
            Encryption::Symmetric => return Err(Error::Unsupported),
        };
        ciphertext.map_err(|failure| match failure {
            Failure::MessageTooLong => Error::Invalid,
            other => panic!("encryption failed: {other}"),
        })
    }

    /// Decrypts what [`Self::encrypt`] made; whatever is wrong with it, the answer is the same.
    pub fn decrypt(
        &self,
        algorithm: Encryption,
        ciphertext: &[u8],
        drbg: &mut Drbg,
    ) -> Result<Zeroizing<Vec<u8>>> {
        if ciphertext.len() != self.key.size() && algorithm != Encryption::Symmetric {
            return Err(Error::Unverified);
        }
        let plaintext = match algorithm {
            Encryption::OaepSha1 => self.key.decrypt_blinded(drbg, Oaep::<Sha1>::new(), ciphertext),
            Encryption::OaepSha256 => {
                self.key.decrypt_blinded(drbg, Oaep::<Sha256>::new(), ciphertext)
            }
            Encryption::Symmetric => return Err(Error::Unsupported),
        };
        match plaintext {
            Ok(plaintext) => Ok(Zeroizing::new(plaintext)),
            Err(Failure::Internal) => panic!("a private operation went wrong"),
            Err(_) => Err(Error::Unverified),
        }
    }

    /// Signs a message of at most 4096 bytes, or a digest.
    pub fn sign(
        &self,
        algorithm: Signing,
        message: Message<'_>,
        drbg: &mut Drbg,
    ) -> Result<Vec<u8>> {
        match algorithm {
            Signing::PssSha256 => self.sign_with::<Sha256>(Pss::<Sha256>::new(), message, drbg),
            Signing::PssSha384 => self.sign_with::<Sha384>(Pss::<Sha384>::new(), message, drbg),
            Signing::PssSha512 => self.sign_with::<Sha512>(Pss::<Sha512>::new(), message, drbg),
            Signing::Pkcs1Sha256 => self.sign_with::<Sha256>(pkcs1::<Sha256>(), message, drbg),
            Signing::Pkcs1Sha384 => self.sign_with::<Sha384>(pkcs1::<Sha384>(), message, drbg),
            Signing::Pkcs1Sha512 => self.sign_with::<Sha512>(pkcs1::<Sha512>(), message, drbg),
            Signing::EcdsaSha256
            | Signing::EcdsaSha384
            | Signing::EcdsaSha512
            | Signing::Ed25519
            | Signing::Ed25519Ph
            | Signing::MlDsa => Err(Error::Unsupported),
        }
    }

    /// Verifies a signature with the public half.
    pub fn verify(&self, algorithm: Signing, message: Message<'_>, signature: &[u8]) -> Result<()> {
        verify(self.public(), algorithm, message, signature)
    }

    fn sign_with<D: Digest>(
        &self,
        scheme: impl SignatureScheme,
        message: Message<'_>,
        drbg: &mut Drbg,
    ) -> Result<Vec<u8>> {
        let digest = digest::<D>(message)?;
        let signature = self.key.sign_with_rng(drbg, scheme, &digest);
        Ok(signature.expect("the modulus has room, and the private operation is right"))
    }
}

/// Verifies a signature with a public key alone.
pub fn verify(
    public: &RsaPublicKey,
    algorithm: Signing,
    message: Message<'_>,
    signature: &[u8],
) -> Result<()> {
    let verdict = match algorithm {
        Signing::PssSha256 => {
            public.verify(Pss::<Sha256>::new(), &digest::<Sha256>(message)?, signature)
        }
        Signing::PssSha384 => {
            public.verify(Pss::<Sha384>::new(), &digest::<Sha384>(message)?, signature)
        }
        Signing::PssSha512 => {
            public.verify(Pss::<Sha512>::new(), &digest::<Sha512>(message)?, signature)
        }
        Signing::Pkcs1Sha256 => {
            public.verify(pkcs1::<Sha256>(), &digest::<Sha256>(message)?, signature)
        }
        Signing::Pkcs1Sha384 => {
            public.verify(pkcs1::<Sha384>(), &digest::<Sha384>(message)?, signature)
        }
        Signing::Pkcs1Sha512 => {
            public.verify(pkcs1::<Sha512>(), &digest::<Sha512>(message)?, signature)
        }
        Signing::EcdsaSha256
        | Signing::EcdsaSha384
        | Signing::EcdsaSha512
        | Signing::Ed25519
        | Signing::Ed25519Ph
        | Signing::MlDsa => return Err(Error::Unsupported),
    };
    verdict.map_err(|_| Error::Unverified)
}

fn pkcs1<D: Digest + sha2::digest::const_oid::AssociatedOid>() -> Pkcs1v15Sign {
    Pkcs1v15Sign::new::<D>()
}

fn digest<D: Digest>(message: Message<'_>) -> Result<Vec<u8>> {
    match message {
        Message::Raw(bytes) if bytes.len() <= RAW => Ok(D::digest(bytes).to_vec()),
        Message::Digest(digest) if digest.len() == <D as Digest>::output_size() => {
            Ok(digest.to_vec())
        }
        Message::Raw(_) | Message::Digest(_) => Err(Error::Invalid),
        Message::ExternalMu(_) => Err(Error::Unsupported),
    }
}

/// AWS hashes no more than this many bytes itself.
const RAW: usize = 4096;
