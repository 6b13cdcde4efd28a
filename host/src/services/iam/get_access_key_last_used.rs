//! `GetAccessKeyLastUsed`: when an access key was last used, and for what.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Result, members::iam::AccessKeyId},
};

use super::shown::time;

request! {
    pub struct GetAccessKeyLastUsed {
        access_key_id "AccessKeyId": AccessKeyId,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user_name: Option<String>,
    access_key_last_used: LastUsed,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LastUsed {
    last_used_date: Option<String>,
    service_name: String,
    region: String,
}

impl Operation for GetAccessKeyLastUsed {
    const NAME: &'static str = "GetAccessKeyLastUsed";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let (last, user) = call.key_use(self.access_key_id.as_str()).await?;
        let access_key_last_used = match last {
            Some(last) => LastUsed {
                last_used_date: Some(time(last.at)),
                service_name: last.service,
                region: last.region,
            },
            None => {
                let none = || "N/A".to_owned();
                LastUsed { last_used_date: None, service_name: none(), region: none() }
            }
        };
        let user_name = user.map(|user| user.name.clone());
        Ok(Output { user_name, access_key_last_used })
    }
}
