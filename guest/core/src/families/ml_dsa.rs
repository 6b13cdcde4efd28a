//! ML-DSA (FIPS 204): signatures that a quantum computer does not forge.
//!
//! Stored is the seed ξ, 32 bytes, of which the standard makes everything else (algorithm 6). In
//! memory the key is kept expanded, matrix and transforms included, since expanding costs half as
//! much as a signature.

use alloc::{boxed::Box, vec::Vec};

use hex_literal::hex;
use ml_dsa::{
    MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Seed, Signature, SigningKey, VerifyingKey,
    common::{array::Array, typenum::U64},
    pkcs8::{EncodePublicKey, der::AnyRef, spki::AssociatedAlgorithmIdentifier},
    signature::digest::Update,
};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::known::Known;
use crate::{
    algorithm::{Message, Signing},
    binding::KeySpec,
    error::{Error, Result},
    random::Drbg,
};

/// A key pair of one of the three parameter sets; wiped when dropped.
pub struct PrivateKey(Box<dyn KeyPair>);

impl PrivateKey {
    /// A new key, which has signed once before it is handed out (FIPS 140-3, pairwise consistency).
    pub fn generate(spec: KeySpec, drbg: &mut Drbg) -> Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        drbg.fill(&mut *seed);
        let key = Self::expand(spec, (&*seed).into())?;
        let message = Message::ExternalMu(&[0; MU]);
        let signature = key.sign(Signing::MlDsa, message, drbg)?;
        let verified = key.verify(Signing::MlDsa, message, &signature);
        verified.expect("a key that was made well verifies what it signs");
        Ok(key)
    }

    /// From the seed, as [`PrivateKey::stored`] gave it.
    pub fn from_stored(spec: KeySpec, stored: &[u8]) -> Result<Self> {
        Self::expand(spec, stored.try_into().map_err(|_| Error::Foreign)?)
    }

    /// The seed.
    pub fn stored(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.seed().to_vec())
    }

    /// The public half, as RFC 9881 writes it.
    pub fn public_key(&self) -> Vec<u8> {
        self.0.public_key()
    }

    /// A signature, hedged: it depends on key, message and fresh randomness.
    pub fn sign(
        &self,
        algorithm: Signing,
        message: Message<'_>,
        drbg: &mut Drbg,
    ) -> Result<Vec<u8>> {
        self.sign_with(algorithm, message, drbg)
    }

    /// A signature with the standard's `rnd` out of `random`: for known answers. Thirty-two zeros
    /// make the deterministic variant.
    pub fn sign_with(
        &self,
        algorithm: Signing,
        message: Message<'_>,
        random: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>> {
        let mu = self.representative(algorithm, message)?;
        Ok(self.0.sign(&mu, random))
    }

    /// Whether `signature` is one of this key's.
    pub fn verify(&self, algorithm: Signing, message: Message<'_>, signature: &[u8]) -> Result<()> {
        let mu = self.representative(algorithm, message)?;
        if !self.0.verify(&mu, signature) {
            return Err(Error::Unverified);
        }
        Ok(())
    }

    fn expand(spec: KeySpec, seed: &Seed) -> Result<Self> {
        Ok(Self(match spec {
            KeySpec::MlDsa44 => Box::new(SigningKey::<MlDsa44>::from_seed(seed)),
            KeySpec::MlDsa65 => Box::new(SigningKey::<MlDsa65>::from_seed(seed)),
            KeySpec::MlDsa87 => Box::new(SigningKey::<MlDsa87>::from_seed(seed)),
            KeySpec::Symmetric
            | KeySpec::Hmac224
            | KeySpec::Hmac256
            | KeySpec::Hmac384
            | KeySpec::Hmac512
            | KeySpec::Rsa2048
            | KeySpec::Rsa3072
            | KeySpec::Rsa4096
            | KeySpec::P256
            | KeySpec::P384
            | KeySpec::P521
            | KeySpec::Secp256k1
            | KeySpec::Ed25519
            | KeySpec::MlKem512
            | KeySpec::MlKem768
            | KeySpec::MlKem1024 => return Err(Error::Unsupported),
        }))
    }

    /// The 64 bytes that are signed in place of the message.
    fn representative(&self, algorithm: Signing, message: Message<'_>) -> Result<Mu> {
        if algorithm != Signing::MlDsa {
            return Err(Error::Unsupported);
        }
        match message {
            Message::Raw(message) if message.len() > MESSAGE => Err(Error::Invalid),
            Message::Raw(message) => Ok(self.0.representative(message)),
            Message::ExternalMu(mu) => mu.try_into().map_err(|_| Error::Invalid),
            Message::Digest(_) => Err(Error::Unsupported),
        }
    }
}

/// Known answers of a parameter set: a key pair, its deterministic signature, and that the
/// signature of something else is refused. False for a spec of another family.
pub fn self_test(spec: KeySpec) -> bool {
    let Some(answer) = ANSWERS.iter().find(|answer| answer.spec == spec) else { return false };
    let Ok(PrivateKey(key)) = PrivateKey::expand(spec, &[0x2a; 32].into()) else { return false };
    let signature = key.sign(&answer.mu.into(), &mut Known(&[0; 32]));
    let digest = Sha256::new().chain_update(key.public_key()).chain_update(&signature).finalize();
    digest[..] == answer.digest
        && key.verify(&answer.mu.into(), &signature)
        && !key.verify(&[0; MU].into(), &signature)
}

/// What the three parameter sets have in common.
trait KeyPair {
    fn seed(&self) -> &Seed;
    fn public_key(&self) -> Vec<u8>;
    fn representative(&self, message: &[u8]) -> Mu;
    fn sign(&self, mu: &Mu, random: &mut dyn CryptoRng) -> Vec<u8>;
    fn verify(&self, mu: &Mu, signature: &[u8]) -> bool;
}

impl<P> KeyPair for SigningKey<P>
where
    P: MlDsaParams + AssociatedAlgorithmIdentifier<Params = AnyRef<'static>>,
{
    fn seed(&self) -> &Seed {
        self.as_seed()
    }

    fn public_key(&self) -> Vec<u8> {
        let key: &VerifyingKey<P> = self.as_ref();
        key.to_public_key_der().expect("a public key is much shorter than DER allows").into_vec()
    }

    fn representative(&self, message: &[u8]) -> Mu {
        let key: &VerifyingKey<P> = self.as_ref();
        let absorb = |hash: &mut _| {
            Update::update(hash, message);
            Ok(())
        };
        key.compute_mu(absorb, b"").expect("the context is empty")
    }

    fn sign(&self, mu: &Mu, random: &mut dyn CryptoRng) -> Vec<u8> {
        let signature = self.expanded_key().sign_mu_randomized(mu, random);
        signature.expect("814 attempts fail with a probability below 2^-256").encode().to_vec()
    }

    fn verify(&self, mu: &Mu, signature: &[u8]) -> bool {
        let key: &VerifyingKey<P> = self.as_ref();
        Signature::try_from(signature).is_ok_and(|signature| key.verify_mu(mu, &signature))
    }
}

/// The message representative μ of FIPS 204.
type Mu = Array<u8, U64>;

/// The longest message, in bytes: what AWS's `Sign` takes.
const MESSAGE: usize = 4096;
/// A message representative has 64 bytes.
const MU: usize = 64;

/// What a parameter set answers to the seed 2a 2a … 2a.
struct Answer {
    spec: KeySpec,
    mu: [u8; MU],
    /// SHA-256 of the public key (`publicKeyDer`) and the signature.
    digest: [u8; 32],
}

/// Test 6 of Wycheproof's `mldsa_44_sign_seed`, `_65_` and `_87_`: signatures that take one
/// attempt.
const ANSWERS: [Answer; 3] = [
    Answer {
        spec: KeySpec::MlDsa44,
        mu: hex!(
            "54c8e55434daf7cd403cd0b0d9d6c6ed2f040141f461612776558dde913999ed"
            "eb2405457091a946a8ab5ac35e3b542c4d56bf341461181a69318c2525e095d3"
        ),
        digest: hex!("c1578bb21e26f2c33ff86e8a2d68e8ae39f4ee0522de4f5d1512425fa0218383"),
    },
    Answer {
        spec: KeySpec::MlDsa65,
        mu: hex!(
            "a5cbede661da694ca1fa70c166a58a32e353d654af9c14e662455b95c504a238"
            "4876fdfdf6a32ac1f377f3454159c9cc49e800a629a0ab913566da4c91aad223"
        ),
        digest: hex!("c1eaa3ffb8b049c204a53912b30d50151ef3031f90068d80ccc3c4b64053ce04"),
    },
    Answer {
        spec: KeySpec::MlDsa87,
        mu: hex!(
            "b2dc0fccf2e20428b7c81bbe4682741f9e5c45cd01ddd770bfe17a786a502eb2"
            "b12fc08f067a3db37cb9aa74c115dbb83f86947007d3cf68ebe9411be7a76ab5"
        ),
        digest: hex!("1f825cbb5b41e86b47ed9ffa0e738eb6fbc185d88ff3829d884d7752b02d2d45"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: [KeySpec; 3] = [KeySpec::MlDsa44, KeySpec::MlDsa65, KeySpec::MlDsa87];

    fn key(spec: KeySpec, drbg: &mut Drbg) -> PrivateKey {
        PrivateKey::generate(spec, drbg).expect("a spec of this family")
    }

    #[test]
    fn the_self_tests_pass() {
        assert!(SPECS.into_iter().all(self_test));
        assert!(!self_test(KeySpec::Symmetric));
    }

    #[test]
    fn both_forms_of_a_message_are_the_same_message() {
        let drbg = &mut Drbg::new(|| 7);
        for (spec, length) in SPECS.into_iter().zip([2420, 3309, 4627]) {
            let key = key(spec, drbg);
            let mu = key.0.representative(b"hello");
            let raw = key.sign(Signing::MlDsa, Message::Raw(b"hello"), drbg).unwrap();
            let external = key.sign(Signing::MlDsa, Message::ExternalMu(&mu), drbg).unwrap();
            assert_eq!(raw.len(), length);
            assert_ne!(raw, external, "hedged");
            for signature in [&raw, &external] {
                for message in [Message::Raw(b"hello"), Message::ExternalMu(&mu)] {
                    assert_eq!(key.verify(Signing::MlDsa, message, signature), Ok(()));
                }
            }
        }
    }

    #[test]
    fn what_is_stored_is_the_key() {
        let drbg = &mut Drbg::new(|| 7);
        for spec in SPECS {
            let key = key(spec, drbg);
            let again = PrivateKey::from_stored(spec, &key.stored()).unwrap();
            assert_eq!(key.stored().len(), 32);
            assert_eq!(again.public_key(), key.public_key());
            let signature = again.sign(Signing::MlDsa, Message::Raw(b""), drbg).unwrap();
            assert_eq!(key.verify(Signing::MlDsa, Message::Raw(b""), &signature), Ok(()));
        }
    }

    #[test]
    fn every_changed_byte_of_a_signature_is_noticed() {
        let drbg = &mut Drbg::new(|| 7);
        let key = key(KeySpec::MlDsa44, drbg);
        let message = Message::Raw(b"hello");
        let mut signature = key.sign(Signing::MlDsa, message, drbg).unwrap();
        let verify = |signature: &[u8]| key.verify(Signing::MlDsa, message, signature);
        for i in (0..signature.len()).step_by(7).chain([signature.len() - 1]) {
            signature[i] ^= 0x10;
            assert_eq!(verify(&signature), Err(Error::Unverified), "byte {i}");
            signature[i] ^= 0x10;
        }
        assert_eq!(verify(&signature), Ok(()));
        signature.push(0);
        assert_eq!(verify(&signature), Err(Error::Unverified));
        assert_eq!(verify(b""), Err(Error::Unverified));
        let other = key.verify(Signing::MlDsa, Message::Raw(b"hallo"), &signature);
        assert_eq!(other, Err(Error::Unverified));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let drbg = &mut Drbg::new(|| 7);
        let key = key(KeySpec::MlDsa44, drbg);
        let mut refusal = |algorithm, message| {
            let refused = key.sign(algorithm, message, drbg).err();
            assert_eq!(
                key.verify(algorithm, message, b"").err(),
                refused.or(Some(Error::Unverified))
            );
            refused
        };
        assert_eq!(refusal(Signing::MlDsa, Message::Raw(&[0; 4096])), None);
        assert_eq!(refusal(Signing::MlDsa, Message::Raw(&[0; 4097])), Some(Error::Invalid));
        assert_eq!(refusal(Signing::MlDsa, Message::ExternalMu(&[0; 63])), Some(Error::Invalid));
        assert_eq!(refusal(Signing::MlDsa, Message::ExternalMu(&[0; 65])), Some(Error::Invalid));
        assert_eq!(refusal(Signing::MlDsa, Message::Digest(&[0; 64])), Some(Error::Unsupported));
        assert_eq!(refusal(Signing::Ed25519, Message::Raw(b"")), Some(Error::Unsupported));
        let other = PrivateKey::generate(KeySpec::MlKem512, drbg);
        assert_eq!(other.err(), Some(Error::Unsupported));
        for stored in [&[0; 31][..], &[0; 33], b""] {
            let refused = PrivateKey::from_stored(KeySpec::MlDsa44, stored).err();
            assert_eq!(refused, Some(Error::Foreign));
        }
    }
}
