//! `ImportKeyMaterial`: material that was made elsewhere becomes a key's.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    keys::Import,
    request,
    services::Operation,
    wire::{
        Result,
        member::Defaulted,
        members::{
            CiphertextBlob, ExpirationModel, ImportToken, ImportType, KeyMaterialDescription,
            KeyMaterialId, KeyTarget, Moment,
        },
    },
};

request! {
    pub struct ImportKeyMaterial {
        key_id "KeyId": KeyTarget,
        import_token "ImportToken": ImportToken,
        encrypted_key_material "EncryptedKeyMaterial": CiphertextBlob,
        valid_to "ValidTo": Option<Moment>,
        expiration_model "ExpirationModel": Defaulted<ExpirationModel>,
        import_type "ImportType": Option<ImportType>,
        description "KeyMaterialDescription": Option<KeyMaterialDescription>,
        key_material_id "KeyMaterialId": Option<KeyMaterialId>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_material_id: Option<String>,
}

impl Operation for ImportKeyMaterial {
    const NAME: &'static str = "ImportKeyMaterial";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        key.check_external()?;
        key.check_stays()?;
        let import = Import::new(
            key.spec,
            (self.expiration_model.0, self.valid_to),
            self.import_type,
            self.key_material_id.as_ref(),
            self.description.as_ref(),
            call.now().as_millisecond(),
        )?;
        let (token, material) = (self.import_token.bytes(), self.encrypted_key_material.bytes());
        let id = call.accept(&key, token, material, &import).await?;
        Ok(Output {
            key_id: key.arn().to_string(),
            key_material_id: key.spec.is_symmetric().then(|| id.to_string()),
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        match name {
            "kms:expirationmodel" => Some(self.expiration_model.0.as_str().into()),
            "kms:validto" => Some(self.valid_to?.second().to_string().into()),
            _ => None,
        }
    }
}
