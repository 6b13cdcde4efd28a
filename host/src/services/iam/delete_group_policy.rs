//! `DeleteGroupPolicy`: removes an inline policy of a group.

use crate::{
    call::Call,
    identity::Group,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{GroupName, PolicyName},
    },
};

request! {
    pub struct DeleteGroupPolicy {
        group_name "GroupName": GroupName,
        policy_name "PolicyName": PolicyName,
    }
}

impl Operation for DeleteGroupPolicy {
    const NAME: &'static str = "DeleteGroupPolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        call.delete_inline(&group, self.policy_name.as_str())
    }
}
