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
    /// Whether what leads to the key is being removed. Then there is no way back.
    #[serde(default)]
    pub has_begun: bool,
}

impl Deletion {
    /// One that nothing stands in the way of.
    pub fn after(window: u32, now: i64) -> Self {
        let at = Some(now.saturating_add(i64::from(window) * DAY));
        Self { window, at, has_begun: false }
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
            true => Deletion { window, at: None, has_begun: false },
            false => Deletion::after(window, now),
        };
        Ok(Self { deletion: Some(deletion), ..self.clone() })
    }

    /// The same key, to stay. It is disabled, so that nobody uses it by mistake.
    pub fn cancel_deletion(&self) -> Result<Self> {
        match self.deletion {
            // Its grants may be gone already: it is no more the key that it was.
            Some(Deletion { has_begun: true, .. }) => Err(Error::no_key(&self.arn())),
            Some(_) => Ok(Self { deletion: None, standing: Standing::Disabled, ..self.clone() }),
            None => {
                let arn = self.arn();
                Err(Error::invalid_state(format!("{arn} is not pending deletion.")))
            }
        }
    }

    /// The same key, whose deletion begins; none if it has begun.
    pub fn begin_deletion(&self) -> Option<Self> {
        let deletion = self.deletion.filter(|deletion| !deletion.has_begun)?;
        Some(Self { deletion: Some(Deletion { has_begun: true, ..deletion }), ..self.clone() })
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
        if let (true, true, Some(Deletion { window, at: None, .. })) =
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{
        Stage,
        import::tests::{NOW, key},
    };

    #[test]
    fn there_is_a_way_back_until_the_deletion_has_begun() {
        let key = key(&[(1, Stage::Current)]).schedule_deletion(7, NOW).unwrap();
        let kept = key.cancel_deletion().unwrap();
        assert_eq!((kept.deletion, kept.standing), (None, Standing::Disabled));
        let going = key.begin_deletion().unwrap();
        assert_eq!(going.due(), key.due());
        assert!(going.begin_deletion().is_none());
        let Err(Error::Caller(gone)) = going.cancel_deletion() else { panic!("it is too late") };
        assert_eq!(gone.code, "NotFoundException");
        assert_eq!(going.state(NOW), State::PendingDeletion);
    }
}
