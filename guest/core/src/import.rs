//! Key material on its way in, wrapped to an RSA key that was made for the purpose.
//!
//! A wrapping key is an [`rsa::PrivateKey`] like any other; whoever keeps it seals it as what it
//! is. What the unwrapped bytes must look like is for the family of the key that they are for.

use aes_kw::{KeyInit, KwpAes256};
use alloc::{vec, vec::Vec};
use zeroize::Zeroizing;

use crate::{
    algorithm::{Encryption, Wrapping},
    binding::KeySpec,
    error::{Error, Result},
    families::rsa,
    random::Drbg,
};

/// Refuses a way of wrapping, or a wrapping key, that does not go with the material.
///
/// The rules are those of AWS's developer guide, "Download the wrapping public key and import
/// token".
pub fn check_wrapping(target: KeySpec, wrapping: Wrapping, wrapping_spec: KeySpec) -> Result<()> {
    let is_direct = match wrapping {
        Wrapping::OaepSha1 | Wrapping::OaepSha256 => true,
        Wrapping::AesKeyWrapSha1 | Wrapping::AesKeyWrapSha256 => false,
    };
    let is_rsa = matches!(wrapping_spec, KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096);
    let is_allowed = match target {
        KeySpec::Symmetric
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512 => is_direct,
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => !is_direct,
        KeySpec::P256 | KeySpec::P384 | KeySpec::Secp256k1 => true,
        KeySpec::P521 | KeySpec::Ed25519 => !is_direct || wrapping_spec != KeySpec::Rsa2048,
        KeySpec::MlDsa44
        | KeySpec::MlDsa65
        | KeySpec::MlDsa87
        | KeySpec::MlKem512
        | KeySpec::MlKem768
        | KeySpec::MlKem1024 => false,
    };
    if is_rsa && is_allowed { Ok(()) } else { Err(Error::Unsupported) }
}

/// Unwraps material. Whatever is wrong with it, the answer is [`Error::Unverified`].
pub fn unwrap(
    wrapping_key: &rsa::PrivateKey,
    wrapping: Wrapping,
    wrapped: &[u8],
    drbg: &mut Drbg,
) -> Result<Zeroizing<Vec<u8>>> {
    if wrapped.len() > WRAPPED_MAX {
        return Err(Error::Unverified);
    }
    match wrapping {
        Wrapping::OaepSha1 => wrapping_key.decrypt(Encryption::OaepSha1, wrapped, drbg),
        Wrapping::OaepSha256 => wrapping_key.decrypt(Encryption::OaepSha256, wrapped, drbg),
        Wrapping::AesKeyWrapSha1 => two_steps(wrapping_key, Encryption::OaepSha1, wrapped, drbg),
        Wrapping::AesKeyWrapSha256 => {
            two_steps(wrapping_key, Encryption::OaepSha256, wrapped, drbg)
        }
    }
}

/// `CKM_RSA_AES_KEY_WRAP` of PKCS #11: an AES-256 key under OAEP, then the material under it.
fn two_steps(
    wrapping_key: &rsa::PrivateKey,
    encryption: Encryption,
    wrapped: &[u8],
    drbg: &mut Drbg,
) -> Result<Zeroizing<Vec<u8>>> {
    let (key, material) = wrapped.split_at_checked(wrapping_key.size()).ok_or(Error::Unverified)?;
    let key = wrapping_key.decrypt(encryption, key, drbg)?;
    unwrap_padded(&key, material)
}

/// AES key wrap with padding (RFC 5649), under a key of 256 bits.
pub fn unwrap_padded(key: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let cipher = KwpAes256::new_from_slice(key).map_err(|_| Error::Unverified)?;
    // Of less than two blocks there is nothing left to check.
    if wrapped.len() < 16 {
        return Err(Error::Unverified);
    }
    let mut room = Zeroizing::new(vec![0; wrapped.len()]);
    let length = cipher.unwrap_key(wrapped, &mut room).map_err(|_| Error::Unverified)?.len();
    room.truncate(length);
    Ok(room)
}

/// The longest `EncryptedKeyMaterial` of AWS.
const WRAPPED_MAX: usize = 6144;
