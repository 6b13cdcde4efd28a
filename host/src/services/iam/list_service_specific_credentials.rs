//! `ListServiceSpecificCredentials`: what a user signs in to other services with: none, as there
//! are no such services here. Tools ask for them before they delete a user.

use serde::Serialize;

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{
        Result,
        members::iam::{Marker, MaxItems, NewUserName},
    },
};

use super::own;

request! {
    pub struct ListServiceSpecificCredentials {
        user_name "UserName": Option<NewUserName>,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
    later { "AllUsers", "ServiceName" }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    service_specific_credentials: Vec<String>,
    is_truncated: bool,
}

impl Operation for ListServiceSpecificCredentials {
    const NAME: &'static str = "ListServiceSpecificCredentials";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let (name, marker) = (self.user_name.as_ref(), self.marker.as_ref());
        let name = name.map(NewUserName::as_str);
        let none = own::none_of(call, Self::NAME, name, self.max_items, marker).await?;
        Ok(Output { service_specific_credentials: none, is_truncated: false })
    }
}
