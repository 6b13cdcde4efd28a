//! `UpdateAssumeRolePolicy`: who may assume a role, from now on.

use crate::{
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{PolicyDocument, RoleName},
    },
};

use super::trust;

request! {
    pub struct UpdateAssumeRolePolicy {
        role_name "RoleName": RoleName,
        document "PolicyDocument": PolicyDocument,
    }
}

impl Operation for UpdateAssumeRolePolicy {
    const NAME: &'static str = "UpdateAssumeRolePolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        let trust = trust::read(call, self.document.as_str(), role.account).await?;
        let new = Role { trust, ..Role::clone(&role) };
        call.replace_entity(&role, &new);
        Ok(())
    }
}
