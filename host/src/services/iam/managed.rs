//! The documents of managed policies as requests bring them.

use crate::{
    authorize::IdentityPolicy,
    identity::{ManagedPolicy, size},
    wire::{Error, Result},
};

/// Reads the document of a managed policy.
///
/// # Errors
///
/// If it is malformed, or too long.
pub(super) fn document(text: &str) -> Result<IdentityPolicy> {
    let document = IdentityPolicy::managed(text)?;
    if size(text) > ManagedPolicy::LONGEST {
        return Err(Error::quota_exceeded("PolicySize", ManagedPolicy::LONGEST));
    }
    Ok(document)
}
