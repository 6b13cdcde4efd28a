//! `DeleteRolePolicy`: an inline policy of a role goes.

use crate::{
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{PolicyName, RoleName},
    },
};

request! {
    pub struct DeleteRolePolicy {
        role_name "RoleName": RoleName,
        policy_name "PolicyName": PolicyName,
    }
}

impl Operation for DeleteRolePolicy {
    const NAME: &'static str = "DeleteRolePolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        call.delete_inline(&role, self.policy_name.as_str())
    }
}
