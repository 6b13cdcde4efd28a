//! `GenerateDataKeyPair`: a key pair to be used outside, its private half in the clear and
//! encrypted under a KMS key.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    keys::{Kind, Spec},
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        members::{EncryptionAlgorithm, EncryptionContext, GrantTokens, KeyPairSpec, KeyRef},
    },
};

request! {
    pub struct GenerateDataKeyPair {
        encryption_context "EncryptionContext": EncryptionContext,
        key_id "KeyId": KeyRef,
        key_pair_spec "KeyPairSpec": KeyPairSpec,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
    }
    later { "Recipient" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    private_key_ciphertext_blob: Blob,
    private_key_plaintext: Blob,
    public_key: Blob,
    key_id: String,
    key_pair_spec: KeyPairSpec,
    key_material_id: String,
}

impl Operation for GenerateDataKeyPair {
    const NAME: &'static str = "GenerateDataKeyPair";
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
        let made = call.data_key_pair(&key, spec).await?;
        Ok(Output {
            private_key_ciphertext_blob: made.private_key.ciphertext.into(),
            private_key_plaintext: made.private_key.plaintext.into(),
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

/// The spec of a pair, if isolates make such pairs.
pub(super) fn pair(name: KeyPairSpec) -> Result<Spec> {
    let spec = Spec::named(name.as_str()).filter(|spec| match spec.kind() {
        Kind::Rsa | Kind::NistCurve | Kind::SigningCurve => true,
        Kind::Symmetric | Kind::Mac | Kind::MlDsa | Kind::MlKem => false,
    });
    let why = || format!("KeyPairSpec {} is not supported.", name.as_str());
    let unserved = || Error::unsupported(why());
    spec.ok_or_else(unserved)
}
