//! `GetCallerIdentity`: who has signed this? Nobody can be kept from asking.

use serde::Serialize;

use crate::{call::Call, request, services::Operation, wire::Result};

request! {
    pub struct GetCallerIdentity {}
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user_id: String,
    account: String,
    arn: String,
}

impl Operation for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let caller = call.caller();
        let account = caller.account.to_string();
        Ok(Output { user_id: caller.user_id(), account, arn: caller.to_string() })
    }
}
