//! `GenerateDataKeyPairWithoutPlaintext`: a key pair to be used outside, later: its private half is
//! encrypted only.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        members::{EncryptionAlgorithm, EncryptionContext, GrantTokens, KeyPairSpec, KeyRef},
    },
};

use super::generate_data_key_pair::pair;

request! {
    pub struct GenerateDataKeyPairWithoutPlaintext {
        encryption_context "EncryptionContext": EncryptionContext,
        key_id "KeyId": KeyRef,
        key_pair_spec "KeyPairSpec": KeyPairSpec,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    private_key_ciphertext_blob: Blob,
    public_key: Blob,
    key_id: String,
    key_pair_spec: KeyPairSpec,
    key_material_id: String,
}

impl Operation for GenerateDataKeyPairWithoutPlaintext {
    const NAME: &'static str = "GenerateDataKeyPairWithoutPlaintext";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let algorithm = EncryptionAlgorithm::SymmetricDefault;
        let key = call.cipher_key(&self.key_id, algorithm, &self.encryption_context).await?;
        let spec = pair(self.key_pair_spec)?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        let made = call.sealed_data_key_pair(&key, spec).await?;
        Ok(Output {
            private_key_ciphertext_blob: made.private_key.into(),
            public_key: made.public_key.into(),
            key_id: key.arn().to_string(),
            key_pair_spec: self.key_pair_spec,
            key_material_id: key.current()?.id.to_string(),
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        let algorithm = EncryptionAlgorithm::SymmetricDefault;
        match name {
            "kms:datakeypairspec" => Some(self.key_pair_spec.as_str().into()),
            "kms:encryptionalgorithm" => Some(algorithm.as_str().into()),
            _ => None,
        }
    }
}
