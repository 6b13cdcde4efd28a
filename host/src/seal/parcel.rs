//! Parcels, as the root isolate sends and receives them: HPKE in base mode. The format stands in
//! `guest/core/src/parcel.rs`.

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use zeroize::Zeroizing;

/// A key pair of an operator.
pub struct KeyPair {
    private: <X25519HkdfSha256 as Kem>::PrivateKey,
    public: <X25519HkdfSha256 as Kem>::PublicKey,
}

/// What is wrong with a key or a parcel.
pub type ParcelError = &'static str;

impl KeyPair {
    /// A fresh one.
    pub fn new() -> Self {
        let (private, public) = X25519HkdfSha256::gen_keypair();
        Self { private, public }
    }

    /// From the 32 bytes of its private key.
    pub fn from_private(bytes: &[u8]) -> Result<Self, ParcelError> {
        let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(bytes);
        let private = private.map_err(|_| "no proper private key")?;
        let public = X25519HkdfSha256::sk_to_pk(&private);
        Ok(Self { private, public })
    }

    /// The private key, for its owner's file.
    pub fn private(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.private.to_bytes().into())
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.public.to_bytes().into()
    }

    /// Opens a share that was sent to this key pair.
    pub fn open(&self, parcel: &[u8]) -> Result<Zeroizing<Vec<u8>>, ParcelError> {
        let (version, rest) = parcel.split_first().ok_or(BROKEN)?;
        let (sender, ciphertext) = rest.split_first_chunk::<32>().ok_or(BROKEN)?;
        if *version != VERSION {
            return Err(BROKEN);
        }
        let sender = Deserializable::from_bytes(sender).map_err(|_| BROKEN)?;
        let (mode, private) = (&OpModeR::Base, &self.private);
        hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            mode, private, &sender, UNSEAL_KEY, ciphertext, b"",
        )
        .map(Zeroizing::new)
        .map_err(|_| "the parcel is for another key, or damaged")
    }
}

impl Default for KeyPair {
    fn default() -> Self {
        Self::new()
    }
}

/// Encrypts a share or an unseal key to `public`; `info` says what for.
pub fn send(public: &[u8], info: &[u8], secret: &[u8]) -> Result<Vec<u8>, ParcelError> {
    let public = Deserializable::from_bytes(public).map_err(|_| "no proper public key")?;
    let mode = &OpModeS::Base;
    let (sender, ciphertext) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        mode, &public, info, secret, b"",
    )
    .map_err(|_| "the parcel cannot be made")?;
    Ok([&[VERSION][..], &sender.to_bytes(), &ciphertext].concat())
}

/// What parcels with shares are for that agree to another unseal key, held by these operators: see
/// `guest/core/src/quorum.rs`.
pub fn agreement(threshold: u8, operators: &[Vec<u8>]) -> Vec<u8> {
    let mut info = Vec::from(b"keycell rekey v1");
    info.push(threshold);
    for operator in operators {
        info.extend_from_slice(&u16::try_from(operator.len()).unwrap_or(u16::MAX).to_be_bytes());
        info.extend_from_slice(operator);
    }
    info
}

/// What parcels with shares are for otherwise: see `guest/core/src/parcel.rs`.
pub const UNSEAL_KEY: &[u8] = b"keycell unseal key v1";

const BROKEN: ParcelError = "no proper parcel";
const VERSION: u8 = 1;
