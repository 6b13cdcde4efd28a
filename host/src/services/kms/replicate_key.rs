//! `ReplicateKey`: a multi-Region key in one more Region.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Result,
        member::Defaulted,
        members::{Description, KeyTarget, RegionName},
    },
};

use super::metadata::KeyMetadata;

request! {
    pub struct ReplicateKey {
        key_id "KeyId": KeyTarget,
        replica_region "ReplicaRegion": RegionName,
        bypass_lockout_check "BypassPolicyLockoutSafetyCheck": Defaulted<bool>,
        description "Description": Option<Description>,
    }
    later { "Policy", "Tags" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    replica_key_metadata: KeyMetadata,
    #[serde(skip)]
    created: i64,
}

impl Operation for ReplicateKey {
    const NAME: &'static str = "ReplicateKey";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let primary = call.key(&self.key_id).await?;
        let description = self.description.as_ref().map_or("", Description::as_str);
        let replica = call.replicate(&primary, self.replica_region.get(), description).await?;
        let replica_key_metadata = KeyMetadata::creating(&replica, replica.created);
        Ok(Output { replica_key_metadata, created: replica.created })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        match name {
            "kms:replicaregion" => Some(self.replica_region.get().as_str().to_owned().into()),
            "kms:bypasspolicylockoutsafetycheck" => Some(self.bypass_lockout_check.0.into()),
            _ => None,
        }
    }

    fn response_elements(output: &Output) -> Option<String> {
        let metadata = output.replica_key_metadata.in_record(output.created)?;
        Some(serde_json::json!({ "replicaKeyMetadata": metadata }).to_string())
    }
}
