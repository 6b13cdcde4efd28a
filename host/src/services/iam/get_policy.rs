//! `GetPolicy`: tells of a managed policy, but not what it says.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Result, members::iam::PolicyArn},
};

use super::shown_managed::ShownManaged;

request! {
    pub struct GetPolicy {
        policy "PolicyArn": PolicyArn,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy: ShownManaged,
}

impl Operation for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let policy = call.policy(self.policy.as_str()).await?;
        let usage = call.usage_of(self.policy.as_str()).await?;
        Ok(Output { policy: ShownManaged::whole(&policy, &usage) })
    }
}
