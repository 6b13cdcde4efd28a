//! `UpdateRole`: sets what a role is for, and how long its sessions may be. What is not given
//! stays.

use serde::Serialize;

use crate::{
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{MaxSessionDuration, RoleDescription, RoleName},
    },
};

request! {
    pub struct UpdateRole {
        role_name "RoleName": RoleName,
        description "Description": Option<RoleDescription>,
        longest_session "MaxSessionDuration": Option<MaxSessionDuration>,
    }
}

/// AWS has an element for it, with nothing inside.
#[derive(Serialize)]
pub struct Output {}

impl Operation for UpdateRole {
    const NAME: &'static str = "UpdateRole";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        let mut new = Role::clone(&role);
        if let Some(description) = &self.description {
            new.description = Some(description.as_str().to_owned());
        }
        if let Some(longest) = self.longest_session {
            new.longest_session = longest.get();
        }
        call.replace_entity(&role, &new);
        Ok(Output {})
    }
}
