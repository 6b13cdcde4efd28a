//! `TagPolicy`: sets labels of a managed policy.

use crate::{
    authorize::Values,
    call::Call,
    identity::IamTags,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{PolicyArn, TagList},
    },
};

request! {
    pub struct TagPolicy {
        policy "PolicyArn": PolicyArn,
        tags "Tags": TagList,
    }
}

impl Operation for TagPolicy {
    const NAME: &'static str = "TagPolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let policy = call.own_policy(self.policy.as_str()).await?;
        call.tag(&policy, &IamTags::wanted(&self.tags)?)
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        IamTags::asked(Some(&self.tags), name)
    }
}
