//! `UntagRole`: removes labels of a role.

use crate::{
    authorize::Values,
    call::Call,
    identity::{IamTags, Role},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{RoleName, TagKeys},
    },
};

request! {
    pub struct UntagRole {
        role_name "RoleName": RoleName,
        keys "TagKeys": TagKeys,
    }
}

impl Operation for UntagRole {
    const NAME: &'static str = "UntagRole";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        let tags = role.tags.without(&self.keys)?;
        call.relabel(&role, tags);
        Ok(())
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        IamTags::asked_keys(&self.keys, name)
    }
}
