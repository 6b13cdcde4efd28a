//! `UpdateAccessKey`: lets an access key of a user sign, or not.

use crate::{
    call::Call,
    identity::{Status, User},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{AccessKeyId, KeyStatus, UserName},
    },
};

use super::own;

request! {
    pub struct UpdateAccessKey {
        user_name "UserName": Option<UserName>,
        access_key_id "AccessKeyId": AccessKeyId,
        status "Status": KeyStatus,
    }
}

impl Operation for UpdateAccessKey {
    const NAME: &'static str = "UpdateAccessKey";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let status = match self.status {
            KeyStatus::Active => Status::Active,
            KeyStatus::Inactive => Status::Inactive,
            // Only AWS sets it, of keys of another kind.
            KeyStatus::Expired => {
                return Err(Error::invalid_input("The status Expired cannot be set."));
            }
        };
        let name = own::user_name(call, self.user_name.as_ref())?.to_owned();
        let user = call.entity::<User>(&name).await?;
        let key = call.access_key(&user, self.access_key_id.as_str()).await?;
        call.set_access_key_status(&user, &key, status);
        Ok(())
    }
}
