//! `ListGroupsForUser`: the groups that a user is in.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, User, page},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, UserName},
    },
};

use super::shown::ShownGroup;

request! {
    pub struct ListGroupsForUser {
        user_name "UserName": UserName,
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

impl Operation for ListGroupsForUser {
    const NAME: &'static str = "ListGroupsForUser";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let user = call.entity::<User>(self.user_name.as_str()).await?;
        let list = format!("ListGroupsForUser {}", user.id);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let found = call.groups_of(&user).await?;
        let found =
            found.iter().map(|group| (group.name.to_ascii_lowercase(), ShownGroup::of(group)));
        let (groups, marker) = page(&listing, found)?;
        Ok(Output { groups, is_truncated: marker.is_some(), marker })
    }
}
