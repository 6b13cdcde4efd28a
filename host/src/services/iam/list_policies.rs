//! `ListPolicies`: the managed policies of the account, and those that AWS provides.

use serde::Serialize;

use crate::{
    call::{Call, PolicyFilter},
    identity::Listing,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, PolicyPath, PolicyScope, PolicyUsage},
    },
};

use super::shown_managed::ShownManaged;

request! {
    pub struct ListPolicies {
        scope "Scope": Option<PolicyScope>,
        attached "OnlyAttached": Option<bool>,
        path "PathPrefix": Option<PolicyPath>,
        usage "PolicyUsageFilter": Option<PolicyUsage>,
        marker "Marker": Option<Marker>,
        max "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policies: Vec<ShownManaged>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let path = self.path.as_ref().map_or("/", PolicyPath::as_str);
        let filter = PolicyFilter {
            scope: self.scope.unwrap_or(PolicyScope::All),
            only_attached: self.attached == Some(true),
            usage: self.usage,
            path,
        };
        let list = format!("ListPolicies\n{filter}");
        let listing = Listing { list: &list, max: self.max, marker: self.marker.as_ref() };
        let (found, marker) = call.policies(&filter, &listing).await?;
        let policies = found.iter().map(|(policy, usage)| ShownManaged::of(policy, usage));
        let policies = policies.collect();
        Ok(Output { policies, is_truncated: marker.is_some(), marker })
    }
}
