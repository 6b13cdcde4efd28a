//! `TagUser`: labels for a user.

use crate::{
    authorize::Values,
    call::Call,
    identity::{IamTags, User},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{TagList, UserName},
    },
};

request! {
    pub struct TagUser {
        user_name "UserName": UserName,
        tags "Tags": TagList,
    }
}

impl Operation for TagUser {
    const NAME: &'static str = "TagUser";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let tags = IamTags::wanted(&self.tags)?;
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        call.tag(&user, &tags)
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        IamTags::asked(Some(&self.tags), name)
    }
}
