//! How the service is: what operators ask before they do anything.

use serde::{Deserialize, Serialize};

use crate::{
    arn::AccountId,
    isolates::Progress,
    seal::{DOMAIN, DRAFT, Seal},
    wire::{Error, Result},
};

use super::{Act, Bytes, Reply, Work, of_start, work};

/// The answer of `keycell operator status`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// Whether nothing is served.
    pub sealed: bool,
    /// Why no request can be served, if none can.
    pub ailment: Option<String>,
    /// How many shares unseal; 1 if the unseal key lies in a file.
    pub threshold: u8,
    /// How many shares there are; 0 if the unseal key lies in a file.
    pub shares: u8,
    /// How many have come to unseal.
    pub gathered: u8,
    /// Where shares are sent: the root isolate's public key.
    pub reception: Bytes,
    /// Whether new operators have yet to prove that they can unseal.
    pub unconfirmed: bool,
    /// How many of their shares it takes.
    pub unconfirmed_threshold: u8,
    /// Accounts that are not served.
    pub sealed_accounts: Vec<AccountId>,
    /// What is going on in the background.
    pub work: Vec<Work>,
}

pub(super) async fn tell(act: &Act<'_>) -> Result<Reply> {
    let service = act.service;
    let domain = service.storage().get(DOMAIN).await?;
    let domain = domain.ok_or_else(|| Error::world("there are no domain keys"))?;
    let (threshold, shares) = numbers(&domain.value)?;
    let draft = service.storage().get(DRAFT).await?;
    let unconfirmed_threshold = match &draft {
        Some(draft) => numbers(&draft.value)?.0,
        None => 0,
    };
    let Progress { have: gathered, .. } = service.gathered();
    let closed = service.accounts().await?.into_iter().filter(|account| account.is_closed());
    let work = work::all(service).await?;
    Ok(Reply::Status(Box::new(Status {
        sealed: !service.is_open(),
        ailment: service.ailment(),
        threshold,
        shares,
        gathered: if service.is_open() { 0 } else { gathered },
        reception: Bytes(service.isolates().reception()?),
        unconfirmed: draft.is_some(),
        unconfirmed_threshold,
        sealed_accounts: closed.map(|account| account.id).collect(),
        work: work.into_iter().map(|(_, work)| (*work).clone()).collect(),
    })))
}

/// Threshold and number of shares.
fn numbers(sealed_domain: &[u8]) -> Result<(u8, u8)> {
    Ok(match Seal::of(sealed_domain).map_err(of_start)? {
        Seal::File => (1, 0),
        Seal::Shares { threshold, count } => (threshold, count),
    })
}
