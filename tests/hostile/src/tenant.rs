//! The isolate, until it is asked to encrypt one of a few words.
#![expect(unsafe_code, reason = "a list outside of memory is what no safe code can make")]

extern crate alloc;

use alloc::{vec, vec::Vec};
use core::{
    arch::wasm32,
    ops::{Deref, DerefMut},
};

use genuine::{error::Result, random::Entropy};

pub use genuine::tenant::{DataKey, Key, Scope, SealedMaterial, Side, Wrapped};

/// The genuine isolate, and its breakdowns.
pub struct Tenant(genuine::tenant::Tenant);

impl Tenant {
    /// A locked isolate.
    pub fn new(entropy: Entropy) -> Self {
        Self(genuine::tenant::Tenant::new(entropy))
    }

    /// Encrypts, unless it is told to break down, or to reach for more than it may have.
    pub fn encrypt(&mut self, under: &Side<'_>, plaintext: &[u8]) -> Result<Vec<u8>> {
        match plaintext {
            b"trap" => panic!("as told"),
            b"loop" => loop {
                core::hint::spin_loop();
            },
            b"grow" => grow(),
            b"exhaust" => exhaust(),
            b"outside" => Ok(outside()),
            b"oversized" => Ok(vec![0x5a; OVERSIZED]),
            _ => self.0.encrypt(under, plaintext),
        }
    }
}

/// Takes memory page by page until the host gives no more, and says how many pages it has.
fn grow() -> Result<Vec<u8>> {
    while wasm32::memory_grow::<0>(1) != usize::MAX {}
    Ok(wasm32::memory_size::<0>().to_be_bytes().into())
}

/// Allocates until there is nothing left, and writes to all of it.
fn exhaust() -> ! {
    let mut hoard = Vec::new();
    loop {
        hoard.push(vec![0x5a_u8; 1 << 16]);
        core::hint::black_box(&hoard);
    }
}

/// A list that begins where memory ends.
fn outside() -> Vec<u8> {
    let end = wasm32::memory_size::<0>() << 16;
    // SAFETY: there is none. The shell lowers pointer and length without reading what they name,
    // and what the host makes of them is what the test wants to know.
    unsafe { Vec::from_raw_parts(core::ptr::without_provenance_mut(end - 8), 64, 64) }
}

/// More than the results of a call may make the host allocate.
const OVERSIZED: usize = 1 << 20;

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
