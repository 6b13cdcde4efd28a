//! The states of a key, and which operation a key in which state serves: the key-state table.
//!
//! Source: KMS developer guide, "Key states of AWS KMS keys".

use serde::{Deserialize, Serialize};

use crate::wire::{Error, Result};

use super::Key;

/// `KeyState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Serves everything.
    Enabled,
    /// Serves no cryptographic operation.
    Disabled,
}

impl State {
    /// AWS's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
        }
    }
}

impl Key {
    /// Whether it serves cryptographic operations.
    pub fn check_usable(&self) -> Result<()> {
        match self.state {
            State::Enabled => Ok(()),
            State::Disabled => Err(Error::disabled(&self.arn())),
        }
    }

    /// The same key, serving.
    pub fn enable(&self) -> Result<Self> {
        match self.state {
            State::Enabled | State::Disabled => Ok(self.in_state(State::Enabled)),
        }
    }

    /// The same key, serving no cryptographic operation.
    pub fn disable(&self) -> Result<Self> {
        match self.state {
            State::Enabled | State::Disabled => Ok(self.in_state(State::Disabled)),
        }
    }

    fn in_state(&self, state: State) -> Self {
        Self { state, ..self.clone() }
    }
}
