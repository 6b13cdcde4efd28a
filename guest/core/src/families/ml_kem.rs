//! ML-KEM (FIPS 203): a shared secret that a quantum computer does not find out.
//!
//! Stored is the seed, `d` and then `z`, 32 bytes each, of which the standard makes everything else
//! (algorithm 16).

use alloc::{boxed::Box, vec::Vec};

use hex_literal::hex;
use ml_kem::{
    Ciphertext, Decapsulate, Encapsulate, Kem, KeyExport, KeyInit, MlKem512, MlKem768, MlKem1024,
    Seed,
    array::sizes::{U32, U64},
    kem::Decapsulator,
    pkcs8::EncodePublicKey,
};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::known::Known;
use crate::{
    binding::KeySpec,
    error::{Error, Result},
    random::Drbg,
};

/// A key pair of one of the three parameter sets; wiped when dropped.
pub struct PrivateKey(Box<dyn KeyPair>);

impl PrivateKey {
    /// A new key, whose halves have agreed once before it is handed out (FIPS 140-3, pairwise
    /// consistency).
    pub fn generate(spec: KeySpec, drbg: &mut Drbg) -> Result<Self> {
        let mut seed = Zeroizing::new([0; 64]);
        drbg.fill(&mut *seed);
        let key = Self::expand(spec, (&*seed).into())?;
        let (secret, ciphertext) = key.encapsulate(drbg);
        let same = key.decapsulate(&ciphertext)?;
        assert!(bool::from(secret.ct_eq(&same)), "a key that was made well agrees with itself");
        Ok(key)
    }

    /// From the seed, as [`PrivateKey::stored`] gave it.
    pub fn from_stored(spec: KeySpec, stored: &[u8]) -> Result<Self> {
        Self::expand(spec, stored.try_into().map_err(|_| Error::Foreign)?)
    }

    /// The seed.
    pub fn stored(&self) -> Zeroizing<Vec<u8>> {
        self.0.seed()
    }

    /// The public half, as RFC 9935 writes it.
    pub fn public_key(&self) -> Vec<u8> {
        self.0.public_key()
    }

    /// A fresh shared secret, 32 bytes, and the ciphertext that carries it.
    pub fn encapsulate(&self, drbg: &mut Drbg) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
        self.encapsulate_with(drbg)
    }

    /// The same with the standard's `m` out of `random`: for known answers.
    pub fn encapsulate_with(&self, random: &mut dyn CryptoRng) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
        self.0.encapsulate(random)
    }

    /// The shared secret that `ciphertext` carries. Only one of the wrong length is refused: any
    /// other that was not made for this key yields a secret that nobody else knows.
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.0.decapsulate(ciphertext).ok_or(Error::Unverified)
    }

    fn expand(spec: KeySpec, seed: &Seed) -> Result<Self> {
        Ok(Self(match spec {
            KeySpec::MlKem512 => Box::new(Pair::<MlKem512>(KeyInit::new(seed))),
            KeySpec::MlKem768 => Box::new(Pair::<MlKem768>(KeyInit::new(seed))),
            KeySpec::MlKem1024 => Box::new(Pair::<MlKem1024>(KeyInit::new(seed))),
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
            | KeySpec::MlDsa44
            | KeySpec::MlDsa65
            | KeySpec::MlDsa87 => return Err(Error::Unsupported),
        }))
    }
}

/// Known answers of a parameter set: what is encapsulated, that it is decapsulated, and the secret
/// of a ciphertext that was tampered with. False for a spec of another family.
pub fn self_test(spec: KeySpec) -> bool {
    let Some(answer) = ANSWERS.iter().find(|answer| answer.spec == spec) else { return false };
    let Ok(PrivateKey(pair)) = PrivateKey::expand(spec, &SEED.into()) else { return false };
    let (secret, mut ciphertext) = pair.encapsulate(&mut Known(&ENCAPSULATED));
    let again = pair.decapsulate(&ciphertext);
    let digest = Sha256::digest(&ciphertext);
    ciphertext.iter_mut().take(1).for_each(|byte| *byte ^= 1);
    let rejected = pair.decapsulate(&ciphertext);
    digest[..] == answer.ciphertext
        && secret[..] == answer.secret
        && again.is_some_and(|again| again[..] == answer.secret)
        && rejected.is_some_and(|rejected| rejected[..] == answer.rejected)
}

/// What the three parameter sets have in common.
trait KeyPair {
    fn seed(&self) -> Zeroizing<Vec<u8>>;
    fn public_key(&self) -> Vec<u8>;
    fn encapsulate(&self, random: &mut dyn CryptoRng) -> (Zeroizing<Vec<u8>>, Vec<u8>);
    fn decapsulate(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>>;
}

struct Pair<K: Kem>(K::DecapsulationKey);

impl<K> KeyPair for Pair<K>
where
    K: Kem<SharedKeySize = U32>,
    K::DecapsulationKey: KeyExport<KeySize = U64> + Decapsulate<Kem = K>,
    K::EncapsulationKey: EncodePublicKey,
{
    fn seed(&self) -> Zeroizing<Vec<u8>> {
        kept(self.0.to_bytes())
    }

    fn public_key(&self) -> Vec<u8> {
        let key = self.0.encapsulation_key().to_public_key_der();
        key.expect("a public key is much shorter than DER allows").into_vec()
    }

    fn encapsulate(&self, random: &mut dyn CryptoRng) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
        let (ciphertext, secret) = self.0.encapsulation_key().encapsulate_with_rng(random);
        (kept(secret), ciphertext.to_vec())
    }

    fn decapsulate(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let ciphertext: &Ciphertext<K> = ciphertext.try_into().ok()?;
        Some(kept(self.0.decapsulate(ciphertext)))
    }
}

/// A secret that a primitive returned, in memory that is wiped.
fn kept(mut secret: impl AsMut<[u8]>) -> Zeroizing<Vec<u8>> {
    let secret = secret.as_mut();
    let kept = Zeroizing::new(secret.to_vec());
    secret.zeroize();
    kept
}

/// What a parameter set answers to [`SEED`] and [`ENCAPSULATED`].
struct Answer {
    spec: KeySpec,
    secret: [u8; 32],
    /// SHA-256 of the ciphertext.
    ciphertext: [u8; 32],
    /// The secret of the ciphertext with its lowest bit flipped: SHAKE256 of `z` and that (FIPS
    /// 203, algorithm 18).
    rejected: [u8; 32],
}

/// Test 2 of Wycheproof's `mlkem_512`, `_768` and `_1024`, out of NIST's vectors.
const SEED: [u8; 64] = hex!(
    "7c9935a0b07694aa0c6d10e4db6b1add2fd81a25ccb148032dcd739936737f2d"
    "8626ed79d451140800e03b59b956f8210e556067407d13dc90fa9e8b872bfb8f"
);
/// The standard's `m` there: tests 10, 14 and 18 of `mlkem_512_encaps`, `_768_` and `_1024_`.
const ENCAPSULATED: [u8; 32] =
    hex!("147c03f7a5bebba406c8fae1874d7f13c80efe79a3a9a874cc09fe76f6997615");
const ANSWERS: [Answer; 3] = [
    Answer {
        spec: KeySpec::MlKem512,
        secret: hex!("319839e82ab6b222de7b619e80da8391522bbb37677018494a4742c53f9abfdf"),
        ciphertext: hex!("bc29d7df8bc5465d980601d800259793e2603825a572da6cd198a512cc6d1a34"),
        rejected: hex!("45cdff81d3499061477cf7189979db4dbc179247900b9c37e8ae4da381888710"),
    },
    Answer {
        spec: KeySpec::MlKem768,
        secret: hex!("e7184a0975ee3470878d2d159ec83129c8aec253d4ee17b4810311d198cd0368"),
        ciphertext: hex!("36829a2f35cbf4deb62c0a12a15c22dae9f8d2c252566fc24f88abe805cb575e"),
        rejected: hex!("d8f24fa38430a171f93f27d46c52e0bc636d0a1fd5b9571951afbf1ad0b895a5"),
    },
    Answer {
        spec: KeySpec::MlKem1024,
        secret: hex!("489dd1e9c2be4af3482bdb35bb26ce760e6e414da6ecbe489985748a825f1cd6"),
        ciphertext: hex!("508136a13f8a7920e3434498c6975cbbab457d809309eb2f92453e7409738210"),
        rejected: hex!("bbf9ab5996fd96cbe574cc5f0d469237b82533ab10e7396e086b3f74e4e3e749"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: [KeySpec; 3] = [KeySpec::MlKem512, KeySpec::MlKem768, KeySpec::MlKem1024];

    fn key(spec: KeySpec, drbg: &mut Drbg) -> PrivateKey {
        PrivateKey::generate(spec, drbg).expect("a spec of this family")
    }

    #[test]
    fn the_self_tests_pass() {
        assert!(SPECS.into_iter().all(self_test));
        assert!(!self_test(KeySpec::Symmetric));
    }

    #[test]
    fn both_sides_have_the_same_secret() {
        let drbg = &mut Drbg::new(|| 7);
        for (spec, length) in SPECS.into_iter().zip([768, 1088, 1568]) {
            let key = key(spec, drbg);
            let (secret, ciphertext) = key.encapsulate(drbg);
            assert_eq!((secret.len(), ciphertext.len()), (32, length));
            assert_eq!(key.decapsulate(&ciphertext).unwrap(), secret);
            assert_ne!(key.encapsulate(drbg).0, secret);
        }
    }

    #[test]
    fn what_is_stored_is_the_key() {
        let drbg = &mut Drbg::new(|| 7);
        for spec in SPECS {
            let key = key(spec, drbg);
            let again = PrivateKey::from_stored(spec, &key.stored()).unwrap();
            assert_eq!(key.stored().len(), 64);
            assert_eq!(again.stored(), key.stored());
            assert_eq!(again.public_key(), key.public_key());
            let (secret, ciphertext) = again.encapsulate(drbg);
            assert_eq!(key.decapsulate(&ciphertext).unwrap(), secret);
        }
    }

    #[test]
    fn a_ciphertext_that_was_tampered_with_yields_a_secret_of_its_own() {
        let drbg = &mut Drbg::new(|| 7);
        let key = key(KeySpec::MlKem768, drbg);
        let (secret, mut ciphertext) = key.encapsulate(drbg);
        for i in (0..ciphertext.len()).step_by(31) {
            ciphertext[i] ^= 0x10;
            let rejected = key.decapsulate(&ciphertext).unwrap();
            assert_ne!(rejected, secret, "byte {i}");
            assert_eq!(rejected, key.decapsulate(&ciphertext).unwrap());
            ciphertext[i] ^= 0x10;
        }
        assert_eq!(key.decapsulate(&ciphertext).unwrap(), secret);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let drbg = &mut Drbg::new(|| 7);
        let key = key(KeySpec::MlKem512, drbg);
        for ciphertext in [&[0; 767][..], &[0; 769], &[0; 1088], b""] {
            assert_eq!(key.decapsulate(ciphertext), Err(Error::Unverified));
        }
        let other = PrivateKey::generate(KeySpec::MlDsa44, drbg);
        assert_eq!(other.err(), Some(Error::Unsupported));
        for stored in [&[0; 63][..], &[0; 65], b""] {
            let refused = PrivateKey::from_stored(KeySpec::MlKem512, stored).err();
            assert_eq!(refused, Some(Error::Foreign));
        }
    }
}
