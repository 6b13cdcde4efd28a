//! `GetTrailStatus`: how the delivery of the caller's records is.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Error, Result, members::cloudtrail::TrailName},
};

use super::trail::Name;

request! {
    pub struct GetTrailStatus {
        name "Name": TrailName,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    is_logging: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_delivery_error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_delivery_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_logging_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_digest_delivery_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_digest_delivery_error: Option<&'static str>,
    latest_delivery_attempt_time: String,
    latest_notification_attempt_time: String,
    latest_notification_attempt_succeeded: String,
    latest_delivery_attempt_succeeded: String,
    time_logging_started: String,
    time_logging_stopped: String,
}

impl Operation for GetTrailStatus {
    const NAME: &'static str = "GetTrailStatus";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let name = Name::parse(self.name.as_str())?;
        let account = call.caller().account;
        call.check_entity(&name.arn(account, call.region()), None)?;
        if !name.is_own(call) {
            return Err(Error::no_trail(name.text(), account.as_str()));
        }
        let status = call.trail_status().await?;
        let attempt = status.files.time.map(Timestamp::as_second);
        // What was delivered before the service was started was delivered.
        let (attempted, succeeded) = match status.files.error {
            Some(_) => (attempt, status.delivered),
            None => (status.delivered, status.delivered),
        };
        Ok(Output {
            is_logging: true,
            latest_delivery_error: status.files.error,
            latest_delivery_time: status.delivered,
            start_logging_time: status.began,
            latest_digest_delivery_time: status.digested,
            latest_digest_delivery_error: status.digests.error,
            latest_delivery_attempt_time: text(attempted),
            latest_notification_attempt_time: String::new(),
            latest_notification_attempt_succeeded: String::new(),
            latest_delivery_attempt_succeeded: text(succeeded),
            time_logging_started: text(status.began),
            time_logging_stopped: String::new(),
        })
    }
}

/// A time as CloudTrail writes it, or nothing.
fn text(second: Option<i64>) -> String {
    let time = second.and_then(|second| Timestamp::from_second(second).ok());
    time.map(|time| time.to_string()).unwrap_or_default()
}
