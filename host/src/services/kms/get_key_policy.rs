//! `GetKeyPolicy`: who may use a key, as its owner wrote it.

use serde::Serialize;

use crate::{
    authorize::{KeyPolicy, Values},
    call::Call,
    request,
    services::Operation,
    wire::{
        Error, Result,
        members::{KeyTarget, PolicyName},
    },
};

request! {
    pub struct GetKeyPolicy {
        key_id "KeyId": KeyTarget,
        policy_name "PolicyName": Option<PolicyName>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy: String,
    policy_name: &'static str,
}

impl Operation for GetKeyPolicy {
    const NAME: &'static str = "GetKeyPolicy";
    const READ_ONLY: bool = true;
    type Output = Output;

    /// Works in every state.
    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        if name(self.policy_name.as_ref()) != KeyPolicy::NAME {
            return Err(Error::no_policy());
        }
        Ok(Output { policy: call.policy_text(&key).await?, policy_name: KeyPolicy::NAME })
    }

    fn condition(&self, _: &str, asked: &str) -> Option<Values<'_>> {
        (asked == "kms:policyname").then(|| name(self.policy_name.as_ref()).into())
    }
}

/// The name of a policy, which need not be given.
pub(super) fn name(given: Option<&PolicyName>) -> &str {
    given.map_or(KeyPolicy::NAME, PolicyName::as_str)
}
