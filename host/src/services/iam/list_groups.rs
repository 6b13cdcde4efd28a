//! `ListGroups`: the groups of the account.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Group, Listing},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, PathPrefix},
    },
};

use super::shown::ShownGroup;

request! {
    pub struct ListGroups {
        path_prefix "PathPrefix": Option<PathPrefix>,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    groups: Vec<ShownGroup>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListGroups {
    const NAME: &'static str = "ListGroups";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let path = self.path_prefix.as_ref().map_or("/", PathPrefix::as_str);
        let list = format!("ListGroups {} {path}", call.caller().account);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let (found, marker) = call.entities::<Group>(path, &listing).await?;
        let groups = found.iter().map(|group| ShownGroup::of(group)).collect();
        Ok(Output { groups, is_truncated: marker.is_some(), marker })
    }
}
