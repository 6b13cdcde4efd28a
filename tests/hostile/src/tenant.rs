//! The isolate, until it is asked to encrypt one of two words.

extern crate alloc;

use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

use genuine::{error::Result, random::Entropy};

pub use genuine::tenant::{Key, Scope, Side};

/// The genuine isolate, and its breakdown.
pub struct Tenant(genuine::tenant::Tenant);

impl Tenant {
    /// A locked isolate.
    pub fn new(entropy: Entropy) -> Self {
        Self(genuine::tenant::Tenant::new(entropy))
    }

    /// Encrypts, unless it is told to trap or never to come back.
    pub fn encrypt(&mut self, under: &Side<'_>, plaintext: &[u8]) -> Result<Vec<u8>> {
        match plaintext {
            b"trap" => panic!("as told"),
            b"loop" => loop {
                core::hint::spin_loop();
            },
            _ => self.0.encrypt(under, plaintext),
        }
    }
}

impl Deref for Tenant {
    type Target = genuine::tenant::Tenant;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Tenant {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
