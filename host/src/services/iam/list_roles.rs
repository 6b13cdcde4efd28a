//! `ListRoles`: the roles of the account, by their names.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, Role},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, PathPrefix},
    },
};

use super::shown_role::ShownRole;

request! {
    pub struct ListRoles {
        path "PathPrefix": Option<PathPrefix>,
        marker "Marker": Option<Marker>,
        max "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    roles: Vec<ShownRole>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListRoles {
    const NAME: &'static str = "ListRoles";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let path = self.path.as_ref().map_or("/", PathPrefix::as_str);
        let list = format!("ListRoles\n{path}");
        let listing = Listing { list: &list, max: self.max, marker: self.marker.as_ref() };
        let (found, marker) = call.entities::<Role>(path, &listing).await?;
        let mut roles = Vec::with_capacity(found.len());
        for role in &found {
            roles.push(ShownRole::listed(role, &call.trust_text(role).await?));
        }
        Ok(Output { roles, is_truncated: marker.is_some(), marker })
    }
}
