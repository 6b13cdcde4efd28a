//! `ListUserTags`: the labels of a user.

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

use super::shown::ShownTag;

request! {
    pub struct ListUserTags {
        user_name "UserName": UserName,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    tags: Vec<ShownTag>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListUserTags {
    const NAME: &'static str = "ListUserTags";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        let list = format!("ListUserTags {}", user.id);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let (tags, marker) = ShownTag::page(&user.tags, &listing)?;
        Ok(Output { tags, is_truncated: marker.is_some(), marker })
    }
}
