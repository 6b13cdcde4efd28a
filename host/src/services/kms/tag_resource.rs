//! `TagResource`: labels for a key.

use crate::{
    call::Call,
    keys::Tags,
    request,
    services::Operation,
    wire::{
        Result,
        members::{KeyTarget, TagList},
    },
};

request! {
    pub struct TagResource {
        key_id "KeyId": KeyTarget,
        tags "Tags": TagList,
    }
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let wanted = Tags::wanted(&self.tags)?;
        let key = call.key(&self.key_id).await?;
        key.check_stays()?;
        call.save(&key, &key.with_tags(key.tags.with(wanted)?));
        Ok(())
    }
}
