//! `DeleteUserPermissionsBoundary`: takes the limit of a user away.

use crate::{
    call::Call,
    identity::User,
    request,
    services::Operation,
    wire::{Result, members::iam::NewUserName},
};

request! {
    pub struct DeleteUserPermissionsBoundary {
        user_name "UserName": NewUserName,
    }
}

impl Operation for DeleteUserPermissionsBoundary {
    const NAME: &'static str = "DeleteUserPermissionsBoundary";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        call.delete_boundary(&user)
    }
}
