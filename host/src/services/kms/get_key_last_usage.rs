//! `GetKeyLastUsage`: when a key was last used, and for what.

use serde::Serialize;

use crate::{
    call::Call,
    keys::LastUse,
    request,
    services::Operation,
    wire::{Result, members::KeyTarget},
};

use super::metadata::seconds;

request! {
    pub struct GetKeyLastUsage { key_id "KeyId": KeyTarget }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    key_last_usage: KeyLastUsage,
    tracking_start_date: f64,
    key_creation_date: f64,
}

/// Empty as long as the key has not been used.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyLastUsage {
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_trail_event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_request_id: Option<String>,
}

impl From<LastUse> for KeyLastUsage {
    fn from(last: LastUse) -> Self {
        Self {
            operation: Some(last.operation.as_str()),
            // Whole seconds, as the record itself has them.
            timestamp: Some(seconds(last.at.div_euclid(1000) * 1000)),
            cloud_trail_event_id: Some(last.event.as_str().to_owned()),
            kms_request_id: Some(last.request.as_str().to_owned()),
        }
    }
}

impl Operation for GetKeyLastUsage {
    const NAME: &'static str = "GetKeyLastUsage";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        let last = call.last_use(&key).await?;
        Ok(Output {
            key_id: key.id.to_string(),
            key_last_usage: last.map(KeyLastUsage::from).unwrap_or_default(),
            tracking_start_date: seconds(call.tracked_since(&key)),
            key_creation_date: seconds(key.created),
        })
    }
}
