//! `ListAttachedRolePolicies`: the managed policies of a role.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, Role},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, PolicyPath, RoleName},
    },
};

use super::shown::ShownPolicy;

request! {
    pub struct ListAttachedRolePolicies {
        role_name "RoleName": RoleName,
        path "PathPrefix": Option<PolicyPath>,
        marker "Marker": Option<Marker>,
        max "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    attached_policies: Vec<ShownPolicy>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListAttachedRolePolicies {
    const NAME: &'static str = "ListAttachedRolePolicies";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        let path = self.path.as_ref().map_or("/", PolicyPath::as_str);
        let list = format!("ListAttachedRolePolicies\n{}\n{path}", role.id);
        let listing = Listing { list: &list, max: self.max, marker: self.marker.as_ref() };
        let (attached_policies, marker) = ShownPolicy::page(&role.policies, path, &listing)?;
        Ok(Output { attached_policies, is_truncated: marker.is_some(), marker })
    }
}
