//! The states of a key, and which operation a key in which state serves: the key-state table.
//!
//! Source: KMS developer guide, "Key states of AWS KMS keys".

use serde::{Deserialize, Serialize};

use crate::wire::{Error, Result};

use super::{Key, Stage};

/// What its owner wants of a key. What comes of it depends on its material, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It serves everything.
    Enabled,
    /// It serves no cryptographic operation.
    Disabled,
}

/// `KeyState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Serves everything.
    Enabled,
    /// Serves no cryptographic operation.
    Disabled,
    /// Waits for material that was never there, was deleted or has expired.
    PendingImport,
    /// Serves nothing, and is deleted after a while.
    PendingDeletion,
    /// The same once its replicas are.
    PendingReplicaDeletion,
}

impl State {
    /// AWS's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingImport => "PendingImport",
            Self::PendingDeletion => "PendingDeletion",
            Self::PendingReplicaDeletion => "PendingReplicaDeletion",
        }
    }
}

impl Key {
    /// In which state the key is now, in milliseconds since 1970. Expiry is looked at wherever a
    /// key is used, so that it does not matter when expired material is swept away.
    pub fn state(&self, now: i64) -> State {
        if let Some(leaving) = self.leaving() {
            return leaving;
        }
        let mut permanent =
            self.materials.iter().filter(|material| material.stage != Stage::PendingRotation);
        let is_complete =
            self.newest().is_some() && permanent.all(|material| material.is_there(now));
        match (is_complete, self.standing) {
            (false, _) => State::PendingImport,
            (true, Standing::Enabled) => State::Enabled,
            (true, Standing::Disabled) => State::Disabled,
        }
    }

    /// Whether it serves cryptographic operations.
    pub fn check_usable(&self, now: i64) -> Result<()> {
        match self.state(now) {
            State::Enabled => Ok(()),
            State::Disabled => Err(Error::disabled(&self.arn())),
            State::PendingImport => Err(Error::pending_import(&self.arn())),
            State::PendingDeletion | State::PendingReplicaDeletion => self.check_stays(),
        }
    }

    /// Whether its public half can be told, and whether its owner can enable and disable it.
    pub fn check_whole(&self, now: i64) -> Result<()> {
        match self.state(now) {
            State::Enabled | State::Disabled => Ok(()),
            State::PendingImport => Err(Error::pending_import(&self.arn())),
            State::PendingDeletion | State::PendingReplicaDeletion => self.check_stays(),
        }
    }

    /// The same key, serving.
    pub fn enable(&self, now: i64) -> Result<Self> {
        self.with_standing(Standing::Enabled, now)
    }

    /// The same key, serving no cryptographic operation.
    pub fn disable(&self, now: i64) -> Result<Self> {
        self.with_standing(Standing::Disabled, now)
    }

    fn with_standing(&self, standing: Standing, now: i64) -> Result<Self> {
        self.check_whole(now)?;
        Ok(Self { standing, ..self.clone() })
    }
}
