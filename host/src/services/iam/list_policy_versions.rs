//! `ListPolicyVersions`: the versions of a managed policy, the newest first.

use serde::Serialize;

use crate::{
    call::{AnyPolicy, Call},
    identity::{Listing, page},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, PolicyArn},
    },
};

use super::shown_managed::ShownVersion;

request! {
    pub struct ListPolicyVersions {
        policy "PolicyArn": PolicyArn,
        marker "Marker": Option<Marker>,
        max "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    versions: Vec<ShownVersion>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListPolicyVersions {
    const NAME: &'static str = "ListPolicyVersions";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let arn = self.policy.as_str();
        let policy = call.policy(arn).await?;
        let versions = match &*policy {
            AnyPolicy::Own(own) => {
                own.versions.iter().rev().map(|one| ShownVersion::of(own, one)).collect()
            }
            AnyPolicy::Provided(provided) => vec![ShownVersion::of_provided(provided)],
        };
        let list = format!("ListPolicyVersions\n{arn}");
        let listing = Listing { list: &list, max: self.max, marker: self.marker.as_ref() };
        let (versions, marker) = page(&listing, versions.into_iter().map(ShownVersion::ordered))?;
        Ok(Output { versions, is_truncated: marker.is_some(), marker })
    }
}
