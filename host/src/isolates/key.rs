//! How the host names a key to an isolate.

use crate::arn::{AccountId, KeyId};

use super::{
    Place,
    bindings::tenant::exports::keycell::isolate::{
        cipher::{self, Algorithm},
        types,
    },
};

pub use super::bindings::tenant::exports::keycell::isolate::types::{KeySpec, KeyUsage};

/// What a sealed key is and where it belongs: what its seal authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The account.
    pub account: AccountId,
    /// The Region, or what the account has once.
    pub place: Place,
    /// The key id.
    pub key_id: KeyId,
    /// What kind of key it is.
    pub spec: KeySpec,
    /// What it may be used for.
    pub usage: KeyUsage,
    /// Whether it may be sent to another Region.
    pub multi_region: bool,
}

/// A sealed key with its binding.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// As the isolate gave it.
    pub sealed: &'a [u8],
    /// What it was made for.
    pub binding: Binding,
}

/// One end of an encryption.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The key.
    pub key: Key<'a>,
    /// How it encrypts.
    pub algorithm: Algorithm,
    /// The canonical encryption context; empty for RSA.
    pub context: &'a [u8],
}

/// A key on its way to another thread.
pub(super) struct OwnKey {
    sealed: Vec<u8>,
    binding: Binding,
}

/// A side on its way to another thread.
pub(super) struct OwnSide {
    key: OwnKey,
    algorithm: Algorithm,
    context: Vec<u8>,
}

impl Binding {
    pub(super) fn words(&self) -> types::Binding<'_> {
        types::Binding {
            account: self.account.as_str().as_bytes(),
            region: self.place.as_str().as_bytes(),
            key_id: self.key_id.as_str().as_bytes(),
            spec: self.spec,
            usage: self.usage,
            multi_region: self.multi_region,
        }
    }
}

impl Key<'_> {
    pub(super) fn words(&self) -> types::Key<'_> {
        types::Key { sealed: self.sealed, binding: self.binding.words() }
    }

    pub(super) fn own(&self) -> OwnKey {
        OwnKey { sealed: self.sealed.to_vec(), binding: self.binding }
    }
}

impl Side<'_> {
    pub(super) fn words(&self) -> cipher::Side<'_> {
        let Self { key, algorithm, context } = self;
        cipher::Side { key: key.words(), algorithm: *algorithm, context }
    }

    pub(super) fn own(&self) -> OwnSide {
        let context = self.context.to_vec();
        OwnSide { key: self.key.own(), algorithm: self.algorithm, context }
    }
}

impl OwnKey {
    pub(super) fn lend(&self) -> Key<'_> {
        Key { sealed: &self.sealed, binding: self.binding }
    }
}

impl OwnSide {
    pub(super) fn lend(&self) -> Side<'_> {
        Side { key: self.key.lend(), algorithm: self.algorithm, context: &self.context }
    }
}
