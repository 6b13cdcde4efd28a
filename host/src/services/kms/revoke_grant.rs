//! `RevokeGrant`: a grant allows nothing any more.

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{GrantIdText, KeyTarget},
    },
};

request! {
    pub struct RevokeGrant {
        key_id "KeyId": KeyTarget,
        grant_id "GrantId": GrantIdText,
        dry_run "DryRun": Option<bool>,
    }
}

impl Operation for RevokeGrant {
    const NAME: &'static str = "RevokeGrant";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let key = call.key(&self.key_id).await?;
        let grant = call.grant_of(&key, self.grant_id.as_str()).await?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        call.delete_grant(&grant).await
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "kms:grantisforawsresource").then(|| false.into())
    }
}
