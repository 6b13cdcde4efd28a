//! Trust policies as requests bring them.

use crate::{
    arn::AccountId,
    authorize::TrustPolicy,
    call::Call,
    identity::size,
    wire::{Error, Result},
};

/// The longest trust policy without its white space, in characters: an AWS quota.
const LONGEST: usize = 2048;

/// Reads the trust policy of a role of that account.
///
/// # Errors
///
/// If it is malformed, too long, or names somebody who is not there.
pub(super) async fn read(call: &Call<'_>, text: &str, owner: AccountId) -> Result<TrustPolicy> {
    let trust = TrustPolicy::written(text)?;
    if size(text) > LONGEST {
        return Err(Error::quota_exceeded("ACLSizePerRole", LONGEST));
    }
    call.bind_trust(&trust, owner).await
}
