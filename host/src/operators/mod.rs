//! What operators do with the service itself: its seal, its domain keys, the roots of its tenants,
//! and whole accounts.
//!
//! Every command leaves a record. While the service is sealed there is no trail to write to: then
//! the record waits in the outbox, and comes to the trail when the service is unsealed, before
//! anything else does.

mod accounts;
mod opening;
mod rotation;
mod status;
mod work;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    arn::{AccountId, Region},
    audit::record::{Event, Source},
    isolates::{Failure, Refusal, Refused},
    keys::base64_text,
    service::{Service, StartError},
    storage::Change,
    wire::{Error, Result},
};

use opening::Present;
pub use status::Status;
pub use work::{Step, Task, Work, labour};

/// What an operator asks for, over the Unix socket.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// How the service is.
    Status,
    /// Unseal, with a share that is encrypted to the root isolate, or with the unseal key in the
    /// file.
    Unseal {
        /// The share.
        share: Option<Bytes>,
    },
    /// Seal.
    Seal,
    /// Hand the unseal key, which lies in a file, over to operators.
    Init {
        /// How many of them unseal.
        threshold: u8,
        /// Their public keys.
        operators: Vec<Bytes>,
    },
    /// Make another unseal key for other operators.
    Rekey {
        /// Shares of the present one, whose holders agree.
        quorum: Vec<Bytes>,
        /// How many of the new operators unseal.
        threshold: u8,
        /// Their public keys.
        operators: Vec<Bytes>,
    },
    /// Prove that the new operators can unseal, and let only them do it from now on.
    Confirm {
        /// Shares of the new unseal key.
        quorum: Vec<Bytes>,
    },
    /// Make a new domain key, and seal all tenant roots under it.
    RotateDomainKey,
    /// Make a new root for a tenant, and seal all its keys under it.
    RotateTenantRoot {
        /// Whose.
        account: AccountId,
        /// Where; everywhere if it is not said.
        region: Option<Region>,
    },
    /// Serve an account no more.
    SealAccount {
        /// Which.
        id: AccountId,
    },
    /// Serve it again.
    UnsealAccount {
        /// Which.
        id: AccountId,
    },
    /// Delete all that an account has, for good.
    EraseAccount {
        /// Which.
        id: AccountId,
        /// The same, as the operator has typed it again.
        confirmed: AccountId,
    },
}

/// What an operator is told.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// How the service is.
    Status(Box<Status>),
    /// A share was taken.
    Progress {
        /// Shares that have come.
        have: u8,
        /// Shares that it takes.
        need: u8,
    },
    /// The shares of a new unseal key, each encrypted to its operator.
    Shares(Vec<Bytes>),
    /// It is done.
    Done(String),
    /// Why not.
    Refused(String),
}

/// Bytes that are written in base64: a public key, or what is encrypted to one.
#[derive(Clone, Serialize, Deserialize)]
pub struct Bytes(#[serde(with = "base64_text")] pub Vec<u8>);

/// Does what an operator asks for, and records it.
pub async fn run(service: &Arc<Service>, command: &Command, uid: u32) -> Reply {
    let mut event = service.begin(Source::Operator { uid }, None);
    event.name = command.name();
    event.read_only = matches!(command, Command::Status);
    event.parameters = command.parameters();
    let mut act = Act { service, event, uid, is_recorded: false };
    let result = command.run(&mut act).await;
    act.conclude(result).await
}

impl Command {
    async fn run(&self, act: &mut Act<'_>) -> Result<Reply> {
        match self {
            Self::Status => status::tell(act).await,
            Self::Unseal { share } => opening::unseal(act, share.as_ref()).await,
            Self::Seal => opening::seal(act).await,
            Self::Init { threshold, operators } => {
                opening::divide(act, Present::File, *threshold, operators).await
            }
            Self::Rekey { quorum, threshold, operators } => {
                opening::divide(act, Present::Quorum(quorum), *threshold, operators).await
            }
            Self::Confirm { quorum } => opening::confirm(act, quorum).await,
            Self::RotateDomainKey => rotation::begin_domain(act).await,
            Self::RotateTenantRoot { account, region } => {
                rotation::begin_root(act, *account, *region).await
            }
            Self::SealAccount { id } => accounts::seal(act, *id).await,
            Self::UnsealAccount { id } => accounts::unseal(act, *id).await,
            Self::EraseAccount { id, confirmed } => accounts::erase(act, *id, *confirmed).await,
        }
    }

    /// As it stands in the trail.
    fn name(&self) -> &'static str {
        match self {
            Self::Status => "GetServiceStatus",
            Self::Unseal { .. } => "UnsealService",
            Self::Seal => "SealService",
            Self::Init { .. } => "InitialiseOperators",
            Self::Rekey { .. } => "RekeyOperators",
            Self::Confirm { .. } => "ConfirmOperators",
            Self::RotateDomainKey => "RotateDomainKey",
            Self::RotateTenantRoot { .. } => "RotateTenantRoot",
            Self::SealAccount { .. } => "SealAccount",
            Self::UnsealAccount { .. } => "UnsealAccount",
            Self::EraseAccount { .. } => "EraseAccount",
        }
    }

    /// What the trail tells of it: no share, not even an encrypted one.
    fn parameters(&self) -> Option<String> {
        match self {
            Self::Status | Self::Unseal { .. } | Self::Seal | Self::Confirm { .. } => None,
            Self::RotateDomainKey => None,
            Self::Init { threshold, operators } | Self::Rekey { threshold, operators, .. } => {
                let count = operators.len();
                Some(format!(r#"{{"threshold":{threshold},"shares":{count}}}"#))
            }
            Self::RotateTenantRoot { account, region: None } => {
                Some(format!(r#"{{"accountId":"{account}"}}"#))
            }
            Self::RotateTenantRoot { account, region: Some(region) } => {
                Some(format!(r#"{{"accountId":"{account}","region":"{region}"}}"#))
            }
            Self::SealAccount { id }
            | Self::UnsealAccount { id }
            | Self::EraseAccount { id, .. } => Some(format!(r#"{{"accountId":"{id}"}}"#)),
        }
    }
}

/// A command being run.
struct Act<'a> {
    service: &'a Arc<Service>,
    event: Event,
    uid: u32,
    is_recorded: bool,
}

impl Act<'_> {
    /// Commits, together with the record of this command.
    async fn commit(&mut self, changes: Vec<Change>) -> Result<()> {
        self.service.commit(&self.event, changes).await?;
        self.is_recorded = true;
        Ok(())
    }

    /// Records the command now, as done.
    async fn record(&mut self) -> Result<()> {
        self.service.record(&self.event, None).await.map_err(Error::world)?;
        self.is_recorded = true;
        Ok(())
    }

    /// The service must be unsealed for this.
    fn check_open(&self) -> Result<()> {
        if self.service.is_open() { Ok(()) } else { Err(refuse("the service is sealed")) }
    }

    async fn conclude(mut self, result: Result<Reply>) -> Reply {
        let result = match result {
            Ok(reply) if self.is_recorded => Ok(reply),
            Ok(reply) => self.record().await.map(|()| reply),
            Err(error) => Err(error),
        };
        let error = match result {
            Ok(reply) => return reply,
            Err(error) => error,
        };
        let recorded = match &error {
            Error::Caller(error) => error.clone(),
            Error::World(_) | Error::Conflict => Error::internal(),
        };
        if self.is_recorded {
            // What was begun is recorded already: that it failed is a record of its own.
            self.event.id = crate::service::uuid();
        }
        if let Err(unrecorded) = self.service.record(&self.event, Some(&recorded)).await {
            tracing::error!("a refused command is not in the trail: {unrecorded}");
        }
        Reply::Refused(told(error))
    }
}

fn told(error: Error) -> String {
    match error {
        Error::Caller(error) => error.message.unwrap_or(error.code.into()).into_owned(),
        Error::World(source) => source.to_string(),
        Error::Conflict => "it was changed at the same moment: try again".to_owned(),
    }
}

/// The operator is told why not.
fn refuse(why: impl Into<String>) -> Error {
    Error::validation(why.into())
}

/// What the root isolate says to shares is the operators' affair.
fn of_shares(refused: Refused) -> Error {
    match refused {
        Refused::Share { at, .. } => refuse(format!("share {}: {refused}", at + 1)),
        Refused::Incomplete(_) => refuse(refused.to_string()),
        Refused::Other(Failure::Refused(Refusal::Invalid)) => {
            refuse("2 to 32 operators, each with another public key, and a threshold of 2 or more")
        }
        Refused::Other(Failure::Refused(Refusal::Foreign)) => {
            refuse("the domain keys have changed since the shares were made: begin again")
        }
        Refused::Other(failure) => failure.into(),
    }
}

/// An error of the start, as an error of a command: it is for operators anyway.
fn of_start(error: StartError) -> Error {
    refuse(error.to_string())
}
