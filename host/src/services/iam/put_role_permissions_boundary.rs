//! `PutRolePermissionsBoundary`: limits what all policies of a role may allow.

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
    pub struct PutRolePermissionsBoundary {
        role_name "RoleName": RoleName,
        boundary "PermissionsBoundary": PolicyArn,
    }
}

impl Operation for PutRolePermissionsBoundary {
    const NAME: &'static str = "PutRolePermissionsBoundary";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        call.put_boundary(&role, self.boundary.as_str()).await
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "iam:permissionsboundary").then(|| self.boundary.as_str().into())
    }
}
