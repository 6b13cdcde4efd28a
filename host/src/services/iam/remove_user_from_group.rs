//! `RemoveUserFromGroup`: the policies of a group do not count for a user any more.

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
    pub struct RemoveUserFromGroup {
        group_name "GroupName": GroupName,
        user_name "UserName": UserName,
    }
}

impl Operation for RemoveUserFromGroup {
    const NAME: &'static str = "RemoveUserFromGroup";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        let user = call.beside(&group, self.user_name.as_str()).await?;
        call.remove_from_group(&group, &user);
        Ok(())
    }
}
