//! RSA with 2048, 3072 and 4096 bits and the public exponent 65537 (RFC 8017, FIPS 186-5).
//!
//! Every private operation is blinded, uses the Chinese remainder theorem, and is checked with the
//! public key before its result leaves: a fault in one half of the computation would give the
//! factors away.
//!
//! What is stored: the primes `p` and `q` and the private exponent `d` modulo lcm(p-1, q-1), each
//! big-endian and of fixed length: half the modulus, half the modulus, and the modulus. `d` could
//! be computed from the primes, but opening would take three times as long.

mod encoding;
mod known;
mod operations;
mod primes;
mod sieve;

use alloc::{vec, vec::Vec};

use ::rsa::{
    BoxedUint, RsaPrivateKey, RsaPublicKey,
    pkcs8::{EncodePrivateKey, EncodePublicKey},
    traits::{PrivateKeyParts, PublicKeyParts},
};
use crypto_bigint::ConcatenatingMul;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    algorithm::{Message, Signing},
    binding::KeySpec,
    error::{Error, Result},
    random::Drbg,
};

pub use known::self_test;
pub use operations::verify;

/// A key pair, with what makes private operations fast. Wiped when it is dropped.
pub struct PrivateKey {
    key: RsaPrivateKey,
}

impl PrivateKey {
    /// Makes a key pair (FIPS 186-5, appendix A.1.3: probable primes) and tries it out.
    pub fn generate(spec: KeySpec, drbg: &mut Drbg) -> Result<Self> {
        let bits = modulus_bits(spec)?;
        let (p, q) = primes::generate_pair(bits / 2, drbg);
        let key = RsaPrivateKey::from_p_q(p, q, exponent())
            .expect("two different primes, and the exponent divides neither p-1 nor q-1");
        let pair = Self { key };
        let message = Message::Raw(b"pairwise consistency");
        let signature = pair
            .sign(Signing::Pkcs1Sha256, message, drbg)
            .expect("the algorithm is one of RSA's, the message is short");
        pair.verify(Signing::Pkcs1Sha256, message, &signature)
            .expect("what a fresh key pair signs, it verifies");
        Ok(pair)
    }

    /// Opens a key pair. Its consistency is checked, its primes are not tested again.
    pub fn from_stored(spec: KeySpec, stored: &[u8]) -> Result<Self> {
        let bits = modulus_bits(spec)?;
        let half = bits.div_ceil(16) as usize;
        let (p, rest) = stored.split_at_checked(half).ok_or(Error::Foreign)?;
        let (q, d) = rest.split_at_checked(half).ok_or(Error::Foreign)?;
        if d.len() != 2 * half {
            return Err(Error::Foreign);
        }
        let integer =
            |bytes, bits| BoxedUint::from_be_slice(bytes, bits).map_err(|_| Error::Foreign);
        let (p, q) = (integer(p, bits / 2)?, integer(q, bits / 2)?);
        let modulus = p.concatenating_mul(&q);
        Self::assemble(bits, modulus, integer(d, bits)?, vec![p, q]).ok_or(Error::Foreign)
    }

    /// What [`Self::from_stored`] opens.
    pub fn stored(&self) -> Zeroizing<Vec<u8>> {
        let size = self.size();
        let mut out = Zeroizing::new(Vec::with_capacity(2 * size));
        for prime in self.key.primes() {
            append(&mut out, prime.as_ref());
        }
        append(&mut out, self.key.d());
        assert_eq!(out.len(), 2 * size, "two halves and a whole");
        out
    }

    /// The `PrivateKeyInfo` of PKCS #8, with an `RSAPrivateKey` that has all members.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let document = self.key.to_pkcs8_der().expect("a valid key of two primes can be encoded");
        Zeroizing::new(document.as_bytes().to_vec())
    }

    /// The public half as `SubjectPublicKeyInfo`, DER.
    pub fn public_key(&self) -> Vec<u8> {
        let document = self.public().to_public_key_der();
        document.expect("a valid public key can be encoded").into_vec()
    }

    /// The length of the modulus in bytes, which signatures and ciphertexts have as well.
    pub fn size(&self) -> usize {
        self.key.size()
    }

    /// The public half.
    pub fn public(&self) -> &RsaPublicKey {
        self.key.as_public_key()
    }

    /// The key pair of these numbers, if they belong together and to a modulus of `bits`.
    fn assemble(bits: u32, n: BoxedUint, d: BoxedUint, primes: Vec<BoxedUint>) -> Option<Self> {
        let is_long_enough =
            n.bits() == bits && primes.iter().all(|prime| prime.bits() == bits / 2);
        if !is_long_enough {
            return None;
        }
        let key = RsaPrivateKey::from_components(n, exponent(), d, primes).ok()?;
        // Without these the crate would fall back to the slow way, without a word.
        key.qinv().is_some().then_some(Self { key })
    }
}

/// The modulus's length, for the key specs of this family.
fn modulus_bits(spec: KeySpec) -> Result<u32> {
    match spec {
        KeySpec::Rsa2048 => Ok(2048),
        KeySpec::Rsa3072 => Ok(3072),
        KeySpec::Rsa4096 => Ok(4096),
        KeySpec::Symmetric
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512
        | KeySpec::P256
        | KeySpec::P384
        | KeySpec::P521
        | KeySpec::Secp256k1
        | KeySpec::Ed25519
        | KeySpec::MlDsa44
        | KeySpec::MlDsa65
        | KeySpec::MlDsa87
        | KeySpec::MlKem512
        | KeySpec::MlKem768
        | KeySpec::MlKem1024 => Err(Error::Unsupported),
    }
}

fn exponent() -> BoxedUint {
    BoxedUint::from(EXPONENT)
}

fn append(out: &mut Vec<u8>, integer: &BoxedUint) {
    let mut bytes = integer.to_be_bytes();
    out.extend_from_slice(&bytes);
    bytes.zeroize();
}

/// The only public exponent there is: AWS makes and takes no other.
const EXPONENT: u64 = 65_537;

#[cfg(test)]
mod tests;
