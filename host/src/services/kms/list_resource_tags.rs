//! `ListResourceTags`: the labels of a key.

use serde::Serialize;

use crate::{
    call::Call,
    keys::Paging,
    request,
    services::Operation,
    wire::{
        Result,
        members::{KeyTarget, Limit, Marker},
    },
};

request! {
    pub struct ListResourceTags {
        key_id "KeyId": KeyTarget,
        limit "Limit": Option<Limit>,
        marker "Marker": Option<Marker>,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    tags: Vec<TagEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagEntry {
    tag_key: String,
    tag_value: String,
}

impl From<(String, String)> for TagEntry {
    fn from((tag_key, tag_value): (String, String)) -> Self {
        Self { tag_key, tag_value }
    }
}

impl Operation for ListResourceTags {
    const NAME: &'static str = "ListResourceTags";
    const READ_ONLY: bool = true;
    type Output = Output;

    /// AWS does not say in which order; here it is that of the names.
    async fn run(self, call: &mut Call<'_>) -> Result<Output> {
        let key = call.key(&self.key_id).await?;
        let marker = self.marker.as_ref();
        let paging = Paging { limit: self.limit, marker, default: 50, most: 50 };
        let (tags, next_marker) = call.tags_of(&key, &paging)?;
        let tags = tags.into_iter().map(TagEntry::from).collect();
        Ok(Output { tags, truncated: next_marker.is_some(), next_marker })
    }
}
