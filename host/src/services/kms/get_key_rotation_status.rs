//! `GetKeyRotationStatus`: when a key gets other material.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{Result, members::KeyTarget},
};

use super::metadata::seconds;

request! {
    pub struct GetKeyRotationStatus { key_id "KeyId": KeyTarget }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    key_rotation_enabled: bool,
    key_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_period_in_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_rotation_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_demand_rotation_start_date: Option<f64>,
}

impl Operation for GetKeyRotationStatus {
    const NAME: &'static str = "GetKeyRotationStatus";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        let schedule = key.schedule();
        Ok(Output {
            // Those of AWS have a schedule that nobody is told.
            key_rotation_enabled: schedule.is_some() || !key.manager.is_customer(),
            key_id: key.arn().to_string(),
            rotation_period_in_days: schedule.map(|schedule| schedule.period),
            next_rotation_date: schedule.map(|schedule| seconds(schedule.next)),
            on_demand_rotation_start_date: key.rotation.asked.map(seconds),
        })
    }
}
