//! `RotateKeyOnDemand`: a key gets other material soon.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Result, members::KeyTarget},
};

request! {
    pub struct RotateKeyOnDemand { key_id "KeyId": KeyTarget }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
}

impl Operation for RotateKeyOnDemand {
    const NAME: &'static str = "RotateKeyOnDemand";
    const READ_ONLY: bool = false;
    type Output = Output;

    /// The sweep does it within seconds.
    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        call.ask_rotation(&key).await?;
        Ok(Output { key_id: key.arn().to_string() })
    }
}
