//! `UpdateRoleDescription`: the older way to say what a role is for.

use serde::Serialize;

use crate::{
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{RoleDescription, RoleName},
    },
};

use super::shown_role::ShownRole;

request! {
    pub struct UpdateRoleDescription {
        role_name "RoleName": RoleName,
        description "Description": RoleDescription,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    role: ShownRole,
}

impl Operation for UpdateRoleDescription {
    const NAME: &'static str = "UpdateRoleDescription";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        let description = Some(self.description.as_str().to_owned());
        let new = Role { description, ..Role::clone(&role) };
        call.replace_entity(&role, &new);
        let trust = call.trust_text(&role).await?;
        Ok(Output { role: ShownRole::listed(&new, &trust) })
    }

    fn response_elements(output: &Output) -> Option<String> {
        Some(output.role.element())
    }
}
