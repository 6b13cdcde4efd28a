//! `DeriveSharedSecret`: what a key pair and somebody else's agree upon.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    keys::Origin,
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        members::{GrantTokens, KeyAgreementAlgorithm, KeyRef, PublicKey},
    },
};

request! {
    pub struct DeriveSharedSecret {
        key_id "KeyId": KeyRef,
        key_agreement_algorithm "KeyAgreementAlgorithm": KeyAgreementAlgorithm,
        public_key "PublicKey": PublicKey,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
    }
    later { "Recipient" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    shared_secret: Blob,
    key_agreement_algorithm: KeyAgreementAlgorithm,
    key_origin: Origin,
}

impl Operation for DeriveSharedSecret {
    const NAME: &'static str = "DeriveSharedSecret";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let key = call.usable_key(&self.key_id, self.key_agreement_algorithm).await?;
        let shared_secret = call.derive(&key, self.public_key.bytes()).await?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        Ok(Output {
            key_id: key.arn().to_string(),
            shared_secret: shared_secret.into(),
            key_agreement_algorithm: self.key_agreement_algorithm,
            key_origin: key.origin,
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "kms:keyagreementalgorithm").then(|| self.key_agreement_algorithm.as_str().into())
    }
}
