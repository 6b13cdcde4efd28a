//! `ListSigningCertificates`: the signing certificates of a user: none, as requests are signed with
//! access keys. Tools ask for them before they delete a user.

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

use super::own;

request! {
    pub struct ListSigningCertificates {
        user_name "UserName": Option<UserName>,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
pub struct Output {
    #[serde(rename = "Certificates")]
    certificates: Vec<String>,
    #[serde(rename = "IsTruncated")]
    is_truncated: bool,
}

impl Operation for ListSigningCertificates {
    const NAME: &'static str = "ListSigningCertificates";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let given = self.user_name.as_ref().map(UserName::as_str);
        let user = call.entity::<User>(&own::name(call, given)?).await?;
        let list = format!("ListSigningCertificates {}", user.id);
        let listing = Listing { list: &list, max: self.max_items, marker: self.marker.as_ref() };
        let (certificates, _) = page(&listing, Vec::<(String, String)>::new())?;
        Ok(Output { certificates, is_truncated: false })
    }
}
