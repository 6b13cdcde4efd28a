//! `ListAliases`: the aliases of the caller's account in this Region, or those of one key.

use serde::Serialize;

use crate::{
    call::Call,
    keys::{Alias, Paging},
    request,
    services::Operation,
    wire::{
        Result,
        members::{KeyTarget, Limit, Marker},
    },
};

use super::metadata::seconds;

request! {
    pub struct ListAliases {
        key_id "KeyId": Option<KeyTarget>,
        limit "Limit": Option<Limit>,
        marker "Marker": Option<Marker>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    aliases: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    alias_name: String,
    alias_arn: String,
    target_key_id: String,
    creation_date: f64,
    last_updated_date: f64,
}

impl Operation for ListAliases {
    const NAME: &'static str = "ListAliases";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let account = call.account()?;
        let marker = self.marker.as_ref();
        let paging = Paging { limit: self.limit, marker, default: 50, most: 100 };
        let (aliases, next_marker) = match &self.key_id {
            None => call.aliases(&account, &paging).await?,
            Some(key) => {
                let key = call.key(key).await?;
                call.aliases_of(&key, &paging).await?
            }
        };
        let aliases = aliases.iter().map(|alias| Entry::from(&**alias)).collect();
        Ok(Output { aliases, truncated: next_marker.is_some(), next_marker })
    }
}

impl From<&Alias> for Entry {
    fn from(alias: &Alias) -> Self {
        Self {
            alias_name: alias.name.clone(),
            alias_arn: alias.arn().to_string(),
            target_key_id: alias.target.to_string(),
            creation_date: seconds(alias.created),
            last_updated_date: seconds(alias.updated),
        }
    }
}
