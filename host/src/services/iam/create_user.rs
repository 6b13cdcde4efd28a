//! `CreateUser`: a new user, who may do nothing yet.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Entity, IamTags, Policies, User},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{NewUserName, Path},
    },
};

use super::shown::ShownUser;

request! {
    pub struct CreateUser {
        path "Path": Option<Path>,
        user_name "UserName": NewUserName,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user: ShownUser,
}

impl Operation for CreateUser {
    const NAME: &'static str = "CreateUser";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let path = self.path.as_ref().map_or("/", Path::as_str);
        let coming = call.coming::<User>(path, self.user_name.as_str()).await?;
        let user = User {
            account: coming.account,
            id: call.unique_id(Entity::User)?,
            name: coming.name.clone(),
            path: coming.path.clone(),
            created: call.now().as_millisecond(),
            policies: Policies::default(),
            groups: std::collections::BTreeSet::new(),
            access_keys: Vec::new(),
            tags: IamTags::default(),
        };
        call.create_entity(&coming, &user);
        Ok(Output { user: ShownUser::of(&user) })
    }
}
