//! What who verifies the trail asks of the running service. The segments it reads by itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    audit::{delivery, segment::LABEL, verify::Anchors},
    service::Service,
    wire::{Error, Result},
};

/// What is asked. It changes nothing and leaves no record.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Between what the trail must be whole.
    Anchors,
    /// Whether batches are the service's own.
    Tags {
        /// Their hashes, and the tags they have.
        tags: Vec<(Vec<u8>, Vec<u8>)>,
    },
    /// What delivered files are verified with.
    Delivered,
}

/// What is told.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// Between what the trail must be whole.
    Anchors(Anchors),
    /// Whether each batch is; none can be told while the service is sealed.
    Tags(Option<Vec<bool>>),
    /// What delivered files are verified with.
    Delivered(delivery::Anchors),
    /// Why nothing can be told.
    Refused(String),
}

/// Answers.
pub async fn run(service: &Arc<Service>, command: &Command) -> Reply {
    answer(service, command).await.unwrap_or_else(|error| Reply::Refused(told(error)))
}

async fn answer(service: &Arc<Service>, command: &Command) -> Result<Reply> {
    match command {
        Command::Anchors => Ok(Reply::Anchors(service.anchors().await?)),
        Command::Tags { tags } => {
            let Some(notary) = service.notary().await? else { return Ok(Reply::Tags(None)) };
            let tags: Vec<_> =
                tags.iter().map(|(hash, tag)| (hash.as_slice(), tag.as_slice())).collect();
            let good = notary.check_all(LABEL, &tags).map_err(Error::world)?;
            Ok(Reply::Tags(Some(good)))
        }
        Command::Delivered => Ok(Reply::Delivered(delivery::anchors(service.storage()).await?)),
    }
}

fn told(error: Error) -> String {
    match error {
        Error::World(source) => source.to_string(),
        Error::Caller(error) => error.code.to_owned(),
        Error::Conflict => "a record was changed at the same moment".to_owned(),
    }
}
