//! `DisableKey`: a key stays, but serves no cryptographic operation until it is enabled again.

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Result, members::KeyTarget},
};

request! {
    pub struct DisableKey { key_id "KeyId": KeyTarget }
}

impl Operation for DisableKey {
    const NAME: &'static str = "DisableKey";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let key = call.key(&self.key_id).await?;
        call.save(&key, &key.disable(call.now().as_millisecond())?);
        Ok(())
    }
}
