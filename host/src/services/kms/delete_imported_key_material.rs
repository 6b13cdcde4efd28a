//! `DeleteImportedKeyMaterial`: a key loses material, until the same comes in again.

use serde::Serialize;

use crate::{
    call::Call,
    keys::MaterialId,
    request,
    services::Operation,
    wire::{
        Result,
        members::{KeyMaterialId, KeyTarget},
    },
};

request! {
    pub struct DeleteImportedKeyMaterial {
        key_id "KeyId": KeyTarget,
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

impl Operation for DeleteImportedKeyMaterial {
    const NAME: &'static str = "DeleteImportedKeyMaterial";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        key.check_external()?;
        let id = self.key_material_id.as_ref().and_then(|id| MaterialId::parse(id.as_str()));
        let deleted = call.delete_material(&key, id).await?;
        Ok(Output {
            key_id: key.arn().to_string(),
            key_material_id: deleted.filter(|_| key.spec.is_symmetric()).map(|id| id.to_string()),
        })
    }
}
