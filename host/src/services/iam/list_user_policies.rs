//! `ListUserPolicies`: the names of the inline policies of a user.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, User},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, UserName},
    },
};

use super::shown::policy_names;

request! {
    pub struct ListUserPolicies {
        user_name "UserName": UserName,
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

impl Operation for ListUserPolicies {
    const NAME: &'static str = "ListUserPolicies";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        let list = format!("ListUserPolicies {}", user.id);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let (policy_names, marker) = policy_names(&user.policies, &listing)?;
        Ok(Output { policy_names, is_truncated: marker.is_some(), marker })
    }
}
