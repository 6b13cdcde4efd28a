//! Ed25519 and Ed25519ph (RFC 8032).
//!
//! Stored: the seed, 32 bytes.
//!
//! Signing is written out here so that it may use `Table`; all else, verifying among it, is
//! `ed25519-dalek`'s.

use alloc::{boxed::Box, vec::Vec};

use curve25519_dalek::{constants::ED25519_BASEPOINT_POINT, edwards::EdwardsPoint, scalar::Scalar};
use ed25519_dalek::{
    Signature, VerifyingKey,
    hazmat::ExpandedSecretKey,
    pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes},
};
use hex_literal::hex;
use once_cell::race::OnceBox;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::{
    algorithm::{Message, Signing},
    binding::KeySpec,
    error::{Error, Result},
    families::{LONGEST_MESSAGE, base::Table},
    random::Drbg,
};

/// A private key.
pub struct PrivateKey(Box<Expanded>);

struct Expanded {
    seed: Zeroizing<[u8; 32]>,
    secret: ExpandedSecretKey,
    public: VerifyingKey,
}

impl PrivateKey {
    /// Makes one, and sees that it verifies what it signs.
    pub fn generate(spec: KeySpec, drbg: &mut Drbg) -> Result<Self> {
        expect(spec)?;
        let mut seed = Zeroizing::new([0; 32]);
        drbg.fill(&mut *seed);
        let key = Self::new(&seed);
        let message = Message::Raw(b"pairwise consistency");
        let signature = key.sign(Signing::Ed25519, message, drbg)?;
        let verified = key.verify(Signing::Ed25519, message, &signature);
        assert!(verified.is_ok(), "a pair is consistent");
        Ok(key)
    }

    /// Opens what [`Self::stored`] has told.
    pub fn from_stored(spec: KeySpec, stored: &[u8]) -> Result<Self> {
        expect(spec)?;
        Ok(Self::new(stored.try_into().or(Err(Error::Foreign))?))
    }

    /// What is sealed.
    pub fn stored(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.seed.to_vec())
    }

    /// Takes in a PKCS #8 document (RFC 8410), of version 1 or, with the public key, of version 2.
    pub fn from_pkcs8(spec: KeySpec, der: &[u8]) -> Result<Self> {
        expect(spec)?;
        let pair = KeypairBytes::from_pkcs8_der(der).or(Err(Error::Unverified))?;
        let key = Self::new(&pair.secret_key);
        match &pair.public_key {
            Some(public) if public.as_ref() != key.0.public.as_bytes() => Err(Error::Unverified),
            Some(_) | None => Ok(key),
        }
    }

    /// The PKCS #8 document, of version 1, as OpenSSL writes it.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let pair = KeypairBytes { secret_key: *self.0.seed, public_key: None };
        pair.to_pkcs8_der().expect("32 bytes have an encoding").to_bytes()
    }

    /// The public key's SubjectPublicKeyInfo.
    pub fn public_key(&self) -> Vec<u8> {
        let document = self.0.public.to_public_key_der();
        document.expect("32 bytes have an encoding").into_vec()
    }

    /// A signature of 64 bytes; always the same for the same message.
    pub fn sign(
        &self,
        algorithm: Signing,
        message: Message<'_>,
        _drbg: &mut Drbg,
    ) -> Result<Vec<u8>> {
        Ok(self.0.sign(&Signed::new(algorithm, message)?).to_vec())
    }

    /// Whether the signature is this key's.
    pub fn verify(&self, algorithm: Signing, message: Message<'_>, signature: &[u8]) -> Result<()> {
        check(&self.0.public, &Signed::new(algorithm, message)?, signature)
    }

    fn new(seed: &[u8; 32]) -> Self {
        let secret = ExpandedSecretKey::from(seed);
        let public = VerifyingKey::from(multiply(&secret.scalar));
        Self(Box::new(Expanded { seed: Zeroizing::new(*seed), secret, public }))
    }
}

/// Whether a signature verifies under a public key, of which no isolate has the private half.
pub fn verify(
    public_key: &[u8],
    algorithm: Signing,
    message: Message<'_>,
    signature: &[u8],
) -> Result<()> {
    let public_key = VerifyingKey::from_public_key_der(public_key).or(Err(Error::Invalid))?;
    check(&public_key, &Signed::new(algorithm, message)?, signature)
}

/// Test 2 of RFC 8032, section 7.1, and what `ed25519-dalek` makes of a digest with the same key.
pub fn self_test() -> bool {
    let key =
        PrivateKey::new(&hex!("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
    let signature = hex!(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    );
    let prehashed_signature = hex!(
        "fe800cd706df89456b8f4595cb7f7ccc3dd8ff8a68f027c42099a795c2338cae"
        "9748b7f89eaab465e3dbe6f6ff2301f9ff147b0ff0caea5ed6c7d7c3635aea00"
    );
    let signed = Signed::Message(&[0x72]);
    let prehashed = Signed::Digest(&[0x72; 64]);
    key.0.sign(&signed) == signature
        && check(&key.0.public, &signed, &signature).is_ok()
        && key.0.sign(&prehashed) == prehashed_signature
        && check(&key.0.public, &prehashed, &prehashed_signature).is_ok()
}

/// What is signed.
enum Signed<'a> {
    Message(&'a [u8]),
    /// A digest, which Ed25519ph takes for the message and hashes again: AWS does, and says so.
    Digest(&'a [u8; 64]),
}

impl<'a> Signed<'a> {
    fn new(algorithm: Signing, message: Message<'a>) -> Result<Self> {
        match message {
            Message::Raw(message) if algorithm == Signing::Ed25519 => {
                if message.len() > LONGEST_MESSAGE {
                    return Err(Error::Invalid);
                }
                Ok(Self::Message(message))
            }
            Message::Digest(digest) if algorithm == Signing::Ed25519Ph => {
                Ok(Self::Digest(digest.try_into().or(Err(Error::Invalid))?))
            }
            Message::Raw(_) | Message::Digest(_) | Message::ExternalMu(_) => {
                Err(Error::Unsupported)
            }
        }
    }
}

impl Expanded {
    /// RFC 8032, section 5.1.6.
    fn sign(&self, signed: &Signed<'_>) -> [u8; 64] {
        let prehash;
        let (start, message) = match signed {
            Signed::Message(message) => (Sha512::new(), *message),
            Signed::Digest(digest) => {
                prehash = Sha512::digest(digest);
                (Sha512::new_with_prefix(DOMAIN), prehash.as_slice())
            }
        };
        let nonce = start.clone().chain_update(self.secret.hash_prefix).chain_update(message);
        let nonce = Zeroizing::new(Scalar::from_hash(nonce));
        let commitment = multiply(&nonce).compress();
        let challenge = start.chain_update(commitment.as_bytes()).chain_update(self.public);
        let challenge = Scalar::from_hash(challenge.chain_update(message));
        let response = challenge * self.secret.scalar + *nonce;
        Signature::from_components(commitment.to_bytes(), response.to_bytes()).to_bytes()
    }
}

/// The base point, as often as the scalar says.
fn multiply(scalar: &Scalar) -> EdwardsPoint {
    static TABLE: OnceBox<Table<EdwardsPoint>> = OnceBox::new();
    let table = TABLE.get_or_init(|| {
        Box::new(Table::new(ED25519_BASEPOINT_POINT, scalar.as_bytes().len(), |row| row))
    });
    table.multiply(scalar.as_bytes().iter().copied())
}

fn check(public: &VerifyingKey, signed: &Signed<'_>, signature: &[u8]) -> Result<()> {
    let signature = Signature::from_slice(signature).or(Err(Error::Unverified))?;
    let verified = match signed {
        Signed::Message(message) => public.verify_strict(message, &signature),
        Signed::Digest(digest) => {
            let prehash = Sha512::new_with_prefix(digest);
            public.verify_prehashed_strict(prehash, None, &signature)
        }
    };
    verified.or(Err(Error::Unverified))
}

fn expect(spec: KeySpec) -> Result<()> {
    if spec != KeySpec::Ed25519 {
        return Err(Error::Unsupported);
    }
    Ok(())
}

/// `dom2(1, "")`: prehashed, with an empty context.
const DOMAIN: &[u8] = b"SigEd25519 no Ed25519 collisions\x01\x00";

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the crate's own multiplication: the corners, and a walk through the group.
    #[test]
    fn multiplies_as_the_crate() {
        let mut scalar = Scalar::from_bytes_mod_order([0xa5; 32]);
        let corners = [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(8u8)];
        let digits = (0..=255).step_by(17).map(|byte| Scalar::from_bytes_mod_order([byte; 32]));
        let walk = (0..50).map(|_| {
            scalar = scalar * scalar + Scalar::ONE;
            scalar
        });
        for scalar in corners.into_iter().chain(digits).chain(walk) {
            assert_eq!(multiply(&scalar), EdwardsPoint::mul_base(&scalar));
        }
    }
}
