//! `GetUserPolicy`: an inline policy of a user.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Named, User},
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::iam::{PolicyName, UserName},
    },
};

use super::shown::document;

request! {
    pub struct GetUserPolicy {
        user_name "UserName": UserName,
        policy_name "PolicyName": PolicyName,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user_name: String,
    policy_name: String,
    policy_document: String,
}

impl Operation for GetUserPolicy {
    const NAME: &'static str = "GetUserPolicy";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        let name = self.policy_name.as_str();
        let policy = user.policies.inline(name);
        let policy = policy.ok_or_else(|| Error::no_inline_policy(User::ENTITY, name))?;
        Ok(Output {
            user_name: user.name.clone(),
            // As it was asked for, whatever its case.
            policy_name: name.to_owned(),
            policy_document: document(policy.document.text()),
        })
    }
}
