//! `UpdateAlias`: a name moves on to another key.

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
    pub struct UpdateAlias {
        alias_name "AliasName": AliasName,
        target_key_id "TargetKeyId": KeyTarget,
    }
}

impl Operation for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";
    const READ_ONLY: bool = false;
    type Output = ();

    /// Asks three times: for the alias, for the key that it leaves and for the one that it goes to.
    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let id = call.alias(self.alias_name.as_str())?;
        Alias::check_target(self.target_key_id.as_str())?;
        let target = call.key(&self.target_key_id).await?;
        target.check_stays()?;
        let Some(alias) = call.find_alias(&id).await? else {
            return Err(Error::no_alias(&id.arn()));
        };
        let old = call.key_of_alias(&alias).await?;
        old.check_alike(&target)?;
        call.point_alias(&id, Some((&alias, &old)), &target).await
    }
}
