//! `ListSigningCertificates`: the signing certificates of a user: none, as requests are signed with
//! access keys. Tools ask for them before they delete a user.

use serde::Serialize;

use crate::{
    call::Call,
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
        let (name, marker) = (self.user_name.as_ref(), self.marker.as_ref());
        let name = name.map(UserName::as_str);
        let certificates = own::none_of(call, Self::NAME, name, self.max_items, marker).await?;
        Ok(Output { certificates, is_truncated: false })
    }
}
