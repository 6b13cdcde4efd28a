//! `ListAttachedGroupPolicies`: the managed policies that count for a group.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Group, Listing},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{GroupName, Marker, MaxItems, PolicyPath},
    },
};

use super::shown::ShownPolicy;

request! {
    pub struct ListAttachedGroupPolicies {
        group_name "GroupName": GroupName,
        path_prefix "PathPrefix": Option<PolicyPath>,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    attached_policies: Vec<ShownPolicy>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListAttachedGroupPolicies {
    const NAME: &'static str = "ListAttachedGroupPolicies";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        let prefix = self.path_prefix.as_ref().map_or("/", PolicyPath::as_str);
        let list = format!("ListAttachedGroupPolicies {} {prefix}", group.id);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let (attached_policies, marker) = ShownPolicy::page(&group.policies, prefix, &listing)?;
        Ok(Output { attached_policies, is_truncated: marker.is_some(), marker })
    }
}
