//! `ListAttachedUserPolicies`: the managed policies that count for a user.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, User},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, NewUserName, PolicyPath},
    },
};

use super::shown::ShownPolicy;

request! {
    pub struct ListAttachedUserPolicies {
        user_name "UserName": NewUserName,
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

impl Operation for ListAttachedUserPolicies {
    const NAME: &'static str = "ListAttachedUserPolicies";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        let prefix = self.path_prefix.as_ref().map_or("/", PolicyPath::as_str);
        let list = format!("ListAttachedUserPolicies {} {prefix}", user.id);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let (attached_policies, marker) = ShownPolicy::page(&user.policies, prefix, &listing)?;
        Ok(Output { attached_policies, is_truncated: marker.is_some(), marker })
    }
}
