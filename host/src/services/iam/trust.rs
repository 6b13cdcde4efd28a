//! Trust policies as requests bring them.

use crate::{
    authorize::TrustPolicy,
    identity::size,
    wire::{Error, Result},
};

/// The longest trust policy without its white space, in characters: an AWS quota.
const LONGEST: usize = 2048;

/// Reads a trust policy.
///
/// # Errors
///
/// If it is malformed, or too long.
pub(super) fn parse(text: &str) -> Result<TrustPolicy> {
    let trust = TrustPolicy::parse(text).map_err(|malformed| malformed.of_iam())?;
    if size(text) > LONGEST {
        return Err(Error::quota_exceeded("ACLSizePerRole", LONGEST));
    }
    Ok(trust)
}
