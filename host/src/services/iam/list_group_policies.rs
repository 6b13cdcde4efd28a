//! `ListGroupPolicies`: the names of the inline policies of a group.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Group, Listing},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{GroupName, Marker, MaxItems},
    },
};

use super::shown::policy_names;

request! {
    pub struct ListGroupPolicies {
        group_name "GroupName": GroupName,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_names: Vec<String>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListGroupPolicies {
    const NAME: &'static str = "ListGroupPolicies";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        let list = format!("ListGroupPolicies {}", group.id);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let (policy_names, marker) = policy_names(&group.policies, &listing)?;
        Ok(Output { policy_names, is_truncated: marker.is_some(), marker })
    }
}
