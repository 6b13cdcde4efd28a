//! `ListRoleTags`: the labels of a role.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, Role},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, RoleName},
    },
};

use super::shown::ShownTag;

request! {
    pub struct ListRoleTags {
        role_name "RoleName": RoleName,
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

impl Operation for ListRoleTags {
    const NAME: &'static str = "ListRoleTags";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let role = call.entity::<Role>(self.role_name.as_str()).await?;
        let list = format!("ListRoleTags\n{}", role.id);
        let listing = Listing { list: &list, max: self.max, marker: self.marker.as_ref() };
        let (tags, marker) = ShownTag::page(&role.tags, &listing)?;
        Ok(Output { tags, is_truncated: marker.is_some(), marker })
    }
}
