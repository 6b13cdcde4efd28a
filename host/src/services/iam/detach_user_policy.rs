//! `DetachUserPolicy`: ends that a managed policy counts for a user.

use crate::{
    authorize::Values,
    call::Call,
    identity::User,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{NewUserName, PolicyArn},
    },
};

request! {
    pub struct DetachUserPolicy {
        user_name "UserName": NewUserName,
        policy_arn "PolicyArn": PolicyArn,
    }
}

impl Operation for DetachUserPolicy {
    const NAME: &'static str = "DetachUserPolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        call.detach(&user, self.policy_arn.as_str())
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "iam:policyarn").then(|| self.policy_arn.as_str().into())
    }
}
