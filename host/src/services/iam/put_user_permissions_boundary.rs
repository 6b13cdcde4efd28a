//! `PutUserPermissionsBoundary`: limits what all policies together may allow a user.

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
    pub struct PutUserPermissionsBoundary {
        user_name "UserName": NewUserName,
        permissions_boundary "PermissionsBoundary": PolicyArn,
    }
}

impl Operation for PutUserPermissionsBoundary {
    const NAME: &'static str = "PutUserPermissionsBoundary";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        call.put_boundary(&user, self.permissions_boundary.as_str()).await
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "iam:permissionsboundary").then(|| self.permissions_boundary.as_str().into())
    }
}
