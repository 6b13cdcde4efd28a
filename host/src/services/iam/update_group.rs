//! `UpdateGroup`: gives a group another name or another path. Its id stays.

use crate::{
    call::Call,
    identity::Group,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{GroupName, Path},
    },
};

request! {
    pub struct UpdateGroup {
        group_name "GroupName": GroupName,
        new_path "NewPath": Option<Path>,
        new_group_name "NewGroupName": Option<GroupName>,
    }
}

impl Operation for UpdateGroup {
    const NAME: &'static str = "UpdateGroup";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        let mut new = Group::clone(&group);
        if let Some(path) = &self.new_path {
            path.as_str().clone_into(&mut new.path);
        }
        if let Some(name) = &self.new_group_name {
            name.as_str().clone_into(&mut new.name);
        }
        call.rename(&group, &new).await
    }
}
