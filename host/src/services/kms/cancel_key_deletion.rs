//! `CancelKeyDeletion`: a key stays, disabled.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Result, members::KeyTarget},
};

request! {
    pub struct CancelKeyDeletion { key_id "KeyId": KeyTarget }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
}

impl Operation for CancelKeyDeletion {
    const NAME: &'static str = "CancelKeyDeletion";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        call.save(&key, &key.cancel_deletion()?);
        Ok(Output { key_id: key.arn().to_string() })
    }
}
