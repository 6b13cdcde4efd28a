//! Deletion: a key waits for it, and can be taken back until then.
//!
//! Source: KMS developer guide, "Deleting AWS KMS keys".

use serde::{Deserialize, Serialize};

use crate::{
    arn::Region,
    wire::{Error, Result},
};

use super::{Key, Standing, State};

/// A deletion that is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// How long the key waits, in days.
    pub window: u32,
    /// When the wait ends, in milliseconds since 1970. None while the key's replicas are there: it
    /// begins when the last of them is deleted.
    pub at: Option<i64>,
}

impl Deletion {
    /// One that nothing stands in the way of.
    pub fn after(window: u32, now: i64) -> Self {
        Self { window, at: Some(now.saturating_add(i64::from(window) * DAY)) }
    }
}

impl Key {
    /// The same key, to be deleted after that many days.
    pub fn schedule_deletion(&self, window: u32, now: i64) -> Result<Self> {
        self.check_stays()?;
        let has_replicas = self.topology.as_ref().is_some_and(|topology| {
            topology.primary == self.region && !topology.replicas.is_empty()
        });
        let deletion = match has_replicas {
            true => Deletion { window, at: None },
            false => Deletion::after(window, now),
        };
        Ok(Self { deletion: Some(deletion), ..self.clone() })
    }

    /// The same key, to stay. It is disabled, so that nobody uses it by mistake.
    pub fn cancel_deletion(&self) -> Result<Self> {
        match self.deletion {
            Some(_) => Ok(Self { deletion: None, standing: Standing::Disabled, ..self.clone() }),
            None => {
                let arn = self.arn();
                Err(Error::invalid_state(format!("{arn} is not pending deletion.")))
            }
        }
    }

    /// Refuses what makes no sense for a key that is to be deleted.
    pub fn check_stays(&self) -> Result<()> {
        match self.leaving() {
            Some(State::PendingReplicaDeletion) => {
                let arn = self.arn();
                Err(Error::invalid_state(format!("{arn} is pending replica deletion.")))
            }
            Some(_) => Err(Error::invalid_state(format!("{} is pending deletion.", self.arn()))),
            None => Ok(()),
        }
    }

    /// A replica is gone: when it was the last one, the primary's own wait begins.
    pub fn without_replica(&self, region: Region, now: i64) -> Self {
        let mut key = self.clone();
        let Some(topology) = &mut key.topology else { return key };
        topology.replicas.retain(|replica| *replica != region);
        if let (true, true, Some(Deletion { window, at: None })) =
            (topology.replicas.is_empty(), topology.primary == key.region, key.deletion)
        {
            key.deletion = Some(Deletion::after(window, now));
        }
        key
    }

    /// The state of a key that is to be deleted.
    pub(super) fn leaving(&self) -> Option<State> {
        self.deletion.map(|deletion| match deletion.at {
            Some(_) => State::PendingDeletion,
            None => State::PendingReplicaDeletion,
        })
    }
}

/// In milliseconds.
pub(super) const DAY: i64 = 24 * 60 * 60 * 1000;
