//! `ListInstanceProfiles`: none, as there are no instances here.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, page},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, PathPrefix},
    },
};

request! {
    pub struct ListInstanceProfiles {
        path_prefix "PathPrefix": Option<PathPrefix>,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    instance_profiles: Vec<String>,
    is_truncated: bool,
}

impl Operation for ListInstanceProfiles {
    const NAME: &'static str = "ListInstanceProfiles";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let account = call.account()?;
        let list = format!("ListInstanceProfiles {}", account.id);
        let listing = Listing { list: &list, max: self.max_items, marker: self.marker.as_ref() };
        let (instance_profiles, _) = page(&listing, Vec::<(String, String)>::new())?;
        Ok(Output { instance_profiles, is_truncated: false })
    }
}
