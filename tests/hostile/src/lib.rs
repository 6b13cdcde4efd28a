//! A tenant's component with a defect that can be called forth: the shell is the one of
//! `guest/tenant`, word for word, and so is all behind it but for [`tenant::Tenant::encrypt`].
#![cfg_attr(target_arch = "wasm32", no_std)]

/// The shell's `keycell_core` is this crate.
#[cfg(target_arch = "wasm32")]
extern crate self as keycell_core;

#[cfg(target_arch = "wasm32")]
pub use genuine::{algorithm, binding, error, heap, single};

#[cfg(target_arch = "wasm32")]
#[path = "../../../guest/tenant/src/shell/mod.rs"]
mod shell;
#[cfg(target_arch = "wasm32")]
pub mod tenant;
