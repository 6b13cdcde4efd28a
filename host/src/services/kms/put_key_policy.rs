//! `PutKeyPolicy`: who may use a key from now on.

use crate::{
    authorize::{KeyPolicy, Values},
    call::{Call, LockoutCheck},
    keys::Key,
    request,
    services::Operation,
    wire::{
        Error, Result,
        member::Defaulted,
        members::{KeyTarget, PolicyName, PolicyText},
    },
};

use super::get_key_policy::name;

request! {
    pub struct PutKeyPolicy {
        key_id "KeyId": KeyTarget,
        policy_name "PolicyName": Option<PolicyName>,
        policy "Policy": PolicyText,
        bypass_lockout_check "BypassPolicyLockoutSafetyCheck": Defaulted<bool>,
    }
}

impl Operation for PutKeyPolicy {
    const NAME: &'static str = "PutKeyPolicy";
    const READ_ONLY: bool = false;
    type Output = ();

    /// Works in every state.
    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let key = call.key(&self.key_id).await?;
        match name(self.policy_name.as_ref()) {
            KeyPolicy::NAME => {}
            "AWS_RAM" => return Err(Error::foreign_policy()),
            _ => return Err(Error::no_policy()),
        }
        let policy = KeyPolicy::written(self.policy.as_str())?;
        let policy = call.bind_policy(&policy, key.account).await?;
        let lockout = LockoutCheck::unless(self.bypass_lockout_check.0);
        call.check_lockout(&key, &policy, lockout).await?;
        let new = Key { policy, ..Key::clone(&key) };
        call.save(&key, &new);
        Ok(())
    }

    fn condition(&self, _: &str, asked: &str) -> Option<Values<'_>> {
        match asked {
            "kms:policyname" => Some(name(self.policy_name.as_ref()).into()),
            "kms:bypasspolicylockoutsafetycheck" => Some(self.bypass_lockout_check.0.into()),
            _ => None,
        }
    }
}
