//! `CreateUser`: a new user, who may do nothing yet.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    identity::{Entity, IamTags, User},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{NewUserName, Path, PolicyArn, TagList},
    },
};

use super::shown::ShownUser;

request! {
    pub struct CreateUser {
        path "Path": Option<Path>,
        user_name "UserName": NewUserName,
        permissions_boundary "PermissionsBoundary": Option<PolicyArn>,
        tags "Tags": Option<TagList>,
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
        let tags = self.tags.as_ref().map(IamTags::wanted).transpose()?.unwrap_or_default();
        let path = self.path.as_ref().map_or("/", Path::as_str);
        let coming = call.coming::<User>(path, self.user_name.as_str()).await?;
        if !tags.is_empty() {
            let arn = Entity::User.arn(coming.account, &coming.path, &coming.name);
            call.check_entity_as("iam:TagUser", &arn, None)?;
        }
        let id = call.unique_id(Entity::User)?;
        let boundary = self.permissions_boundary.as_ref().map(PolicyArn::as_str);
        let user = User {
            account: coming.account,
            policies: call.first_boundary(&coming, &id, boundary).await?,
            id,
            name: coming.name.clone(),
            path: coming.path.clone(),
            created: call.now().as_millisecond(),
            groups: std::collections::BTreeSet::new(),
            access_keys: Vec::new(),
            tags,
        };
        call.create_entity(&coming, &user);
        Ok(Output { user: ShownUser::of(&user) })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        match name {
            "iam:permissionsboundary" => Some(self.permissions_boundary.as_ref()?.as_str().into()),
            _ => IamTags::asked(self.tags.as_ref(), name),
        }
    }

    fn response_elements(output: &Output) -> Option<String> {
        Some(output.user.element())
    }
}
