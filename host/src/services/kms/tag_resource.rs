//! `TagResource`: labels for a key.

use crate::{
    authorize::Values,
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

    fn condition(&self, _: &str, name: &str) -> Option<Values<'_>> {
        asked(&self.tags, name)
    }
}

/// What conditions on the tags of a request ask for, in lower case. Tags whose names differ in case
/// alone are one to them: the last is taken.
pub(super) fn asked<'a>(tags: &'a TagList, name: &str) -> Option<Values<'a>> {
    let tags = tags.tags();
    if name == "aws:tagkeys" {
        return Some(Values::many(tags.iter().map(|tag| tag.key.as_str())));
    }
    let wanted = name.strip_prefix("aws:requesttag/")?;
    let mut tags = tags.iter().rev();
    let tag = tags.find(|tag| tag.key.as_str().to_lowercase() == wanted)?;
    Some(tag.value.as_str().into())
}
