//! `ListAccountAliases`: other names of the account: none, as nobody signs in by one.

use serde::Serialize;

use crate::{
    call::Call,
    identity::{Listing, page},
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems},
    },
};

request! {
    pub struct ListAccountAliases {
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    account_aliases: Vec<String>,
    is_truncated: bool,
}

impl Operation for ListAccountAliases {
    const NAME: &'static str = "ListAccountAliases";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let account = call.account()?;
        let list = format!("ListAccountAliases {}", account.id);
        let listing = Listing { list: &list, max: self.max_items, marker: self.marker.as_ref() };
        let (account_aliases, _) = page(&listing, Vec::<(String, String)>::new())?;
        Ok(Output { account_aliases, is_truncated: false })
    }
}
