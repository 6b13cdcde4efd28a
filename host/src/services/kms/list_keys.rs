//! `ListKeys`: all keys of the caller's account in this Region.

use serde::Serialize;

use crate::{
    call::Call,
    keys::{Key, Paging},
    request,
    services::Operation,
    wire::{
        Result,
        members::{Limit, Marker, ResourceOwner, ResourceOwners},
    },
};

request! {
    pub struct ListKeys {
        limit "Limit": Option<Limit>,
        marker "Marker": Option<Marker>,
        resource_owners "ResourceOwners": Option<ResourceOwners>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    keys: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key_id: String,
    key_arn: String,
}

impl From<&Key> for Entry {
    fn from(key: &Key) -> Self {
        Self { key_id: key.id.to_string(), key_arn: key.arn().to_string() }
    }
}

impl Operation for ListKeys {
    const NAME: &'static str = "ListKeys";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let account = call.account()?;
        let marker = self.marker.as_ref();
        let paging = Paging { limit: self.limit, marker, default: 100, most: 1000 };
        let owners = self.resource_owners.as_ref();
        let (keys, next_marker) = match owners.is_none_or(|owners| owners.has(ResourceOwner::Own)) {
            true => call.keys(&account, &paging).await?,
            // Nothing is shared through AWS RAM here: what other accounts share is an empty list.
            false => call.no_keys(&account, &paging)?,
        };
        let keys = keys.iter().map(|key| Entry::from(&**key)).collect();
        Ok(Output { keys, truncated: next_marker.is_some(), next_marker })
    }
}
