//! `GetRole`: tells of a role.

use serde::Serialize;

use crate::{
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{Result, members::iam::RoleName},
};

use super::shown_role::ShownRole;

request! {
    pub struct GetRole {
        role_name "RoleName": RoleName,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    role: ShownRole,
}

impl Operation for GetRole {
    const NAME: &'static str = "GetRole";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        let trust = call.trust_text(&role).await?;
        Ok(Output { role: ShownRole::whole(&role, &trust) })
    }
}
