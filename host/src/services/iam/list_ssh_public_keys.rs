//! `ListSSHPublicKeys`: the SSH keys of a user: none, as nothing here is reached by SSH. Tools ask
//! for them before they delete a user.

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
    pub struct ListSSHPublicKeys {
        user_name "UserName": Option<NewUserName>,
        marker "Marker": Option<Marker>,
        max_items "MaxItems": Option<MaxItems>,
    }
}

#[derive(Serialize)]
pub struct Output {
    #[serde(rename = "SSHPublicKeys")]
    ssh_public_keys: Vec<String>,
    #[serde(rename = "IsTruncated")]
    is_truncated: bool,
}

impl Operation for ListSSHPublicKeys {
    const NAME: &'static str = "ListSSHPublicKeys";
    const READ_ONLY: bool = true;
    type Output = Output;

    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let (name, marker) = (self.user_name.as_ref(), self.marker.as_ref());
        let name = name.map(NewUserName::as_str);
        let ssh_public_keys = own::none_of(call, Self::NAME, name, self.max_items, marker).await?;
        Ok(Output { ssh_public_keys, is_truncated: false })
    }
}
