//! Unsealing, sealing, and who can unseal.

use crate::{
    isolates::Progress,
    seal::{self, DOMAIN, DRAFT, Seal},
    storage::{Change, Record},
    wire::{Error, Result},
};

use super::{Act, Bytes, Reply, of_shares, of_start, refuse, work};

/// Takes a share, and unseals once there are enough. The records that have waited come to the trail
/// first, then that of this command; only then is anything served.
pub(super) async fn unseal(act: &mut Act<'_>, share: Option<&Bytes>) -> Result<Reply> {
    let service = act.service;
    let _desk = service.desk().await;
    if service.is_open() {
        return Err(refuse("the service is not sealed"));
    }
    let domain = domain(act).await?;
    let progress = match (Seal::of(&domain.value).map_err(of_start)?, share) {
        (Seal::File, None) => {
            seal::open(service.isolates(), &domain.value, service.unseal_key())
                .map_err(of_start)?;
            Progress::default()
        }
        (Seal::File, Some(_)) => {
            return Err(refuse("the unseal key lies in a file: no share is needed"));
        }
        (Seal::Shares { .. }, None) => return Err(refuse("shares are needed")),
        (Seal::Shares { .. }, Some(share)) => {
            let taken = service.isolates().unseal(&domain.value, &share.0);
            let progress = taken.map_err(of_shares)?;
            service.set_gathered(progress);
            progress
        }
    };
    let Progress { have, need } = progress;
    let is_open = have == need;
    act.event.response =
        Some(format!(r#"{{"shares":{have},"threshold":{need},"unsealed":{is_open}}}"#));
    if is_open && let Err(error) = service.open_ledger().await {
        service.seal().await;
        service.set_gathered(Progress { have: 0, need });
        return Err(Error::World(error));
    }
    Ok(Reply::Progress { have, need })
}

/// The record comes first: after this there is no trail.
pub(super) async fn seal(act: &mut Act<'_>) -> Result<Reply> {
    let service = act.service;
    let _desk = service.desk().await;
    if !service.is_open() {
        return Err(refuse("the service is sealed already"));
    }
    let domain = domain(act).await?;
    act.record().await?;
    service.seal().await;
    Ok(Reply::Done(match Seal::of(&domain.value).map_err(of_start)? {
        Seal::File => {
            service.set_gathered(Progress::default());
            "the service is sealed until `keycell operator unseal` or its next start: its unseal \
             key lies in a file"
                .to_owned()
        }
        Seal::Shares { threshold, count } => {
            service.set_gathered(Progress { have: 0, need: threshold });
            format!("the service is sealed: {threshold} of {count} shares unseal it")
        }
    }))
}

/// Who holds the present unseal key, as a command takes it.
#[derive(Clone, Copy)]
pub(super) enum Present<'a> {
    /// It lies in a file.
    File,
    /// Operators, of whom a quorum agrees with these shares.
    Quorum(&'a [Bytes]),
}

/// Seals the domain keys under a new unseal key, whose shares go to the operators. It counts once
/// they have shown that they can open it; until then the present one does.
pub(super) async fn divide(
    act: &mut Act<'_>,
    present: Present<'_>,
    threshold: u8,
    operators: &[Bytes],
) -> Result<Reply> {
    let service = act.service;
    let _desk = service.desk().await;
    act.check_open()?;
    work::check_domain_at_rest(service).await?;
    let operators = plain(operators);
    let domain = domain(act).await?;
    let quorum = match (Seal::of(&domain.value).map_err(of_start)?, present) {
        (Seal::File, Present::File) => {
            let info = seal::agreement(threshold, &operators);
            let parcel = seal::file_parcel(service.isolates(), service.unseal_key(), &info);
            vec![parcel.map_err(of_start)?]
        }
        (Seal::Shares { .. }, Present::Quorum(quorum)) => plain(quorum),
        (Seal::File, Present::Quorum(_)) => {
            return Err(refuse("the unseal key lies in a file: use `keycell operator init`"));
        }
        (Seal::Shares { .. }, Present::File) => {
            return Err(refuse("operators hold the unseal key: use `keycell operator rekey`"));
        }
    };
    let founding = service.isolates().rekey(&quorum, threshold, &operators);
    let founding = founding.map_err(of_shares)?;
    act.commit(vec![Change::put(DRAFT, founding.sealed_domain)]).await?;
    Ok(Reply::Shares(founding.shares.into_iter().map(Bytes).collect()))
}

/// The new operators have shown that they can unseal: from now on only they do. The old unseal key
/// opens nothing that is left in the data folder, and its file is overwritten and removed.
pub(super) async fn confirm(act: &mut Act<'_>, quorum: &[Bytes]) -> Result<Reply> {
    let service = act.service;
    let _desk = service.desk().await;
    act.check_open()?;
    let storage = service.storage();
    let draft = storage.get(DRAFT).await?;
    let draft = draft.ok_or_else(|| refuse("there are no new operators to be confirmed"))?;
    let Seal::Shares { threshold, count } = Seal::of(&draft.value).map_err(of_start)? else {
        return Err(Error::world("new operators have no shares"));
    };
    service.isolates().confirm(&draft.value, &plain(quorum)).map_err(of_shares)?;
    let domain = domain(act).await?;
    let was_file = Seal::of(&domain.value).map_err(of_start)? == Seal::File;
    let mut changes = vec![
        Change::replace(DOMAIN, domain.version, draft.value),
        Change::delete(DRAFT, draft.version),
    ];
    if was_file {
        changes.push(seal::obsolete(service.unseal_key()));
    }
    act.event.response = Some(format!(r#"{{"threshold":{threshold},"shares":{count}}}"#));
    act.commit(changes).await?;
    seal::remove_obsolete(storage).await.map_err(of_start)?;
    storage.rewrite().await?;
    let removed = if was_file { ", and the file with the unseal key is removed" } else { "" };
    Ok(Reply::Done(format!("from now on {threshold} of {count} shares unseal{removed}")))
}

async fn domain(act: &Act<'_>) -> Result<Record> {
    let domain = act.service.storage().get(DOMAIN).await?;
    domain.ok_or_else(|| Error::world("there are no domain keys"))
}

fn plain(bytes: &[Bytes]) -> Vec<Vec<u8>> {
    bytes.iter().map(|bytes| bytes.0.clone()).collect()
}
