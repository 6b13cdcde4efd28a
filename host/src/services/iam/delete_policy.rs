//! `DeletePolicy`: of a managed policy that nobody has, and that has no other version.

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Error, Result, members::iam::PolicyArn},
};

request! {
    pub struct DeletePolicy {
        policy "PolicyArn": PolicyArn,
    }
}

impl Operation for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let policy = call.own_policy(self.policy.as_str()).await?;
        let usage = call.usage_of(self.policy.as_str()).await?;
        // Who attaches it meanwhile writes its record, so that this is run again.
        if usage.attached + usage.bounding > 0 {
            return Err(Error::policy_attached());
        }
        if policy.versions.len() > 1 {
            return Err(Error::policy_has_versions());
        }
        call.delete_entity(&policy);
        Ok(())
    }
}
