//! HMAC (FIPS 198-1) with SHA-224, SHA-256, SHA-384 and SHA-512.
//!
//! Stored: the key's bytes.

use alloc::{boxed::Box, vec, vec::Vec};

use hex_literal::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::{
    binding::KeySpec,
    error::{Error, Result},
    families::LONGEST_MESSAGE,
    random::Drbg,
};

/// A key, with the hash states that its use begins with.
pub struct SecretKey {
    bytes: Zeroizing<Vec<u8>>,
    state: State,
}

/// Wiped when dropped, by the crates.
enum State {
    Sha224(Box<Hmac<Sha224>>),
    Sha256(Box<Hmac<Sha256>>),
    Sha384(Box<Hmac<Sha384>>),
    Sha512(Box<Hmac<Sha512>>),
}

impl SecretKey {
    /// Makes a key as long as the digest, as AWS does.
    pub fn generate(spec: KeySpec, drbg: &mut Drbg) -> Result<Self> {
        let hash = Hash::of(spec)?;
        let mut bytes = Zeroizing::new(vec![0; hash.length()]);
        drbg.fill(&mut bytes);
        Ok(Self::new(hash, bytes))
    }

    /// Opens what [`Self::stored`] has told.
    pub fn from_stored(spec: KeySpec, stored: &[u8]) -> Result<Self> {
        let hash = Hash::of(spec)?;
        if !hash.takes(stored) {
            return Err(Error::Foreign);
        }
        Ok(Self::new(hash, Zeroizing::new(stored.to_vec())))
    }

    /// What is sealed.
    pub fn stored(&self) -> Zeroizing<Vec<u8>> {
        self.bytes.clone()
    }

    /// Takes in a key: at least as long as the digest, at most 128 bytes.
    pub fn from_import(spec: KeySpec, bytes: &[u8]) -> Result<Self> {
        let hash = Hash::of(spec)?;
        if !hash.takes(bytes) {
            return Err(Error::Unverified);
        }
        Ok(Self::new(hash, Zeroizing::new(bytes.to_vec())))
    }

    /// The code of a message, in full length.
    pub fn generate_mac(&self, message: &[u8]) -> Result<Vec<u8>> {
        fn code<M: Mac + Clone>(state: &M, message: &[u8]) -> Vec<u8> {
            state.clone().chain_update(message).finalize().into_bytes().to_vec()
        }
        bound(message)?;
        Ok(match &self.state {
            State::Sha224(state) => code(&**state, message),
            State::Sha256(state) => code(&**state, message),
            State::Sha384(state) => code(&**state, message),
            State::Sha512(state) => code(&**state, message),
        })
    }

    /// Whether a code is the message's, compared in constant time.
    pub fn verify_mac(&self, message: &[u8], mac: &[u8]) -> Result<()> {
        fn check<M: Mac + Clone>(state: &M, message: &[u8], mac: &[u8]) -> Result<()> {
            let state = state.clone().chain_update(message);
            state.verify_slice(mac).or(Err(Error::Unverified))
        }
        bound(message)?;
        match &self.state {
            State::Sha224(state) => check(&**state, message, mac),
            State::Sha256(state) => check(&**state, message, mac),
            State::Sha384(state) => check(&**state, message, mac),
            State::Sha512(state) => check(&**state, message, mac),
        }
    }

    fn new(hash: Hash, bytes: Zeroizing<Vec<u8>>) -> Self {
        fn keyed<M: KeyInit>(bytes: &[u8]) -> Box<M> {
            Box::new(M::new_from_slice(bytes).expect("HMAC takes keys of any length"))
        }
        let state = match hash {
            Hash::Sha224 => State::Sha224(keyed(&bytes)),
            Hash::Sha256 => State::Sha256(keyed(&bytes)),
            Hash::Sha384 => State::Sha384(keyed(&bytes)),
            Hash::Sha512 => State::Sha512(keyed(&bytes)),
        };
        Self { bytes, state }
    }
}

/// RFC 4231, test case 2, whose key is shorter than those that KMS takes.
pub fn self_test(spec: KeySpec) -> bool {
    let Ok(hash) = Hash::of(spec) else { return false };
    let expected: &[u8] = match hash {
        Hash::Sha224 => &hex!("a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
        Hash::Sha256 => &hex!("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Hash::Sha384 => &hex!(
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
            "8e2240ca5e69e2c78b3239ecfab21649"
        ),
        Hash::Sha512 => &hex!(
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        ),
    };
    let key = SecretKey::new(hash, Zeroizing::new(b"Jefe".to_vec()));
    key.verify_mac(b"what do ya want for nothing?", expected).is_ok()
}

enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of(spec: KeySpec) -> Result<Self> {
        match spec {
            KeySpec::Hmac224 => Ok(Self::Sha224),
            KeySpec::Hmac256 => Ok(Self::Sha256),
            KeySpec::Hmac384 => Ok(Self::Sha384),
            KeySpec::Hmac512 => Ok(Self::Sha512),
            KeySpec::Symmetric
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
            | KeySpec::MlDsa87
            | KeySpec::MlKem512
            | KeySpec::MlKem768
            | KeySpec::MlKem1024 => Err(Error::Unsupported),
        }
    }

    /// The digest's length in bytes: the shortest key, and that of one made here.
    fn length(&self) -> usize {
        match self {
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn takes(&self, key: &[u8]) -> bool {
        (self.length()..=LONGEST_KEY).contains(&key.len())
    }
}

fn bound(message: &[u8]) -> Result<()> {
    if message.len() > LONGEST_MESSAGE {
        return Err(Error::Invalid);
    }
    Ok(())
}

/// AWS imports HMAC keys of up to 1024 bits.
const LONGEST_KEY: usize = 128;
