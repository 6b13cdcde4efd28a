//! `GenerateDataKey`: a key to be used outside, in the clear and encrypted under a KMS key.

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

request! {
    pub struct GenerateDataKey {
        key_id "KeyId": KeyRef,
        encryption_context "EncryptionContext": EncryptionContext,
        number_of_bytes "NumberOfBytes": Option<NumberOfBytes>,
        key_spec "KeySpec": Option<DataKeySpec>,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
    }
    later { "Recipient" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    ciphertext_blob: Blob,
    plaintext: Blob,
    key_id: String,
    key_material_id: String,
}

impl Operation for GenerateDataKey {
    const NAME: &'static str = "GenerateDataKey";
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
        let data_key = call.data_key(&key, length).await?;
        Ok(Output {
            ciphertext_blob: data_key.ciphertext.into(),
            plaintext: data_key.plaintext.into(),
            key_id: key.arn().to_string(),
            key_material_id: key.current()?.id.to_string(),
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        let algorithm = EncryptionAlgorithm::SymmetricDefault;
        (name == "kms:encryptionalgorithm").then(|| algorithm.as_str().into())
    }
}

/// The length in bytes that exactly one of the two members tells.
pub(super) fn length(spec: Option<DataKeySpec>, number: Option<NumberOfBytes>) -> Result<u32> {
    match (spec, number) {
        (Some(DataKeySpec::Aes256), None) => Ok(32),
        (Some(DataKeySpec::Aes128), None) => Ok(16),
        (None, Some(number)) => Ok(number.get()),
        (None, None) | (Some(_), Some(_)) => {
            Err(Error::validation("Please specify either number of bytes or key spec."))
        }
    }
}
