//! `CreateRole`: a new role, which those may assume whom its trust policy names.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Entity, IamTags, Policies, Role},
    request,
    services::Operation,
    wire::{
        Result,
        member::Defaulted,
        members::{
            PolicyText,
            iam::{MaxSessionDuration, Path, RoleDescription, RoleName},
        },
    },
};

use super::{shown_role::ShownRole, trust};

request! {
    pub struct CreateRole {
        path "Path": Option<Path>,
        role_name "RoleName": RoleName,
        trust "AssumeRolePolicyDocument": PolicyText,
        description "Description": Option<RoleDescription>,
        longest_session "MaxSessionDuration": Defaulted<MaxSessionDuration>,
    }
    later { "PermissionsBoundary", "Tags" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    role: ShownRole,
}

impl Operation for CreateRole {
    const NAME: &'static str = "CreateRole";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let path = self.path.as_ref().map_or("/", Path::as_str);
        let coming = call.coming::<Role>(path, self.role_name.as_str()).await?;
        let role = Role {
            account: coming.account,
            id: call.unique_id(Entity::Role)?,
            name: coming.name.clone(),
            path: coming.path.clone(),
            created: call.now().as_millisecond(),
            description: self.description.map(|text| text.as_str().to_owned()),
            trust: trust::parse(self.trust.as_str())?,
            longest_session: self.longest_session.0.get(),
            policies: Policies::default(),
            tags: IamTags::default(),
        };
        call.create_entity(&coming, &role);
        Ok(Output { role: ShownRole::new(&role) })
    }
}
