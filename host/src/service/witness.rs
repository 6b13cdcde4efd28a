//! What who verifies the trail has to know of the service, and nobody else can tell.

use std::sync::Arc;

use crate::{
    audit::{Notary, outbox, verify::Anchors},
    wire::Result,
};

use super::{Service, ledger::SystemNotary};

impl Service {
    /// Between what the trail must be whole.
    pub async fn anchors(&self) -> Result<Anchors> {
        let pruned = outbox::pruned_head(&self.storage).await?.unwrap_or_default();
        let head = match self.ledger() {
            Some(ledger) => ledger.trail.head(),
            None => outbox::stored_head(&self.storage).await?.unwrap_or_default(),
        };
        Ok(Anchors { pruned, head })
    }

    /// Who tells whether batches of the trail are the service's own; nobody while it is sealed.
    pub async fn notary(&self) -> Result<Option<Arc<dyn Notary>>> {
        if !self.isolates.is_unsealed() {
            return Ok(None);
        }
        let system = self.tenant(Self::system()).await?;
        Ok(Some(Arc::new(SystemNotary(system))))
    }
}
