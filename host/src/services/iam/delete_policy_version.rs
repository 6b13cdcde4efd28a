//! `DeletePolicyVersion`: its number is not used again.

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
    pub struct DeletePolicyVersion {
        policy "PolicyArn": PolicyArn,
        version "VersionId": PolicyVersionId,
    }
}

impl Operation for DeletePolicyVersion {
    const NAME: &'static str = "DeletePolicyVersion";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let old = call.own_policy(self.policy.as_str()).await?;
        let version = self.version.as_str();
        let missing = || Error::no_policy_version(self.policy.as_str(), version);
        let number = old.version(version).ok_or_else(missing)?.number;
        if number == old.default_version {
            return Err(Error::default_policy_version());
        }
        let mut new = ManagedPolicy::clone(&old);
        new.versions.retain(|one| one.number != number);
        call.replace_entity(&old, &new);
        Ok(())
    }
}
