//! `GetPolicyVersion`: what a version of a managed policy says.

use serde::Serialize;

use crate::{
    call::{AnyPolicy, Call},
    identity::version_name,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{PolicyArn, PolicyVersionId},
    },
};

use super::shown_managed::ShownVersion;

request! {
    pub struct GetPolicyVersion {
        policy "PolicyArn": PolicyArn,
        version "VersionId": PolicyVersionId,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_version: ShownVersion,
}

impl Operation for GetPolicyVersion {
    const NAME: &'static str = "GetPolicyVersion";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let version = self.version.as_str();
        let policy = call.policy(self.policy.as_str()).await?;
        let found = match &*policy {
            AnyPolicy::Own(own) => {
                own.version(version).map(|found| ShownVersion::whole(own, found))
            }
            // Of the versions before there is no record here.
            AnyPolicy::Provided(provided) => (version_name(provided.version) == version)
                .then(|| ShownVersion::whole_provided(provided)),
        };
        let missing = || Error::no_policy_version(self.policy.as_str(), version);
        Ok(Output { policy_version: found.ok_or_else(missing)? })
    }
}
