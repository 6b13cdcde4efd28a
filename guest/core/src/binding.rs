//! What a sealed key is and where it belongs.

use alloc::vec::Vec;

use crate::{
    encoding,
    error::{Error, Result},
};

/// What kind of key it is. The numbers are part of stored formats and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum KeySpec {
    /// AES-256-GCM under per-message keys: AWS's `SYMMETRIC_DEFAULT`.
    Symmetric = 1,
}

/// The one thing a key may be used for. The numbers are part of stored formats and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum KeyUsage {
    /// AWS's `ENCRYPT_DECRYPT`.
    EncryptDecrypt = 1,
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
        if self.key_id.is_empty() || self.key_id.len() > 64 {
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
