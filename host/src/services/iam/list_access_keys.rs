//! `ListAccessKeys`: the access keys of a user, or of the root user, without their secrets.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Bearer, Listing, Principal, Status, User, page},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, UserName},
    },
};

use super::{own, shown::time};

request! {
    pub struct ListAccessKeys {
        user_name "UserName": Option<UserName>,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    access_key_metadata: Vec<Metadata>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Operation for ListAccessKeys {
    const NAME: &'static str = "ListAccessKeys";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        if let (None, Principal::Root) = (&self.user_name, &call.caller().principal) {
            let account = call.own_account().await?;
            let root = Metadata {
                user_name: None,
                access_key_id: account.root_access_key_id.clone(),
                status: Status::Active.as_str(),
                create_date: time(account.root_access_key_created.unwrap_or(account.created)),
            };
            let access_key_metadata = vec![root];
            return Ok(Output { access_key_metadata, is_truncated: false, marker: None });
        }
        let name = own::user_name(call, self.user_name.as_ref())?.to_owned();
        let user = call.entity::<User>(&name).await?;
        let list = format!("ListAccessKeys {}", user.id);
        let (max, marker) = (self.max_items, self.marker.as_ref());
        let listing = Listing { list: &list, max, marker };
        let mut found = Vec::with_capacity(user.access_keys.len());
        for id in &user.access_keys {
            let key = call.access_key(&user, id).await?;
            if let Bearer::User { status, created, .. } = &key.bearer {
                let shown = Metadata {
                    user_name: Some(user.name.clone()),
                    access_key_id: id.clone(),
                    status: status.as_str(),
                    create_date: time(*created),
                };
                found.push((id, shown));
            }
        }
        found.sort_by_key(|(id, _)| *id);
        let (access_key_metadata, marker) = page(&listing, found)?;
        Ok(Output { access_key_metadata, is_truncated: marker.is_some(), marker })
    }
}

/// An access key, as lists show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metadata {
    /// The root user has none.
    user_name: Option<String>,
    access_key_id: String,
    status: &'static str,
    create_date: String,
}
