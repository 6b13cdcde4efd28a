//! `PutRolePolicy`: an inline policy of a role, a new one or another in its place.

use crate::{
    call::Call,
    identity::Role,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{PolicyDocument, PolicyName, RoleName},
    },
};

request! {
    pub struct PutRolePolicy {
        role_name "RoleName": RoleName,
        policy_name "PolicyName": PolicyName,
        document "PolicyDocument": PolicyDocument,
    }
}

impl Operation for PutRolePolicy {
    const NAME: &'static str = "PutRolePolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        call.put_inline(&role, self.policy_name.as_str(), self.document.as_str())
    }
}
