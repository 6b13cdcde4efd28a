//! `DisableKeyRotation`: a key keeps its material until its owner asks for other.

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Result, members::KeyTarget},
};

request! {
    pub struct DisableKeyRotation { key_id "KeyId": KeyTarget }
}

impl Operation for DisableKeyRotation {
    const NAME: &'static str = "DisableKeyRotation";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let key = call.key(&self.key_id).await?;
        call.save_everywhere(&key, &key.disable_rotation(call.now().as_millisecond())?).await
    }
}
