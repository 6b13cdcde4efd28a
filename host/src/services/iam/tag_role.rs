//! `TagRole`: sets labels of a role.

use crate::{
    authorize::Values,
    call::Call,
    identity::{IamTags, Role},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{RoleName, TagList},
    },
};

request! {
    pub struct TagRole {
        role_name "RoleName": RoleName,
        tags "Tags": TagList,
    }
}

impl Operation for TagRole {
    const NAME: &'static str = "TagRole";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        call.tag(&role, &IamTags::wanted(&self.tags)?)
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        IamTags::asked(Some(&self.tags), name)
    }
}
