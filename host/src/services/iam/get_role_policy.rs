//! `GetRolePolicy`: what an inline policy of a role says.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Entity, Role},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{PolicyName, RoleName},
    },
};

use super::shown::document;

request! {
    pub struct GetRolePolicy {
        role_name "RoleName": RoleName,
        policy_name "PolicyName": PolicyName,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

impl Operation for GetRolePolicy {
    const NAME: &'static str = "GetRolePolicy";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        // AWS gives the name as it was asked for, not as it is kept.
        let policy_name = self.policy_name.as_str().to_owned();
        let missing = || Error::no_inline_policy(Entity::Role, &policy_name);
        let inline = role.policies.inline(&policy_name).ok_or_else(missing)?;
        let policy_document = document(inline.document.text());
        Ok(Output { role_name: role.name.clone(), policy_name, policy_document })
    }
}
