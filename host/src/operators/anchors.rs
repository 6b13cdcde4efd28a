//! What delivered files are verified with: the public keys of their digests, and the newest ones.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    audit::{
        delivery::{self, Anchors},
        record::Source,
    },
    service::Service,
};

/// What comes back.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchored {
    /// What is known.
    Anchors(Anchors),
    /// Why nothing is told.
    Refused(String),
}

/// Tells it, and records that it was told.
pub async fn anchors(service: &Arc<Service>, uid: u32) -> Anchored {
    let mut event = service.begin(Source::Operator { uid }, None);
    event.name = "GetTrailAnchors";
    let anchors = match delivery::anchors(service.storage()).await {
        Ok(anchors) => anchors,
        Err(error) => return Anchored::Refused(error.to_string()),
    };
    match service.record(&event, None).await {
        Ok(()) => Anchored::Anchors(anchors),
        Err(unrecorded) => Anchored::Refused(unrecorded.to_string()),
    }
}
