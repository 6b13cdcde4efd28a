//! `CreatePolicyVersion`: says anew what a managed policy says; the old versions stay.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{ManagedPolicy, PolicyVersion},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{PolicyArn, PolicyDocument},
    },
};

use super::{managed, shown_managed::ShownVersion};

request! {
    pub struct CreatePolicyVersion {
        policy "PolicyArn": PolicyArn,
        document "PolicyDocument": PolicyDocument,
        is_default "SetAsDefault": Option<bool>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_version: ShownVersion,
}

impl Operation for CreatePolicyVersion {
    const NAME: &'static str = "CreatePolicyVersion";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let old = call.own_policy(self.policy.as_str()).await?;
        let document = managed::document(self.document.as_str())?;
        if old.versions.len() >= ManagedPolicy::MOST_VERSIONS {
            return Err(Error::too_many_policy_versions(ManagedPolicy::MOST_VERSIONS));
        }
        let now = call.now().as_millisecond();
        let mut new = ManagedPolicy::clone(&old);
        new.last_version += 1;
        new.updated = now;
        if self.is_default == Some(true) {
            new.default_version = new.last_version;
        }
        let version = PolicyVersion { number: new.last_version, created: now, document };
        let shown = ShownVersion::of(&new, &version);
        new.versions.push(version);
        call.replace_entity(&old, &new);
        Ok(Output { policy_version: shown })
    }

    fn response_elements(output: &Output) -> Option<String> {
        Some(output.policy_version.element())
    }
}
