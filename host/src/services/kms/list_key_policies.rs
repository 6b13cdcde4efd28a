//! `ListKeyPolicies`: the names of a key's policies, of which there is one.

use serde::Serialize;

use crate::{
    authorize::KeyPolicy,
    call::Call,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{KeyTarget, Limit, Marker},
    },
};

request! {
    pub struct ListKeyPolicies {
        key_id "KeyId": KeyTarget,
        limit "Limit": Option<Limit>,
        marker "Marker": Option<Marker>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_names: [&'static str; 1],
    truncated: bool,
}

impl Operation for ListKeyPolicies {
    const NAME: &'static str = "ListKeyPolicies";
    const READ_ONLY: bool = true;
    type Output = Output;

    /// Works in every state. One name is always the whole list, whatever the limit, so that no
    /// marker was ever given out.
    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let _key = call.key(&self.key_id).await?;
        if self.marker.is_some() {
            return Err(Error::invalid_marker());
        }
        Ok(Output { policy_names: [KeyPolicy::NAME], truncated: false })
    }
}
