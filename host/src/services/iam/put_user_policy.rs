//! `PutUserPolicy`: an inline policy of a user, a new one or another in its place.

use crate::{
    call::Call,
    identity::User,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{PolicyDocument, PolicyName, UserName},
    },
};

request! {
    pub struct PutUserPolicy {
        user_name "UserName": UserName,
        policy_name "PolicyName": PolicyName,
        policy_document "PolicyDocument": PolicyDocument,
    }
}

impl Operation for PutUserPolicy {
    const NAME: &'static str = "PutUserPolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        call.put_inline(&user, self.policy_name.as_str(), self.policy_document.as_str())
    }
}
