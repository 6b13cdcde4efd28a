//! The families of algorithms: one file each, with the same few verbs.
//!
//! Each has a private key that is made, opened from what is stored, and taken in from PKCS #8; that
//! tells its public half; and that does what its family is for. What is stored begins with nothing:
//! the binding, which the seal authenticates, says what it is.

mod base;
pub mod curves;
pub mod ed25519;
pub mod hmac;
pub mod known;
pub mod ml_dsa;
pub mod ml_kem;
pub mod rsa;

/// The longest message that is signed or authenticated as it is, in bytes: AWS's bound.
const LONGEST_MESSAGE: usize = 4096;
