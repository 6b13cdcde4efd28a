//! `CreateKey`: a key of one's own, made in the isolate of one's tenant.

use serde::Serialize;

use crate::{
    authorize::{KeyPolicy, Values},
    call::{Call, LockoutCheck, NewKey},
    keys::{Origin, Spec, Tags, Usage},
    request,
    services::Operation,
    wire::{
        Error, Result,
        member::{Defaulted, Filled},
        members::{
            CustomerMasterKeySpec, Description, KeySpecName, KeyUsageName, OriginName, PolicyText,
            TagList,
        },
    },
};

use super::metadata::KeyMetadata;

request! {
    pub struct CreateKey {
        policy "Policy": Option<PolicyText>,
        description "Description": Option<Description>,
        key_usage "KeyUsage": Option<KeyUsageName>,
        old_key_spec "CustomerMasterKeySpec": Option<CustomerMasterKeySpec>,
        key_spec "KeySpec": Filled<KeySpecName>,
        origin "Origin": Defaulted<OriginName>,
        multi_region "MultiRegion": Option<bool>,
        tags "Tags": Option<TagList>,
        bypass_lockout_check "BypassPolicyLockoutSafetyCheck": Defaulted<bool>,
    }
    later { "CustomKeyStoreId", "XksKeyId" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_metadata: KeyMetadata,
    #[serde(skip)]
    created: i64,
}

impl Operation for CreateKey {
    const NAME: &'static str = "CreateKey";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let wanted = self.wanted()?;
        let lockout = LockoutCheck::unless(self.bypass_lockout_check.0);
        let account = call.account()?;
        if !wanted.tags.is_empty() {
            call.check_account("kms:TagResource")?;
        }
        let key = call.create_key(&account, wanted, lockout).await?;
        let key_metadata = KeyMetadata::of(&key, key.created);
        Ok(Output { key_metadata, created: key.created })
    }

    fn condition(&self, action: &str, name: &str) -> Option<Values<'_>> {
        let wanted = self.wanted().ok()?;
        match name {
            "kms:keyspec" | "kms:customermasterkeyspec" => Some(wanted.spec.as_str().into()),
            "kms:keyusage" | "kms:customermasterkeyusage" => Some(wanted.usage.as_str().into()),
            "kms:keyorigin" => Some(wanted.origin.as_str().into()),
            "kms:multiregion" => Some(wanted.multi_region.into()),
            "kms:multiregionkeytype" => wanted.multi_region.then(|| "PRIMARY".into()),
            // Asked when it is checked whether the new policy can be changed later.
            "kms:policyname" if action == "kms:PutKeyPolicy" => Some(KeyPolicy::NAME.into()),
            "kms:bypasspolicylockoutsafetycheck" => Some(self.bypass_lockout_check.0.into()),
            _ => self.tags.as_ref().and_then(|tags| super::tag_resource::asked(tags, name)),
        }
    }

    fn response_elements(output: &Output) -> Option<String> {
        let metadata = output.key_metadata.in_record(output.created)?;
        Some(serde_json::json!({ "keyMetadata": metadata }).to_string())
    }
}

impl CreateKey {
    /// What is wanted, if it is a key that there can be.
    fn wanted(&self) -> Result<NewKey<'_>> {
        let spec = self.spec()?;
        let usage = match self.key_usage {
            Some(usage) => Usage::named(usage.as_str()),
            None if spec.is_symmetric() => Some(Usage::EncryptDecrypt),
            None => {
                let message = "You must specify a KeyUsage value for all KMS keys except for \
                               symmetric encryption keys.";
                return Err(Error::validation(message));
            }
        };
        let Some(usage) = usage.filter(|usage| spec.usages().contains(usage)) else {
            let usage = self.key_usage.map_or("", |usage| usage.as_str());
            let spec = spec.as_str();
            let message = format!("KeyUsage {usage} is not compatible with KeySpec {spec}");
            return Err(Error::validation(message));
        };
        let origin = self.origin.0.as_str();
        let Some(origin) = Origin::named(origin) else {
            return Err(Error::unsupported(format!("Origin {origin} is not supported.")));
        };
        if origin == Origin::External && !spec.is_importable() {
            let (spec, origin) = (spec.as_str(), origin.as_str());
            let message = format!("KeySpec {spec} is not supported for Origin {origin}");
            return Err(Error::validation(message));
        }
        let policy = match &self.policy {
            Some(policy) => KeyPolicy::written(policy.as_str())?,
            None => KeyPolicy::Default,
        };
        let description = self.description.as_ref().map_or("", Description::as_str);
        let multi_region = self.multi_region == Some(true);
        let tags = self.tags.as_ref().map(Tags::wanted).transpose()?.unwrap_or_default();
        Ok(NewKey { spec, usage, origin, multi_region, description, policy, tags })
    }

    fn spec(&self) -> Result<Spec> {
        let name = match (self.key_spec.0, self.old_key_spec) {
            (Some(_), Some(_)) => {
                let message = "You cannot specify KeySpec and CustomerMasterKeySpec in the same \
                               request. CustomerMasterKeySpec is deprecated.";
                return Err(Error::validation(message));
            }
            (Some(spec), None) => spec.as_str(),
            (None, Some(spec)) => spec.as_str(),
            (None, None) => KeySpecName::default().as_str(),
        };
        let unserved = || Error::unsupported(format!("KeySpec {name} is not supported."));
        Spec::named(name).ok_or_else(unserved)
    }
}
