//! `GetPublicKey`: the public half of a key pair, for use anywhere.

use serde::Serialize;

use crate::{
    call::Call,
    keys::{Spec, Usage},
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        members::{GrantTokens, KeyRef},
    },
};

use super::metadata::Algorithms;

request! {
    pub struct GetPublicKey {
        key_id "KeyId": KeyRef,
        grant_tokens "GrantTokens": Option<GrantTokens>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    public_key: Blob,
    customer_master_key_spec: Spec,
    key_spec: Spec,
    key_usage: Usage,
    #[serde(flatten)]
    algorithms: Algorithms,
}

impl Operation for GetPublicKey {
    const NAME: &'static str = "GetPublicKey";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let key = call.key(&self.key_id).await?;
        if !key.spec.has_public_key() {
            return Err(Error::senseless());
        }
        key.check_whole(call.now().as_millisecond())?;
        Ok(Output {
            public_key: call.public_key(&key).await?.into(),
            key_id: key.arn().to_string(),
            customer_master_key_spec: key.spec,
            key_spec: key.spec,
            key_usage: key.usage,
            algorithms: Algorithms::of(&key),
        })
    }
}
