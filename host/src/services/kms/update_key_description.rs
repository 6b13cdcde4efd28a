//! `UpdateKeyDescription`: other words for a key.

use crate::{
    call::Call,
    request,
    services::Operation,
    wire::{
        Result,
        members::{Description, KeyTarget},
    },
};

request! {
    pub struct UpdateKeyDescription {
        key_id "KeyId": KeyTarget,
        description "Description": Description,
    }
}

impl Operation for UpdateKeyDescription {
    const NAME: &'static str = "UpdateKeyDescription";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let key = call.key(&self.key_id).await?;
        key.check_stays()?;
        call.save(&key, &key.with_description(self.description.as_str()));
        Ok(())
    }
}
