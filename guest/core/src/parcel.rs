//! Parcels: secrets on their way from one isolate to another, through a host that sees ciphertext.
//!
//! HPKE (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM; in base mode where
//! anybody may send, in authenticated mode between isolates:
//!
//! ```text
//! version 1 | encapsulated key (32) | ciphertext with tag
//! ```
//!
//! The info string names what a parcel is for, so that it is opened for nothing else.

use alloc::vec::Vec;

use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// A key pair to receive parcels with.
pub struct Receiver {
    private: <X25519HkdfSha256 as hpke::Kem>::PrivateKey,
    public: [u8; 32],
}

impl Receiver {
    /// A fresh key pair.
    pub fn new(random: &mut impl CryptoRng) -> Self {
        let (private, public) = X25519HkdfSha256::gen_keypair_with_rng(random);
        Self { private, public: public.to_bytes().into() }
    }

    /// The public key, 32 bytes.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Opens a parcel that was sent to this key pair with the same info.
    pub fn open(&self, info: &[u8], parcel: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.open_in(&OpModeR::Base, info, parcel)
    }

    /// Opens a parcel that the holder of `sender` sent to this key pair with the same info.
    pub fn open_from(
        &self,
        sender: &[u8],
        info: &[u8],
        parcel: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let sender = Deserializable::from_bytes(sender).map_err(|_| Error::Foreign)?;
        self.open_in(&OpModeR::Auth(sender), info, parcel)
    }

    /// Seals `plaintext` to a receiver's public key, so that the receiver knows who sent it.
    pub fn send(
        &self,
        public: &[u8],
        info: &[u8],
        plaintext: &[u8],
        random: &mut impl CryptoRng,
    ) -> Result<Vec<u8>> {
        let own = Deserializable::from_bytes(&self.public).map_err(|_| Error::Invalid)?;
        send_in(&OpModeS::Auth((self.private.clone(), own)), public, info, plaintext, random)
    }

    fn open_in(
        &self,
        mode: &OpModeR<'_, X25519HkdfSha256>,
        info: &[u8],
        parcel: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let ([version], rest) = parcel.split_first_chunk::<1>().ok_or(Error::Foreign)?;
        let (key, ciphertext) = rest.split_first_chunk::<32>().ok_or(Error::Foreign)?;
        if *version != VERSION {
            return Err(Error::Foreign);
        }
        let key = Deserializable::from_bytes(key).map_err(|_| Error::Foreign)?;
        let private = &self.private;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            mode, private, &key, info, ciphertext, b"",
        )
        .map(Zeroizing::new)
        .map_err(|_| Error::Foreign)
    }
}

/// Seals `plaintext` to a receiver's public key.
pub fn send(
    public: &[u8],
    info: &[u8],
    plaintext: &[u8],
    random: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    send_in(&OpModeS::Base, public, info, plaintext, random)
}

fn send_in(
    mode: &OpModeS<'_, X25519HkdfSha256>,
    public: &[u8],
    info: &[u8],
    plaintext: &[u8],
    random: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let public = Deserializable::from_bytes(public).map_err(|_| Error::Invalid)?;
    let (key, ciphertext) =
        hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            mode, &public, info, plaintext, b"", random,
        )
        .map_err(|_| Error::Invalid)?;
    Ok([&[VERSION][..], &key.to_bytes(), &ciphertext].concat())
}

/// What parcels to operators and to the root isolate hold.
pub const UNSEAL_KEY: &[u8] = b"keycell unseal key v1";

const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Drbg;

    #[test]
    fn a_parcel_opens_for_its_receiver_and_info_only() {
        let mut drbg = Drbg::new(|| 11);
        let (one, two) = (Receiver::new(&mut drbg), Receiver::new(&mut drbg));
        let parcel = send(one.public(), b"info", b"secret", &mut drbg).expect("a public key");
        assert_eq!(one.open(b"info", &parcel).expect("it opens").as_slice(), b"secret");
        assert!(one.open(b"other", &parcel).is_err());
        assert!(two.open(b"info", &parcel).is_err());
        for i in 0..parcel.len() {
            let mut bad = parcel.clone();
            bad[i] ^= 1;
            assert!(one.open(b"info", &bad).is_err());
            assert!(one.open(b"info", &parcel[..i]).is_err());
        }
    }

    #[test]
    fn a_parcel_of_a_known_sender_is_opened_as_that_senders_only() {
        let mut drbg = Drbg::new(|| 11);
        let (from, to, other) =
            (Receiver::new(&mut drbg), Receiver::new(&mut drbg), Receiver::new(&mut drbg));
        let parcel = from.send(to.public(), b"info", b"secret", &mut drbg).expect("a public key");
        let opened = to.open_from(from.public(), b"info", &parcel);
        assert_eq!(opened.expect("it opens").as_slice(), b"secret");
        assert!(to.open_from(other.public(), b"info", &parcel).is_err());
        assert!(to.open(b"info", &parcel).is_err());
        let anonymous = send(to.public(), b"info", b"secret", &mut drbg).expect("a public key");
        assert!(to.open_from(from.public(), b"info", &anonymous).is_err());
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        let mut drbg = Drbg::new(|| 11);
        assert_eq!(send(&[0; 32], b"", b"x", &mut drbg), Err(Error::Invalid));
        assert_eq!(send(&[9; 31], b"", b"x", &mut drbg), Err(Error::Invalid));
    }
}
