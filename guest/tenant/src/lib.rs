//! The component of world `tenant`: a shell of one-line delegations to `keycell_core::tenant`.
//!
//! Natively there is nothing here; what the isolate does is tested in `keycell-core`.
#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
mod shell;
