//! `ScheduleKeyDeletion`: a key serves nothing from now on, and is gone after a while.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{KeyTarget, PendingWindowInDays, in_words},
    },
};

use super::metadata::seconds;

request! {
    pub struct ScheduleKeyDeletion {
        key_id "KeyId": KeyTarget,
        window "PendingWindowInDays": Option<PendingWindowInDays>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<f64>,
    key_state: &'static str,
    pending_window_in_days: u32,
    #[serde(skip)]
    at: Option<i64>,
}

impl Operation for ScheduleKeyDeletion {
    const NAME: &'static str = "ScheduleKeyDeletion";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let window = self.window.map_or(DEFAULT, |window| window.get());
        if !(LEAST..=MOST).contains(&window) {
            let message = format!("PendingWindowInDays must be between {LEAST} and {MOST}");
            return Err(Error::validation(message));
        }
        let key = call.key(&self.key_id).await?;
        let now = call.now().as_millisecond();
        let leaving = key.schedule_deletion(window, now)?;
        call.save(&key, &leaving);
        let at = leaving.deletion.and_then(|deletion| deletion.at);
        Ok(Output {
            key_id: key.arn().to_string(),
            deletion_date: at.map(seconds),
            at,
            key_state: leaving.state(now).as_str(),
            pending_window_in_days: window,
        })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        let window = self.window.map_or(DEFAULT, |window| window.get());
        (name == "kms:schedulekeydeletionpendingwindowindays").then(|| window.to_string().into())
    }

    fn response_elements(output: &Output) -> Option<String> {
        let at = output.at.map(Timestamp::from_millisecond).transpose().ok()?;
        let elements = serde_json::json!({
            "keyId": output.key_id,
            "keyState": output.key_state,
            "pendingWindowInDays": output.pending_window_in_days,
            "deletionDate": at.map(in_words),
        });
        Some(elements.to_string())
    }
}

/// Days that a key waits: the least, the most, and where nothing is said.
const LEAST: u32 = 7;
const MOST: u32 = 30;
const DEFAULT: u32 = 30;
