//! Secret bytes: wiped when dropped, compared in constant time, never printed.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// Thirty-two secret bytes: a root, a domain key, an unseal key, the material of a symmetric key.
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// Takes the bytes over; the caller's copy must be one that is wiped.
    pub fn new(bytes: &[u8; 32]) -> Self {
        let mut own = Zeroizing::new([0; 32]);
        own.copy_from_slice(bytes);
        Self(own)
    }

    /// From a slice, if it has the right length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(Self::new(bytes.try_into().ok()?))
    }

    /// The bytes, for a primitive.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the same, in constant time.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }

    /// Wiped before its time.
    pub fn wipe(&mut self) {
        self.0.zeroize();
    }
}
