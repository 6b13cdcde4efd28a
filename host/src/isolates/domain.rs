//! Calls to the root isolate: the domain keys, and who unseals them.

use std::convert::Infallible;

use super::{
    Failure, Isolates, Refusal, TenantId,
    bindings::root::exports::keycell::isolate::domain::{self, Unfit as Word},
};

/// What the service stores and what its operators keep.
pub struct Founding {
    /// The domain keys under the unseal key.
    pub sealed_domain: Vec<u8>,
    /// The shares of the unseal key, each encrypted to its operator; all of it for a single one.
    pub shares: Vec<Vec<u8>>,
}

/// How far a quorum is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Shares that have come.
    pub have: u8,
    /// Shares that it takes.
    pub need: u8,
}

/// Why a share was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It was not encrypted to this root isolate, or not for this.
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
#[derive(Debug)]
pub enum Refused {
    /// A share does not fit; those before it are kept.
    Share {
        /// Which of those that were sent, from 0.
        at: u32,
        /// Why.
        why: Unfit,
    },
    /// More shares are needed.
    Incomplete(Progress),
    /// Something else is wrong.
    Other(Failure),
}

impl Isolates {
    /// A public key for unseal keys and shares, good until the root isolate is sealed or replaced.
    pub fn reception(&self) -> Result<Vec<u8>, Failure> {
        self.root_call(|root, store| {
            let reception = root.keycell_isolate_domain().call_reception(store)?;
            Ok(Ok::<_, Infallible>(reception))
        })
    }

    /// Makes a domain key under a new unseal key, all of which comes out encrypted to one operator.
    pub fn initialise(&self, operator: &[u8]) -> Result<Founding, Failure> {
        let operators = [operator.to_vec()];
        let leaves_unsealed = |_: &domain::Founding| Some(true);
        let founding = self.root_call_leaving(leaves_unsealed, |root, store| {
            root.keycell_isolate_domain().call_initialise(store, 1, &operators)
        })?;
        Ok(founding.into())
    }

    /// Takes one share that was encrypted to [`Isolates::reception`], and opens the domain keys
    /// once there are enough.
    pub fn unseal(&self, sealed_domain: &[u8], share: &[u8]) -> Result<Progress, Refused> {
        let is_open = |taken: &Result<domain::Progress, domain::Refused>| {
            let progress = taken.as_ref().ok()?;
            (progress.have == progress.need).then_some(true)
        };
        let taken = self.root_call_leaving(is_open, |root, store| {
            let taken = root.keycell_isolate_domain().call_unseal(store, sealed_domain, share)?;
            Ok(Ok::<_, Infallible>(taken))
        })?;
        Ok(taken?.into())
    }

    /// Seals the domain keys under a new unseal key, if a quorum of its present holders agrees.
    /// Nothing changes until [`Isolates::confirm`].
    pub fn rekey(
        &self,
        quorum: &[Vec<u8>],
        threshold: u8,
        operators: &[Vec<u8>],
    ) -> Result<Founding, Refused> {
        let founding = self.root_call(|root, store| {
            let domain = root.keycell_isolate_domain();
            Ok(Ok::<_, Infallible>(domain.call_rekey(store, quorum, threshold, operators)?))
        })?;
        Ok(founding?.into())
    }

    /// Proves that a quorum opens what [`Isolates::rekey`] has sealed; from now on it is theirs.
    pub fn confirm(&self, sealed_domain: &[u8], quorum: &[Vec<u8>]) -> Result<(), Refused> {
        let confirmed = self.root_call(|root, store| {
            let domain = root.keycell_isolate_domain();
            Ok(Ok::<_, Infallible>(domain.call_confirm(store, sealed_domain, quorum)?))
        })?;
        Ok(confirmed?)
    }

    /// The domain keys with a new one, sealed; used once it is [adopted](Isolates::adopt).
    pub fn rotate_domain(&self) -> Result<Vec<u8>, Failure> {
        self.root_call(|root, store| root.keycell_isolate_domain().call_rotate(store))
    }

    /// The newest domain key alone, sealed; used once it is [adopted](Isolates::adopt).
    pub fn retire_domain(&self) -> Result<Vec<u8>, Failure> {
        self.root_call(|root, store| root.keycell_isolate_domain().call_retire(store))
    }

    /// Uses the domain keys that are stored now.
    pub fn adopt(&self, sealed_domain: &[u8]) -> Result<(), Failure> {
        self.root_call(|root, store| root.keycell_isolate_domain().call_adopt(store, sealed_domain))
    }

    /// A new tenant root, sealed.
    pub fn create_root(&self, id: &TenantId) -> Result<Vec<u8>, Failure> {
        let (account, region) = (id.account.as_str().as_bytes(), id.place.as_str().as_bytes());
        self.unsealed()?;
        self.root_call(|root, store| {
            root.keycell_isolate_domain().call_create_tenant(store, account, region)
        })
    }

    /// A tenant root under the newest domain key; the same bytes if it is there already.
    pub fn reseal_root(&self, id: &TenantId, sealed_root: &[u8]) -> Result<Vec<u8>, Failure> {
        let (account, region) = (id.account.as_str().as_bytes(), id.place.as_str().as_bytes());
        self.root_call(|root, store| {
            root.keycell_isolate_domain().call_reseal(store, account, region, sealed_root)
        })
    }

    /// Wipes the domain keys, the unseal key and the shares that have come, and drops all isolates
    /// of tenants.
    pub fn seal(&self) -> Result<(), Failure> {
        let sealed = self.root_call_leaving(
            |()| Some(false),
            |root, store| Ok(Ok::<_, Infallible>(root.keycell_isolate_domain().call_seal(store)?)),
        );
        self.live.clear();
        sealed
    }
}

impl From<domain::Founding> for Founding {
    fn from(founding: domain::Founding) -> Self {
        Self { sealed_domain: founding.sealed_domain, shares: founding.shares }
    }
}

impl From<domain::Progress> for Progress {
    fn from(progress: domain::Progress) -> Self {
        Self { have: progress.have, need: progress.need }
    }
}

impl From<domain::Refused> for Refused {
    fn from(refused: domain::Refused) -> Self {
        match refused {
            domain::Refused::Share(domain::UnfitShare { at, why }) => {
                let why = match why {
                    Word::Unreadable => Unfit::Unreadable,
                    Word::Damaged => Unfit::Damaged,
                    Word::Foreign => Unfit::Foreign,
                    Word::Forged => Unfit::Forged,
                    Word::Repeated => Unfit::Repeated,
                };
                Self::Share { at, why }
            }
            domain::Refused::Incomplete(progress) => Self::Incomplete(progress.into()),
            domain::Refused::Other(error) => Self::Other(Failure::Refused(Refusal::from(error))),
        }
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

/// As an operator is told it.
impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Share { why, .. } => f.write_str(match why {
                Unfit::Unreadable => "the share was not encrypted for this: try again",
                Unfit::Damaged => "the share was copied wrongly",
                Unfit::Foreign => "the share belongs to another unseal key",
                Unfit::Forged => "the share is forged: no such share was given out",
                Unfit::Repeated => "the share has come already",
            }),
            Self::Incomplete(Progress { have, need }) => {
                write!(f, "{need} shares are needed, and there are {have}")
            }
            Self::Other(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Refused {}
