//! `CreateGroup`: a new group, which nobody is in.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Entity, Group, Policies},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{GroupName, Path},
    },
};

use super::shown::ShownGroup;

request! {
    pub struct CreateGroup {
        path "Path": Option<Path>,
        group_name "GroupName": GroupName,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    group: ShownGroup,
}

impl Operation for CreateGroup {
    const NAME: &'static str = "CreateGroup";
    const READ_ONLY: bool = false;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let path = self.path.as_ref().map_or("/", Path::as_str);
        let coming = call.coming::<Group>(path, self.group_name.as_str()).await?;
        let group = Group {
            account: coming.account,
            id: call.unique_id(Entity::Group)?,
            name: coming.name.clone(),
            path: coming.path.clone(),
            created: call.now().as_millisecond(),
            policies: Policies::default(),
        };
        call.create_entity(&coming, &group);
        Ok(Output { group: ShownGroup::of(&group) })
    }

    fn response_elements(output: &Output) -> Option<String> {
        Some(output.group.element())
    }
}
