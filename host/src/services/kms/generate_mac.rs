//! `GenerateMac`: a hash-based message authentication code.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        members::{GrantTokens, KeyRef, MacAlgorithm, Message},
    },
};

request! {
    pub struct GenerateMac {
        message "Message": Message,
        key_id "KeyId": KeyRef,
        mac_algorithm "MacAlgorithm": MacAlgorithm,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    mac: Blob,
    mac_algorithm: MacAlgorithm,
    key_id: String,
}

impl Operation for GenerateMac {
    const NAME: &'static str = "GenerateMac";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let key = call.usable_key(&self.key_id, self.mac_algorithm).await?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        Ok(Output {
            mac: call.generate_mac(&key, self.message.bytes()).await?.into(),
            mac_algorithm: self.mac_algorithm,
            key_id: key.arn().to_string(),
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "kms:macalgorithm").then(|| self.mac_algorithm.as_str().into())
    }
}
