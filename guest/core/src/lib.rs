//! What happens inside an isolate: everything that ever touches key material, in plain Rust.
//!
//! The two components, `tenant` and `root`, are shells of one-line delegations to
//! [`tenant::Tenant`] and [`root::Root`]; nothing here knows WIT, a host or a file. The only thing
//! that comes from outside unasked is randomness, through [`random::Entropy`].
#![no_std]

extern crate alloc;

pub mod algorithm;
pub mod binding;
pub mod certificate;
pub mod cipher;
pub mod domain;
pub mod encoding;
pub mod error;
pub mod families;
pub mod import;
mod keyring;
pub mod material;
pub mod notary;
pub mod parcel;
pub mod quorum;
pub mod random;
pub mod root;
pub mod sealed;
pub mod secret;
pub mod self_test;
pub mod shamir;
pub mod tenant;

#[cfg(target_arch = "wasm32")]
pub mod heap;
#[cfg(target_arch = "wasm32")]
pub mod single;
