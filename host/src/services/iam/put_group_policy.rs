//! `PutGroupPolicy`: an inline policy of a group, a new one or another in its place.

use crate::{
    call::Call,
    identity::Group,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{GroupName, PolicyDocument, PolicyName},
    },
};

request! {
    pub struct PutGroupPolicy {
        group_name "GroupName": GroupName,
        policy_name "PolicyName": PolicyName,
        policy_document "PolicyDocument": PolicyDocument,
    }
}

impl Operation for PutGroupPolicy {
    const NAME: &'static str = "PutGroupPolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        call.put_inline(&group, self.policy_name.as_str(), self.policy_document.as_str())
    }
}
