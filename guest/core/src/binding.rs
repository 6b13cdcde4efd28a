//! What a sealed key is and where it belongs.

use alloc::vec::Vec;

use crate::{
    encoding,
    error::{Error, Result},
};

/// What kind of key it is. The numbers are part of stored formats and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum KeySpec {
    /// AES-256-GCM under per-message keys: AWS's `SYMMETRIC_DEFAULT`.
    Symmetric = 1,
    /// HMAC with SHA-224 (RFC 2104, FIPS 198-1).
    Hmac224 = 2,
    /// HMAC with SHA-256.
    Hmac256 = 3,
    /// HMAC with SHA-384.
    Hmac384 = 4,
    /// HMAC with SHA-512.
    Hmac512 = 5,
    /// RSA with a modulus of 2048 bits (RFC 8017).
    Rsa2048 = 6,
    /// RSA with a modulus of 3072 bits.
    Rsa3072 = 7,
    /// RSA with a modulus of 4096 bits.
    Rsa4096 = 8,
    /// NIST P-256 (SP 800-186).
    P256 = 9,
    /// NIST P-384.
    P384 = 10,
    /// NIST P-521.
    P521 = 11,
    /// The Koblitz curve secp256k1 (SEC 2).
    Secp256k1 = 12,
    /// Ed25519 (RFC 8032).
    Ed25519 = 13,
    /// ML-DSA-44 (FIPS 204).
    MlDsa44 = 14,
    /// ML-DSA-65.
    MlDsa65 = 15,
    /// ML-DSA-87.
    MlDsa87 = 16,
    /// ML-KEM-512 (FIPS 203).
    MlKem512 = 17,
    /// ML-KEM-768.
    MlKem768 = 18,
    /// ML-KEM-1024.
    MlKem1024 = 19,
}

/// The one thing a key may be used for. The numbers are part of stored formats and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum KeyUsage {
    /// AWS's `ENCRYPT_DECRYPT`.
    EncryptDecrypt = 1,
    /// AWS's `SIGN_VERIFY`.
    SignVerify = 2,
    /// AWS's `GENERATE_VERIFY_MAC`.
    Mac = 3,
    /// AWS's `KEY_AGREEMENT`.
    KeyAgreement = 4,
    /// AWS's `ENCAPSULATE_DECAPSULATE`.
    Encapsulation = 5,
}

impl KeySpec {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 19] = [
        Self::Symmetric,
        Self::Hmac224,
        Self::Hmac256,
        Self::Hmac384,
        Self::Hmac512,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Secp256k1,
        Self::Ed25519,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
        Self::MlKem512,
        Self::MlKem768,
        Self::MlKem1024,
    ];

    /// Whether a key of this kind may be made for `usage`.
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>
    pub fn allows(self, usage: KeyUsage) -> bool {
        use KeyUsage::{Encapsulation, EncryptDecrypt, KeyAgreement, Mac, SignVerify};
        match self {
            Self::Symmetric => usage == EncryptDecrypt,
            Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512 => usage == Mac,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => {
                matches!(usage, EncryptDecrypt | SignVerify)
            }
            Self::P256 | Self::P384 | Self::P521 => matches!(usage, SignVerify | KeyAgreement),
            Self::Secp256k1 | Self::Ed25519 => usage == SignVerify,
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => usage == SignVerify,
            Self::MlKem512 | Self::MlKem768 | Self::MlKem1024 => usage == Encapsulation,
        }
    }
}

/// What the seal of a key authenticates beside the key. Not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The account: twelve digits.
    pub account: Vec<u8>,
    /// The Region, at most 32 bytes.
    pub region: Vec<u8>,
    /// The key id, at most 64 bytes.
    pub key_id: Vec<u8>,
    /// What kind of key it is.
    pub spec: KeySpec,
    /// What it may be used for.
    pub usage: KeyUsage,
    /// Whether it may be sent to another Region.
    pub multi_region: bool,
}

impl Binding {
    /// Refuses a binding whose fields are out of range.
    pub fn check(&self) -> Result<()> {
        check_tenant(&self.account, &self.region)?;
        let is_proper = (1..=64).contains(&self.key_id.len()) && self.spec.allows(self.usage);
        if !is_proper {
            return Err(Error::Invalid);
        }
        Ok(())
    }

    /// The bytes that a seal authenticates.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = encoding::fields(&[&self.account, &self.region, &self.key_id]);
        out.extend([self.spec as u8, self.usage as u8, u8::from(self.multi_region)]);
        out
    }
}

/// Refuses an account that is not twelve digits, and a Region that is empty or over 32 bytes.
pub fn check_tenant(account: &[u8], region: &[u8]) -> Result<()> {
    let is_account = account.len() == 12 && account.iter().all(u8::is_ascii_digit);
    if !is_account || region.is_empty() || region.len() > 32 {
        return Err(Error::Invalid);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_specs_stand_in_the_order_of_their_numbers() {
        assert!(KeySpec::ALL.iter().enumerate().all(|(i, spec)| *spec as usize == i + 1));
    }
}
