//! `DescribeKey`: what is known of a key, but for its material. The key of an AWS service is made
//! when it is first described by its alias.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{
        Result,
        members::{GrantTokens, KeyRef},
    },
};

use super::metadata::KeyMetadata;

request! {
    pub struct DescribeKey {
        key_id "KeyId": KeyRef,
        grant_tokens "GrantTokens": Option<GrantTokens>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_metadata: KeyMetadata,
}

impl Operation for DescribeKey {
    const NAME: &'static str = "DescribeKey";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let now = call.now().as_millisecond();
        if let Some(made) = call.managed_key(&self.key_id).await? {
            return Ok(Output { key_metadata: KeyMetadata::of(&made, now) });
        }
        let key = call.key(&self.key_id).await?;
        Ok(Output { key_metadata: KeyMetadata::of(&key, now) })
    }
}
