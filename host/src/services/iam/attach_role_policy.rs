//! `AttachRolePolicy`: gives a managed policy to a role.

use crate::{
    authorize::Values,
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{PolicyArn, RoleName},
    },
};

request! {
    pub struct AttachRolePolicy {
        role_name "RoleName": RoleName,
        policy "PolicyArn": PolicyArn,
    }
}

impl Operation for AttachRolePolicy {
    const NAME: &'static str = "AttachRolePolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        call.attach(&role, self.policy.as_str()).await
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "iam:policyarn").then(|| self.policy.as_str().into())
    }
}
