//! `ListPolicyTags`: the labels of a managed policy.

use serde::Serialize;

use crate::{
    call::{AnyPolicy, Call},
    identity::{IamTags, Listing},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, PolicyArn},
    },
};

use super::shown::ShownTag;

request! {
    pub struct ListPolicyTags {
        policy "PolicyArn": PolicyArn,
        marker "Marker": Option<Marker>,
        max "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    tags: Vec<ShownTag>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListPolicyTags {
    const NAME: &'static str = "ListPolicyTags";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let arn = self.policy.as_str();
        let policy = call.policy(arn).await?;
        let tags = match &*policy {
            AnyPolicy::Own(own) => own.tags.clone(),
            AnyPolicy::Provided(_) => IamTags::default(),
        };
        let list = format!("ListPolicyTags\n{arn}");
        let listing = Listing { list: &list, max: self.max, marker: self.marker.as_ref() };
        let (tags, marker) = ShownTag::page(&tags, &listing)?;
        Ok(Output { tags, is_truncated: marker.is_some(), marker })
    }
}
