//! `DeleteRole`: its sessions end with it.

use crate::{
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{Error, Result, members::iam::RoleName},
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
        if !role.policies.attached.is_empty() {
            return Err(Error::delete_conflict("detach all policies"));
        }
        if !role.policies.inline.is_empty() {
            return Err(Error::delete_conflict("delete policies"));
        }
        call.delete_entity(&role);
        Ok(())
    }
}
