//! `DeleteRolePermissionsBoundary`: takes the limit from what the policies of a role allow.

use crate::{
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{Result, members::iam::RoleName},
};

request! {
    pub struct DeleteRolePermissionsBoundary {
        role_name "RoleName": RoleName,
    }
}

impl Operation for DeleteRolePermissionsBoundary {
    const NAME: &'static str = "DeleteRolePermissionsBoundary";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        call.delete_boundary(&role)
    }
}
