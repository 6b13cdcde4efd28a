//! `Encrypt`: up to 4096 bytes, under a KMS key.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        member::Defaulted,
        members::{EncryptionAlgorithm, EncryptionContext, GrantTokens, KeyRef, Plaintext},
    },
};

request! {
    pub struct Encrypt {
        key_id "KeyId": KeyRef,
        plaintext "Plaintext": Plaintext,
        encryption_context "EncryptionContext": EncryptionContext,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        encryption_algorithm "EncryptionAlgorithm": Defaulted<EncryptionAlgorithm>,
        dry_run "DryRun": Option<bool>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    ciphertext_blob: Blob,
    key_id: String,
    encryption_algorithm: &'static str,
}

impl Operation for Encrypt {
    const NAME: &'static str = "Encrypt";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let algorithm = self.encryption_algorithm.0;
        let key = call.cipher_key(&self.key_id, algorithm, &self.encryption_context).await?;
        let plaintext = self.plaintext.bytes();
        key.spec.check_length(algorithm, plaintext.len())?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        let ciphertext = call.encrypt((&key, algorithm), plaintext).await?;
        Ok(Output {
            ciphertext_blob: ciphertext.into(),
            key_id: key.arn().to_string(),
            encryption_algorithm: algorithm.as_str(),
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "kms:encryptionalgorithm").then(|| self.encryption_algorithm.0.as_str().into())
    }
}
