//! `CreateKey`: a key of one's own, made in the isolate of one's tenant.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{
        Error, Result,
        member::{Defaulted, Filled},
        members::{CustomerMasterKeySpec, Description, KeySpecName, KeyUsageName, OriginName},
    },
};

use super::metadata::KeyMetadata;

request! {
    pub struct CreateKey {
        description "Description": Option<Description>,
        key_usage "KeyUsage": Option<KeyUsageName>,
        old_key_spec "CustomerMasterKeySpec": Option<CustomerMasterKeySpec>,
        key_spec "KeySpec": Filled<KeySpecName>,
        origin "Origin": Defaulted<OriginName>,
        multi_region "MultiRegion": Option<bool>,
        bypass_lockout_check "BypassPolicyLockoutSafetyCheck": Defaulted<bool>,
    }
    later { "Policy", "CustomKeyStoreId", "Tags", "XksKeyId" }
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
        self.check()?;
        let account = call.account()?;
        let description = self.description.as_ref().map_or("", Description::as_str);
        let key = call.create_key(&account, description).await?;
        Ok(Output { key_metadata: KeyMetadata::from(&key), created: key.created })
    }

    fn response_elements(output: &Output) -> Option<String> {
        let mut metadata = serde_json::to_value(&output.key_metadata).ok()?;
        // As CloudTrail writes a time: "Aug 10, 2022, 10:38:27 PM".
        let created = Timestamp::from_millisecond(output.created).ok()?;
        let created = created.strftime("%b %-d, %Y, %-I:%M:%S %p").to_string();
        *metadata.get_mut("CreationDate")? = created.into();
        let members = metadata.as_object()?.iter();
        let members = members.map(|(name, value)| {
            let name = match name.as_str() {
                "AWSAccountId" => "aWSAccountId".to_owned(),
                name => crate::wire::member::camel_case(name),
            };
            (name, value.clone())
        });
        let metadata: serde_json::Map<_, _> = members.collect();
        Some(serde_json::json!({ "keyMetadata": metadata }).to_string())
    }
}

impl CreateKey {
    /// Refuses what is no symmetric key made here.
    fn check(&self) -> Result<()> {
        let spec = match (self.key_spec.0, self.old_key_spec) {
            (Some(_), Some(_)) => {
                let message = "You cannot specify KeySpec and CustomerMasterKeySpec in the same \
                               request. CustomerMasterKeySpec is deprecated.";
                return Err(Error::validation(message));
            }
            (Some(spec), None) => spec.as_str(),
            (None, Some(spec)) => spec.as_str(),
            (None, None) => KeySpecName::SymmetricDefault.as_str(),
        };
        if spec != KeySpecName::SymmetricDefault.as_str() {
            let Some(_) = self.key_usage else {
                let message = "You must specify a KeyUsage value for all KMS keys except for \
                               symmetric encryption keys.";
                return Err(Error::validation(message));
            };
            return Err(Error::unsupported(format!("KeySpec {spec} is not supported.")));
        }
        match self.key_usage {
            None | Some(KeyUsageName::EncryptDecrypt) => {}
            Some(usage) => {
                let usage = usage.as_str();
                let message = format!("KeyUsage {usage} is not compatible with KeySpec {spec}");
                return Err(Error::validation(message));
            }
        }
        match self.origin.0 {
            OriginName::AwsKms => {}
            origin => {
                let message = format!("Origin {} is not supported.", origin.as_str());
                return Err(Error::unsupported(message));
            }
        }
        if self.multi_region == Some(true) {
            return Err(Error::unsupported("Multi-Region keys are not supported."));
        }
        Ok(())
    }
}
