//! `CreateAccessKey`: what a user signs its requests with. The secret is told this once.

use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    call::Call,
    identity::{Status, User},
    request,
    services::Operation,
    wire::{Result, members::iam::UserName},
};

use super::{
    own,
    shown::{time, time_in_words},
};

request! {
    pub struct CreateAccessKey {
        user_name "UserName": Option<UserName>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    access_key: Made,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Made {
    user_name: String,
    access_key_id: String,
    status: &'static str,
    secret_access_key: Zeroizing<String>,
    create_date: String,
    #[serde(skip)]
    created: i64,
}

impl Operation for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let name = own::user_name(call, self.user_name.as_ref())?.to_owned();
        let user = call.entity::<User>(&name).await?;
        let made = call.create_access_key(&user).await?;
        Ok(Output {
            access_key: Made {
                user_name: user.name.clone(),
                access_key_id: made.id,
                status: Status::Active.as_str(),
                secret_access_key: made.secret,
                create_date: time(made.created),
                created: made.created,
            },
        })
    }

    fn response_elements(output: &Output) -> Option<String> {
        let Made { user_name, access_key_id, status, created, .. } = &output.access_key;
        let shown = json!({
            "accessKeyId": access_key_id,
            "status": status,
            "userName": user_name,
            "createDate": time_in_words(*created),
        });
        Some(json!({ "accessKey": shown }).to_string())
    }
}
