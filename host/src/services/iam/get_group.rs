//! `GetGroup`: tells of a group, and who is in it.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Group, Listing, page},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{GroupName, Marker, MaxItems},
    },
};

use super::shown::{ShownGroup, ShownUser};

request! {
    pub struct GetGroup {
        group_name "GroupName": GroupName,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    group: ShownGroup,
    users: Vec<ShownUser>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for GetGroup {
    const NAME: &'static str = "GetGroup";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let group = call.entity::<Group>(self.group_name.as_str()).await?;
        let list = format!("GetGroup {}", group.id);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let found = call.members(&group).await?;
        let found =
            found.iter().map(|user| (user.name.to_ascii_lowercase(), ShownUser::listed(user)));
        let (users, marker) = page(&listing, found)?;
        let group = ShownGroup::of(&group);
        Ok(Output { group, users, is_truncated: marker.is_some(), marker })
    }
}
