//! `DeleteAlias`: a name less; the key stays.

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Error, Result, members::AliasName},
};

request! {
    pub struct DeleteAlias { alias_name "AliasName": AliasName }
}

impl Operation for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let id = call.alias(self.alias_name.as_str())?;
        let Some(alias) = call.find_alias(&id).await? else {
            return Err(Error::no_alias(&id.arn()));
        };
        let target = call.key_of_alias(&alias).await?;
        call.delete_alias(&id, &alias, &target);
        Ok(())
    }
}
