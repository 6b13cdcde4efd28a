//! `Encapsulate`: a fresh shared secret, and its ciphertext for the holder of a key.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        members::{EncapsulationAlgorithm, GrantTokens, KeyRef},
    },
};

request! {
    pub struct Encapsulate {
        key_id "KeyId": KeyRef,
        encapsulation_algorithm "EncapsulationAlgorithm": EncapsulationAlgorithm,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    shared_secret: Blob,
    shared_secret_ciphertext_blob: Blob,
    encapsulation_algorithm: EncapsulationAlgorithm,
}

impl Operation for Encapsulate {
    const NAME: &'static str = "Encapsulate";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let key = call.usable_key(&self.key_id, self.encapsulation_algorithm).await?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        let made = call.encapsulate(&key).await?;
        Ok(Output {
            key_id: key.arn().to_string(),
            shared_secret: made.shared_secret.into(),
            shared_secret_ciphertext_blob: made.ciphertext.into(),
            encapsulation_algorithm: self.encapsulation_algorithm,
        })
    }
}
