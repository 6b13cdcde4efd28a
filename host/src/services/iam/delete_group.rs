//! `DeleteGroup`: removes a group that has nothing left and nobody in it.

use crate::{
    call::Call,
    identity::Group,
    request,
    services::Operation,
    wire::{Error, Result, members::iam::GroupName},
};

request! {
    pub struct DeleteGroup {
        group_name "GroupName": GroupName,
    }
}

impl Operation for DeleteGroup {
    const NAME: &'static str = "DeleteGroup";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        if !call.is_empty_group(&group).await? {
            return Err(Error::delete_conflict("remove users from group"));
        }
        group.policies.check_none()?;
        call.delete_entity(&group);
        Ok(())
    }
}
