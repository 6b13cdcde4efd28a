//! `DeleteAccessKey`: ends an access key of a user.

use crate::{
    call::Call,
    identity::User,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{AccessKeyId, UserName},
    },
};

use super::own;

request! {
    pub struct DeleteAccessKey {
        user_name "UserName": Option<UserName>,
        access_key_id "AccessKeyId": AccessKeyId,
    }
}

impl Operation for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let name = own::user_name(call, self.user_name.as_ref())?.to_owned();
        let user = call.entity::<User>(&name).await?;
        let key = call.access_key(&user, self.access_key_id.as_str()).await?;
        call.delete_access_key(&user, &key);
        Ok(())
    }
}
