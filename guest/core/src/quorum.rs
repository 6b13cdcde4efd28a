//! Quorums: the shares of an unseal key, gathered until there are enough of them. A share that does
//! not fit is refused by name, and those before it are kept.

use alloc::vec::Vec;

use crate::{
    domain::Charter,
    encoding,
    error::Error,
    sealed::SealingKey,
    secret::Secret,
    shamir::{self, Share},
};

/// The shares of one unseal key that have come so far. What it holds is wiped when it is dropped.
pub struct Quorum {
    set: [u8; 16],
    charter: Charter,
    shares: Vec<Share>,
}

/// How far a quorum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Shares that have come.
    pub have: u8,
    /// Shares that it takes.
    pub need: u8,
}

/// Why a share was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Its parcel was not sent here, or not for this.
    Unreadable,
    /// It was copied wrongly.
    Damaged,
    /// It is a share of another unseal key.
    Foreign,
    /// It calls itself a share of this unseal key, and is none.
    Forged,
    /// It has come already.
    Repeated,
}

/// Why what takes a quorum was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A share does not fit.
    Share {
        /// Which of those that were sent, from 0.
        at: u32,
        /// Why.
        why: Unfit,
    },
    /// More shares are needed.
    Incomplete(Progress),
    /// Something else is wrong.
    Other(Error),
}

impl Quorum {
    /// None yet of the unseal key `set`.
    pub fn new(set: [u8; 16], charter: Charter) -> Self {
        Self { set, charter, shares: Vec::new() }
    }

    /// Whether it gathers shares of this unseal key.
    pub fn is_of(&self, set: &[u8; 16], charter: &Charter) -> bool {
        self.set == *set && self.charter == *charter
    }

    /// How many there are.
    pub fn progress(&self) -> Progress {
        let have = u8::try_from(self.shares.len()).expect("there are at most 32 shares");
        Progress { have, need: self.charter.threshold }
    }

    /// Takes a share, or the whole key of a single operator. Returns the unseal key once there are
    /// enough of them.
    pub fn take(&mut self, contents: &[u8]) -> Result<Option<SealingKey>, Unfit> {
        if self.charter.fingerprints.is_empty() {
            let whole = Secret::from_slice(contents).ok_or(Unfit::Damaged)?;
            return self.check(SealingKey::new(whole)).map(Some);
        }
        let share = Share::decode(contents).map_err(|_| Unfit::Damaged)?;
        if share.set != self.set {
            return Err(Unfit::Foreign);
        }
        let at = usize::from(share.index).checked_sub(1);
        let known = at.and_then(|at| self.charter.fingerprints.get(at)).ok_or(Unfit::Forged)?;
        if *known != share.fingerprint() || share.threshold != self.charter.threshold {
            return Err(Unfit::Forged);
        }
        if self.shares.iter().any(|own| own.index == share.index) {
            return Err(Unfit::Repeated);
        }
        self.shares.push(share);
        if self.shares.len() < usize::from(self.charter.threshold) {
            return Ok(None);
        }
        let combined = shamir::combine(&self.shares).map_err(|_| Unfit::Forged);
        self.shares.clear();
        self.check(SealingKey::new(combined?)).map(Some)
    }

    fn check(&self, key: SealingKey) -> Result<SealingKey, Unfit> {
        if *key.id() == self.set { Ok(key) } else { Err(Unfit::Foreign) }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// What parcels with shares are for that agree to a new unseal key: the agreement names who will
/// hold it, so that no share that was sent for anything else gives it to anybody.
pub fn agreement(threshold: u8, operators: &[Vec<u8>]) -> Vec<u8> {
    let mut info = Vec::from(b"keycell rekey v1");
    info.push(threshold);
    for operator in operators {
        encoding::put(&mut info, operator.get(..32).unwrap_or(operator));
    }
    info
}
