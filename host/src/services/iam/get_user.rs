//! `GetUser`: tells of a user; if none is named, of the one who calls.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Principal, User},
    request,
    services::Operation,
    wire::{Error, Result, members::iam::UserName},
};

use super::shown::ShownUser;

request! {
    pub struct GetUser {
        user_name "UserName": Option<UserName>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user: ShownUser,
}

impl Operation for GetUser {
    const NAME: &'static str = "GetUser";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let name = match (&self.user_name, &call.caller().principal) {
            (Some(name), _) => name.as_str(),
            (None, Principal::User { user, .. }) => &user.name,
            (None, Principal::Root | Principal::Role { .. } | Principal::Federated { .. }) => {
                return Err(Error::missing("userName"));
            }
        };
        let user = call.entity::<User>(name).await?;
        Ok(Output { user: ShownUser::of(&user) })
    }
}
