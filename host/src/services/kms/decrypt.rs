//! `Decrypt`: what was encrypted under a KMS key.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::{Authorized, Call},
    keys::{Key, Material, MaterialId},
    request,
    services::Operation,
    storage::Loaded,
    wire::{
        Blob, Error, Result,
        member::Defaulted,
        members::{
            CiphertextBlob, DryRunModifier, DryRunModifiers, EncryptionAlgorithm,
            EncryptionContext, GrantTokens, KeyRef,
        },
    },
};

request! {
    pub struct Decrypt {
        ciphertext_blob "CiphertextBlob": Option<CiphertextBlob>,
        encryption_context "EncryptionContext": EncryptionContext,
        grant_tokens "GrantTokens": Option<GrantTokens>,
        key_id "KeyId": Option<KeyRef>,
        encryption_algorithm "EncryptionAlgorithm": Defaulted<EncryptionAlgorithm>,
        dry_run "DryRun": Option<bool>,
        dry_run_modifiers "DryRunModifiers": Option<DryRunModifiers>,
    }
    later { "Recipient" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    plaintext: Blob,
    encryption_algorithm: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_material_id: Option<String>,
}

impl Operation for Decrypt {
    const NAME: &'static str = "Decrypt";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        call.present_grants(self.grant_tokens.as_ref()).await?;
        let source = Source {
            key: self.key_id.as_ref(),
            algorithm: self.encryption_algorithm.0,
            context: &self.encryption_context,
        };
        if is_without_ciphertext(self.dry_run, self.dry_run_modifiers.as_ref()) {
            source.named_key(call, "kms:Decrypt").await?;
            return Err(Error::dry_run());
        }
        let missing = || Error::missing("ciphertextBlob");
        let ciphertext = self.ciphertext_blob.as_ref().ok_or_else(missing)?.bytes();
        let key = source.key(call, "kms:Decrypt", ciphertext).await?;
        let material = source.material(call, &key, ciphertext).await?;
        let plaintext = call.decrypt((&key, source.algorithm), material, ciphertext).await?;
        if self.dry_run == Some(true) {
            return Err(Error::dry_run());
        }
        Ok(Output {
            key_id: key.arn().to_string(),
            plaintext: plaintext.into(),
            encryption_algorithm: self.encryption_algorithm.0.as_str(),
            key_material_id: key.spec.is_symmetric().then(|| material.id.to_string()),
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        (name == "kms:encryptionalgorithm").then(|| self.encryption_algorithm.0.as_str().into())
    }
}

/// Whether only permissions are asked for: whatever the ciphertext, it is not looked at.
pub(super) fn is_without_ciphertext(
    dry_run: Option<bool>,
    modifiers: Option<&DryRunModifiers>,
) -> bool {
    let ignores = |modifiers: &DryRunModifiers| modifiers.has(DryRunModifier::IgnoreCiphertext);
    dry_run == Some(true) && modifiers.is_some_and(ignores)
}

/// What a request says of the key that a ciphertext was made with.
pub(super) struct Source<'a> {
    pub(super) key: Option<&'a KeyRef>,
    pub(super) algorithm: EncryptionAlgorithm,
    pub(super) context: &'a EncryptionContext,
}

impl Source<'_> {
    /// The key: the one named, else the one that the ciphertext tells.
    pub(super) async fn key(
        &self,
        call: &mut Call<'_>,
        action: &'static str,
        ciphertext: &[u8],
    ) -> Result<Authorized<Loaded<Key>>> {
        if self.key.is_some() || self.algorithm != EncryptionAlgorithm::SymmetricDefault {
            return self.named_key(call, action).await;
        }
        let id = MaterialId::of_ciphertext(ciphertext).ok_or_else(Error::invalid_ciphertext)?;
        let key = call.key_of_ciphertext(action, &id, self.context).await?;
        key.check_decryption(self.algorithm, call.now().as_millisecond())?;
        Ok(key)
    }

    /// The key where no ciphertext tells it.
    pub(super) async fn named_key(
        &self,
        call: &mut Call<'_>,
        action: &'static str,
    ) -> Result<Authorized<Loaded<Key>>> {
        let key = self.key.ok_or_else(|| Error::validation("KeyId must not be null"))?;
        call.source_key(key, action, self.algorithm, self.context).await
    }

    /// The material of that key that the ciphertext names; under RSA it names none. A ciphertext of
    /// another key is told from one that is no ciphertext.
    pub(super) async fn material<'k>(
        &self,
        call: &Call<'_>,
        key: &'k Authorized<Loaded<Key>>,
        ciphertext: &[u8],
    ) -> Result<&'k Material> {
        if !key.spec.is_symmetric() {
            return key.current();
        }
        let id = MaterialId::of_ciphertext(ciphertext).ok_or_else(Error::invalid_ciphertext)?;
        match key.material(&id) {
            Some(material) => Ok(material),
            None if call.is_material(&id).await? => Err(Error::incorrect_key()),
            None => Err(Error::invalid_ciphertext()),
        }
    }
}
