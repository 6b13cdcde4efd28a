//! `Decapsulate`: the shared secret that a ciphertext holds. A ciphertext of another key of the
//! same spec gives another secret: nobody can tell the two apart (FIPS 203).

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        members::{CiphertextBlob, EncapsulationAlgorithm, GrantTokens, KeyRef},
    },
};

request! {
    pub struct Decapsulate {
        key_id "KeyId": KeyRef,
        ciphertext "SharedSecretCiphertextBlob": CiphertextBlob,
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
    encapsulation_algorithm: EncapsulationAlgorithm,
}

impl Operation for Decapsulate {
    const NAME: &'static str = "Decapsulate";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let key = call.usable_key(&self.key_id, self.encapsulation_algorithm).await?;
        let shared_secret = call.decapsulate(&key, self.ciphertext.bytes()).await?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        Ok(Output {
            key_id: key.arn().to_string(),
            shared_secret: shared_secret.into(),
            encapsulation_algorithm: self.encapsulation_algorithm,
        })
    }
}
