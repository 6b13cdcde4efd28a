//! `DeleteUser`: removes a user that has nothing left.

use crate::{
    call::Call,
    identity::User,
    request,
    services::Operation,
    wire::{Error, Result, members::iam::UserName},
};

request! {
    pub struct DeleteUser {
        user_name "UserName": UserName,
    }
}

impl Operation for DeleteUser {
    const NAME: &'static str = "DeleteUser";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        user.policies.check_none()?;
        if !user.access_keys.is_empty() {
            return Err(Error::delete_conflict("delete access keys"));
        }
        if !user.groups.is_empty() {
            return Err(Error::delete_conflict("remove users from group"));
        }
        call.leave_policies(&user);
        call.delete_entity(&user);
        Ok(())
    }
}
