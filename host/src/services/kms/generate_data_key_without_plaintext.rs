//! `GenerateDataKeyWithoutPlaintext`: a key to be used outside, later: encrypted only.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        members::{
            DataKeySpec, EncryptionAlgorithm, EncryptionContext, GrantTokens, KeyRef, NumberOfBytes,
        },
    },
};

use super::generate_data_key::length;

request! {
    pub struct GenerateDataKeyWithoutPlaintext {
        key_id "KeyId": KeyRef,
        encryption_context "EncryptionContext": EncryptionContext,
        key_spec "KeySpec": Option<DataKeySpec>,
        number_of_bytes "NumberOfBytes": Option<NumberOfBytes>,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    ciphertext_blob: Blob,
    key_id: String,
    key_material_id: String,
}

impl Operation for GenerateDataKeyWithoutPlaintext {
    const NAME: &'static str = "GenerateDataKeyWithoutPlaintext";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let length = length(self.key_spec, self.number_of_bytes)?;
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let algorithm = EncryptionAlgorithm::SymmetricDefault;
        let key = call.cipher_key(&self.key_id, algorithm, &self.encryption_context).await?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        Ok(Output {
            ciphertext_blob: call.sealed_data_key(&key, length).await?.into(),
            key_id: key.arn().to_string(),
            key_material_id: key.current()?.id.to_string(),
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        let algorithm = EncryptionAlgorithm::SymmetricDefault;
        (name == "kms:encryptionalgorithm").then(|| algorithm.as_str().into())
    }
}
