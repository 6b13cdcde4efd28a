//! `UntagUser`: takes labels off a user, whether it has them or not.

use crate::{
    authorize::Values,
    call::Call,
    identity::{IamTags, User},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{TagKeys, UserName},
    },
};

request! {
    pub struct UntagUser {
        user_name "UserName": UserName,
        tag_keys "TagKeys": TagKeys,
    }
}

impl Operation for UntagUser {
    const NAME: &'static str = "UntagUser";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        let left = user.tags.without(&self.tag_keys)?;
        call.relabel(&user, left);
        Ok(())
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        IamTags::asked_keys(&self.tag_keys, name)
    }
}
