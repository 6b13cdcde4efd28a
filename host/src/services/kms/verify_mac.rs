//! `VerifyMac`: whether a MAC is the key's. One that is not is an error, never an answer.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{GrantTokens, KeyRef, Mac, MacAlgorithm, Message},
    },
};

request! {
    pub struct VerifyMac {
        message "Message": Message,
        key_id "KeyId": KeyRef,
        mac_algorithm "MacAlgorithm": MacAlgorithm,
        mac "Mac": Mac,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    mac_valid: bool,
    mac_algorithm: MacAlgorithm,
}

impl Operation for VerifyMac {
    const NAME: &'static str = "VerifyMac";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let key = call.usable_key(&self.key_id, self.mac_algorithm).await?;
        if !call.verify_mac(&key, self.message.bytes(), self.mac.bytes()).await? {
            return Err(Error::invalid_mac());
        }
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        Ok(Output {
            key_id: key.arn().to_string(),
            mac_valid: true,
            mac_algorithm: self.mac_algorithm,
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "kms:macalgorithm").then(|| self.mac_algorithm.as_str().into())
    }
}
