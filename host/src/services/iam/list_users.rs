//! `ListUsers`: the users of the account.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, User},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, PathPrefix},
    },
};

use super::shown::ShownUser;

request! {
    pub struct ListUsers {
        path_prefix "PathPrefix": Option<PathPrefix>,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    users: Vec<ShownUser>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListUsers {
    const NAME: &'static str = "ListUsers";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let path = self.path_prefix.as_ref().map_or("/", PathPrefix::as_str);
        let list = format!("ListUsers {} {path}", call.caller().account);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let (found, marker) = call.entities::<User>(path, &listing).await?;
        let users = found.iter().map(|user| ShownUser::listed(user)).collect();
        Ok(Output { users, is_truncated: marker.is_some(), marker })
    }
}
