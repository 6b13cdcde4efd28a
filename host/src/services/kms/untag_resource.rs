//! `UntagResource`: a key without some of its labels.

use crate::{
    authorize::Values,
    call::Call,
    request,
    services::Operation,
    wire::{
        Result,
        members::{KeyTarget, TagKeys},
    },
};

request! {
    pub struct UntagResource {
        key_id "KeyId": KeyTarget,
        tag_keys "TagKeys": TagKeys,
    }
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const READ_ONLY: bool = false;
    type Output = ();

    async fn run(self, call: &mut Call<'_>) -> Result<()> {
        let key = call.key(&self.key_id).await?;
        key.check_stays()?;
        call.save(&key, &key.with_tags(key.tags.without(&self.tag_keys)?));
        Ok(())
    }

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        let keys = self.tag_keys.keys().iter();
        (name == "aws:tagkeys").then(|| Values::many(keys.map(|key| key.as_str())))
    }
}
