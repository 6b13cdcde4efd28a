//! `RetireGrant`: a grant has served its purpose, says one whom it lets say so.

use crate::{
    call::{Call, NamedGrant},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{GrantIdText, GrantTokenText, KeyTarget},
    },
};

request! {
    pub struct RetireGrant {
        grant_token "GrantToken": Option<GrantTokenText>,
        key_id "KeyId": Option<KeyTarget>,
        grant_id "GrantId": Option<GrantIdText>,
        dry_run "DryRun": Option<bool>,
    }
}

impl Operation for RetireGrant {
    const NAME: &'static str = "RetireGrant";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let named = match (&self.grant_token, &self.key_id, &self.grant_id) {
            (Some(token), None, None) => NamedGrant::Token(token.as_str()),
            (None, Some(key), Some(id)) => NamedGrant::Key(key, id.as_str()),
            _ => {
                let message = "Grant token OR (grant ID, key ID) must be specified";
                return Err(Error::validation(message));
            }
        };
        let grant = call.retirable_grant(named).await?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        call.delete_grant(&grant).await
    }
}
