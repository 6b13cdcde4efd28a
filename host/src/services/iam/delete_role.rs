//! `DeleteRole`: its sessions end with it.

use crate::{
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{Result, members::iam::RoleName},
};

request! {
    pub struct DeleteRole {
        role_name "RoleName": RoleName,
    }
}

impl Operation for DeleteRole {
    const NAME: &'static str = "DeleteRole";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        role.policies.check_none()?;
        call.leave_policies(&role);
        call.delete_entity(&role);
        Ok(())
    }
}
