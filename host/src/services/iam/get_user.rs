//! `GetUser`: tells of a user; if none is named, of the one who calls.

use serde::Serialize;

use crate::{
    arn::Arn,
    call::Call,
    identity::{Principal, User},
    request,
    services::Operation,
    wire::{Result, members::iam::UserName},
};

use super::{
    own,
    shown::{ShownUser, time},
};

request! {
    pub struct GetUser {
        user_name "UserName": Option<UserName>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user: Shown,
}

/// A user, or what AWS tells of the one user that is none of IAM's.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown {
    User(ShownUser),
    Root(Root),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Root {
    user_id: String,
    arn: String,
    create_date: String,
}

impl Operation for GetUser {
    const NAME: &'static str = "GetUser";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        if let (None, Principal::Root) = (&self.user_name, &call.caller().principal) {
            let account = call.own_account().await?;
            let root = Root {
                user_id: account.id.to_string(),
                arn: Arn::root(account.id).to_string(),
                create_date: time(account.created),
            };
            return Ok(Output { user: Shown::Root(root) });
        }
        let name = own::user_name(call, self.user_name.as_ref())?.to_owned();
        let user = call.entity::<User>(&name).await?;
        Ok(Output { user: Shown::User(ShownUser::of(&user)) })
    }
}
