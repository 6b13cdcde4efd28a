//! `CreateRole`: a new role, which those may assume whom its trust policy names.

use serde::Serialize;

use crate::{
    authorize::Values,
    call::Call,
    identity::{Entity, IamTags, Role},
    request,
    services::Operation,
    wire::{
        Result,
        member::Defaulted,
        members::iam::{
            MaxSessionDuration, Path, PolicyArn, PolicyDocument, RoleDescription, RoleName, TagList,
        },
    },
};

use super::{shown_role::ShownRole, trust};

request! {
    pub struct CreateRole {
        path "Path": Option<Path>,
        role_name "RoleName": RoleName,
        trust "AssumeRolePolicyDocument": PolicyDocument,
        description "Description": Option<RoleDescription>,
        longest_session "MaxSessionDuration": Defaulted<MaxSessionDuration>,
        boundary "PermissionsBoundary": Option<PolicyArn>,
        tags "Tags": Option<TagList>,
    }
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
        let tags = self.tags.as_ref().map(IamTags::wanted).transpose()?.unwrap_or_default();
        if !tags.is_empty() {
            let arn = Entity::Role.arn(coming.account, &coming.path, &coming.name);
            call.check_entity_as("iam:TagRole", &arn, None)?;
        }
        let trust = trust::read(call, self.trust.as_str(), coming.account).await?;
        let id = call.unique_id(Entity::Role)?;
        let boundary = self.boundary.as_ref().map(PolicyArn::as_str);
        let policies = call.first_boundary(&coming, &id, boundary).await?;
        let role = Role {
            account: coming.account,
            id,
            name: coming.name.clone(),
            path: coming.path.clone(),
            created: call.now().as_millisecond(),
            description: self.description.map(|text| text.as_str().to_owned()),
            trust,
            longest_session: self.longest_session.0.get(),
            policies,
            tags,
        };
        call.create_entity(&coming, &role);
        Ok(Output { role: ShownRole::new(&role, role.trust.text()) })
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        if name == "iam:permissionsboundary" {
            return self.boundary.as_ref().map(|arn| arn.as_str().into());
        }
        IamTags::asked(self.tags.as_ref(), name)
    }

    fn response_elements(output: &Output) -> Option<String> {
        Some(output.role.element())
    }
}
