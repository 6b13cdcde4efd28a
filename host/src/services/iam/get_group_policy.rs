//! `GetGroupPolicy`: an inline policy of a group.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Group, Named},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{GroupName, PolicyName},
    },
};

use super::shown::document;

request! {
    pub struct GetGroupPolicy {
        group_name "GroupName": GroupName,
        policy_name "PolicyName": PolicyName,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    group_name: String,
    policy_name: String,
    policy_document: String,
}

impl Operation for GetGroupPolicy {
    const NAME: &'static str = "GetGroupPolicy";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        let name = self.policy_name.as_str();
        let policy = group.policies.inline(name);
        let policy = policy.ok_or_else(|| Error::no_inline_policy(Group::ENTITY, name))?;
        Ok(Output {
            group_name: group.name.clone(),
            // As it was asked for, whatever its case.
            policy_name: name.to_owned(),
            policy_document: document(policy.document.text()),
        })
    }
}
