//! `UntagPolicy`: removes labels of a managed policy.

use crate::{
    authorize::Values,
    call::Call,
    identity::IamTags,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{PolicyArn, TagKeys},
    },
};

request! {
    pub struct UntagPolicy {
        policy "PolicyArn": PolicyArn,
        keys "TagKeys": TagKeys,
    }
}

impl Operation for UntagPolicy {
    const NAME: &'static str = "UntagPolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let policy = call.own_policy(self.policy.as_str()).await?;
        let tags = policy.tags.without(&self.keys)?;
        call.relabel(&policy, tags);
        Ok(())
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        IamTags::asked_keys(&self.keys, name)
    }
}
