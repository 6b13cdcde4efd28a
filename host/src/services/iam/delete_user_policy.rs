//! `DeleteUserPolicy`: removes an inline policy of a user.

use crate::{
    call::Call,
    identity::User,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{PolicyName, UserName},
    },
};

request! {
    pub struct DeleteUserPolicy {
        user_name "UserName": UserName,
        policy_name "PolicyName": PolicyName,
    }
}

impl Operation for DeleteUserPolicy {
    const NAME: &'static str = "DeleteUserPolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        call.delete_inline(&user, self.policy_name.as_str())
    }
}
