//! `ListRolePolicies`: the names of the inline policies of a role.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, Role},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, RoleName},
    },
};

use super::shown::policy_names;

request! {
    pub struct ListRolePolicies {
        role_name "RoleName": RoleName,
        marker "Marker": Option<Marker>,
        max "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_names: Vec<String>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListRolePolicies {
    const NAME: &'static str = "ListRolePolicies";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        let list = format!("ListRolePolicies\n{}", role.id);
        let listing = Listing { list: &list, max: self.max, marker: self.marker.as_ref() };
        let (policy_names, marker) = policy_names(&role.policies, &listing)?;
        Ok(Output { policy_names, is_truncated: marker.is_some(), marker })
    }
}
