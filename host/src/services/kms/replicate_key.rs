//! `ReplicateKey`: a multi-Region key in one more Region.

use serde::Serialize;

use crate::{
    authorize::{KeyPolicy, Values},
    call::{Call, LockoutCheck},
    keys::{NewReplica, Tags},
    request,
    services::Operation,
    wire::{
        Result,
        member::Defaulted,
        members::{Description, KeyTarget, PolicyText, RegionName, TagList},
    },
};

use super::{
    list_resource_tags::TagEntry,
    metadata::{KeyMetadata, in_camel_case},
};

request! {
    pub struct ReplicateKey {
        key_id "KeyId": KeyTarget,
        replica_region "ReplicaRegion": RegionName,
        policy "Policy": Option<PolicyText>,
        bypass_lockout_check "BypassPolicyLockoutSafetyCheck": Defaulted<bool>,
        description "Description": Option<Description>,
        tags "Tags": Option<TagList>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    replica_key_metadata: KeyMetadata,
    replica_policy: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    replica_tags: Vec<TagEntry>,
    #[serde(skip)]
    created: i64,
}

impl Operation for ReplicateKey {
    const NAME: &'static str = "ReplicateKey";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let primary = call.key(&self.key_id).await?;
        let policy = match &self.policy {
            Some(policy) => KeyPolicy::written(policy.as_str())?,
            None => KeyPolicy::Default,
        };
        let wanted = NewReplica {
            region: self.replica_region.get(),
            description: self.description.as_ref().map_or("", Description::as_str).to_owned(),
            policy,
            tags: self.tags.as_ref().map(Tags::wanted).transpose()?.unwrap_or_default(),
        };
        let lockout = LockoutCheck::unless(self.bypass_lockout_check.0);
        let replica = call.replicate(&primary, wanted, lockout).await?;
        Ok(Output {
            replica_key_metadata: KeyMetadata::creating(&replica, replica.created),
            replica_policy: call.policy_text(&replica).await?,
            replica_tags: replica.tags.0.clone().into_iter().map(TagEntry::from).collect(),
            created: replica.created,
        })
    }

    fn condition(&self, action: &str, name: &str) -> Option<Values<'_>> {
        match name {
            "kms:replicaregion" => Some(self.replica_region.as_str().into()),
            // Asked when it is checked whether the replica's policy can be changed later.
            "kms:policyname" if action == "kms:PutKeyPolicy" => Some(KeyPolicy::NAME.into()),
            "kms:bypasspolicylockoutsafetycheck" => Some(self.bypass_lockout_check.0.into()),
            _ => self.tags.as_ref().and_then(|tags| super::tag_resource::asked(tags, name)),
        }
    }

    fn response_elements(output: &Output) -> Option<String> {
        let metadata = output.replica_key_metadata.in_record(output.created)?;
        let elements = serde_json::json!({
            "replicaKeyMetadata": metadata,
            "replicaPolicy": output.replica_policy,
            "replicaTags": in_camel_case(serde_json::to_value(&output.replica_tags).ok()?),
        });
        Some(elements.to_string())
    }
}
