//! `EnableKey`: a disabled key serves again.

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Result, members::KeyTarget},
};

request! {
    pub struct EnableKey { key_id "KeyId": KeyTarget }
}

impl Operation for EnableKey {
    const NAME: &'static str = "EnableKey";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let key = call.key(&self.key_id).await?;
        call.save(&key, &key.enable(call.now().as_millisecond())?);
        Ok(())
    }
}
