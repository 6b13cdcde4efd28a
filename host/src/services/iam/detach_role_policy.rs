//! `DetachRolePolicy`: takes a managed policy from a role.

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
    pub struct DetachRolePolicy {
        role_name "RoleName": RoleName,
        policy "PolicyArn": PolicyArn,
    }
}

impl Operation for DetachRolePolicy {
    const NAME: &'static str = "DetachRolePolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        call.detach(&role, self.policy.as_str())
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "iam:policyarn").then(|| self.policy.as_str().into())
    }
}
