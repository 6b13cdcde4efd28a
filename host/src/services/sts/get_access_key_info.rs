//! `GetAccessKeyInfo`: whose is this access key?

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Error, Result, members::sts::AccessKeyIdText},
};

request! {
    pub struct GetAccessKeyInfo {
        id "AccessKeyId": AccessKeyIdText,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    account: String,
}

impl Operation for GetAccessKeyInfo {
    const NAME: &'static str = "GetAccessKeyInfo";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let own = call.account()?;
        let account = call.account_of_access_key(&own, self.id.as_str()).await?;
        let account = account.ok_or_else(Error::unknown_access_key)?;
        Ok(Output { account: account.to_string() })
    }
}
