//! `AddUserToGroup`: the policies of a group count for a user from now on.

use crate::{
    call::Call,
    identity::Group,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{GroupName, UserName},
    },
};

request! {
    pub struct AddUserToGroup {
        group_name "GroupName": GroupName,
        user_name "UserName": UserName,
    }
}

impl Operation for AddUserToGroup {
    const NAME: &'static str = "AddUserToGroup";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        let user = call.beside(&group, self.user_name.as_str()).await?;
        call.add_to_group(&group, &user)
    }
}
