//! `SetDefaultPolicyVersion`: which version of a managed policy counts, from now on.

use crate::{
    call::Call,
    identity::ManagedPolicy,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{PolicyArn, PolicyVersionId},
    },
};

request! {
    pub struct SetDefaultPolicyVersion {
        policy "PolicyArn": PolicyArn,
        version "VersionId": PolicyVersionId,
    }
}

impl Operation for SetDefaultPolicyVersion {
    const NAME: &'static str = "SetDefaultPolicyVersion";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let old = call.own_policy(self.policy.as_str()).await?;
        let version = self.version.as_str();
        let missing = || Error::no_policy_version(self.policy.as_str(), version);
        let number = old.version(version).ok_or_else(missing)?.number;
        let new = ManagedPolicy { default_version: number, ..ManagedPolicy::clone(&old) };
        call.replace_entity(&old, &new);
        Ok(())
    }
}
