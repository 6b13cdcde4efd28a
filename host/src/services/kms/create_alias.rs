//! `CreateAlias`: a name for a key.

use crate::{
    call::Call,
    keys::Alias,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{AliasName, KeyTarget},
    },
};

request! {
    pub struct CreateAlias {
        alias_name "AliasName": AliasName,
        target_key_id "TargetKeyId": KeyTarget,
    }
}

impl Operation for CreateAlias {
    const NAME: &'static str = "CreateAlias";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let id = call.alias(self.alias_name.as_str())?;
        Alias::check_target(self.target_key_id.as_str())?;
        let target = call.key(&self.target_key_id).await?;
        target.check_stays()?;
        if call.find_alias(&id).await?.is_some() {
            return Err(Error::alias_exists(&id.arn()));
        }
        call.point_alias(&id, None, &target).await
    }
}
