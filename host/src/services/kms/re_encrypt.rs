//! `ReEncrypt`: from one key to another, or to another context, without the plaintext being shown.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    keys::{Key, Material},
    request,
    services::Operation,
    wire::{
        Blob, Error, Result,
        member::Defaulted,
        members::{
            CiphertextBlob, DryRunModifiers, EncryptionAlgorithm, EncryptionContext, GrantTokens,
            KeyRef,
        },
    },
};

use super::decrypt::{Source, is_without_ciphertext};

request! {
    pub struct ReEncrypt {
        ciphertext_blob "CiphertextBlob": Option<CiphertextBlob>,
        source_encryption_context "SourceEncryptionContext": EncryptionContext,
        source_key_id "SourceKeyId": Option<KeyRef>,
        destination_key_id "DestinationKeyId": KeyRef,
        destination_encryption_context "DestinationEncryptionContext": EncryptionContext,
        source_encryption_algorithm "SourceEncryptionAlgorithm": Defaulted<EncryptionAlgorithm>,
        destination_encryption_algorithm "DestinationEncryptionAlgorithm":
            Defaulted<EncryptionAlgorithm>,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        dry_run "DryRun": Option<bool>,
        dry_run_modifiers "DryRunModifiers": Option<DryRunModifiers>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    ciphertext_blob: Blob,
    source_key_id: String,
    key_id: String,
    source_encryption_algorithm: &'static str,
    destination_encryption_algorithm: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_key_material_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_key_material_id: Option<String>,
}

impl Operation for ReEncrypt {
    const NAME: &'static str = "ReEncrypt";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let from = Source {
            key: self.source_key_id.as_ref(),
            algorithm: self.source_encryption_algorithm.0,
            context: &self.source_encryption_context,
        };
        let algorithm = self.destination_encryption_algorithm.0;
        let context = &self.destination_encryption_context;
        let (own, other) = ("kms:ReEncryptFrom", "kms:ReEncryptTo");
        if is_without_ciphertext(self.dry_run, self.dry_run_modifiers.as_ref()) {
            call.compare_ends(from.key, &[], &self.destination_key_id).await?;
            from.named_key(call, own).await?;
            call.cipher_key_as(&self.destination_key_id, other, algorithm, context).await?;
            return Err(Error::dry_run());
        }
        let missing = || Error::missing("ciphertextBlob");
        let ciphertext = self.ciphertext_blob.as_ref().ok_or_else(missing)?.bytes();
        call.compare_ends(from.key, ciphertext, &self.destination_key_id).await?;
        let source = from.key(call, own, ciphertext).await?;
        let destination =
            call.cipher_key_as(&self.destination_key_id, other, algorithm, context).await?;
        let material = from.material(call, &source, ciphertext).await?;
        let (one, other) = ((&source, from.algorithm), (&destination, algorithm));
        let moved = call.re_encrypt((one, material), ciphertext, other).await?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        Ok(Output {
            ciphertext_blob: moved.into(),
            source_key_id: source.arn().to_string(),
            key_id: destination.arn().to_string(),
            source_encryption_algorithm: from.algorithm.as_str(),
            destination_encryption_algorithm: algorithm.as_str(),
            source_key_material_id: shown(&source, material),
            destination_key_material_id: shown(&destination, destination.current()?),
        })
    }

    fn condition(&self, action: &str, name: &str) -> Option<Values<'_>> {
        let algorithm = match action {
            "kms:ReEncryptFrom" => self.source_encryption_algorithm.0,
            _ => self.destination_encryption_algorithm.0,
        };
        (name == "kms:encryptionalgorithm").then(|| algorithm.as_str().into())
    }
}

/// The id of a symmetric key's material: of others none is told.
fn shown(key: &Key, material: &Material) -> Option<String> {
    key.spec.is_symmetric().then(|| material.id.to_string())
}
