//! `AttachGroupPolicy`: lets a managed policy count for a group.

use crate::{
    authorize::Values,
    call::Call,
    identity::Group,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{GroupName, PolicyArn},
    },
};

request! {
    pub struct AttachGroupPolicy {
        group_name "GroupName": GroupName,
        policy_arn "PolicyArn": PolicyArn,
    }
}

impl Operation for AttachGroupPolicy {
    const NAME: &'static str = "AttachGroupPolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        call.attach(&group, self.policy_arn.as_str()).await
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "iam:policyarn").then(|| self.policy_arn.as_str().into())
    }
}
