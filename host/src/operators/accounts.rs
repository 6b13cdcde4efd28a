//! Whole accounts: not served any more, or gone for good.

use std::sync::Arc;

use crate::{
    arn::AccountId,
    identity::{self, AccessKey, Account, Bearer, Ending, Standing},
    keys::{Grant, Key, KeyPlace},
    register, seal,
    service::{Roots, SYSTEM, Service},
    storage::{Change, Loaded, Stored},
    wire::Result,
};

use super::{Act, Reply, Step, Task, Work, refuse, work};

/// The account is there, and serves nobody until it is unsealed.
pub(super) async fn seal(act: &mut Act<'_>, id: AccountId) -> Result<Reply> {
    let account = find(act, id).await?;
    if account.standing == Standing::Sealed {
        return Err(refuse(format!("account {id} is sealed already")));
    }
    act.service.seal_account(id).await;
    let sealed = Account { standing: Standing::Sealed, ..(*account.value).clone() };
    let change = Change::replace(Account::path(id), account.version, sealed.encode());
    if let Err(error) = act.commit(vec![change]).await {
        act.service.unseal_account(id);
        return Err(error);
    }
    Ok(Reply::Done(format!("account {id} is sealed")))
}

/// The account is served again.
pub(super) async fn unseal(act: &mut Act<'_>, id: AccountId) -> Result<Reply> {
    let account = find(act, id).await?;
    if account.standing == Standing::Open {
        return Err(refuse(format!("account {id} is not sealed")));
    }
    let open = Account { standing: Standing::Open, ..(*account.value).clone() };
    let change = Change::replace(Account::path(id), account.version, open.encode());
    act.commit(vec![change]).await?;
    act.service.unseal_account(id);
    act.service.work().notify_one();
    Ok(Reply::Done(format!("account {id} is unsealed")))
}

/// Deletes all that the account has, and sees to it that no key is left that opens it.
pub(super) async fn erase(act: &mut Act<'_>, id: AccountId, confirmed: AccountId) -> Result<Reply> {
    act.check_open()?;
    if confirmed != id {
        return Err(refuse("the account id was not confirmed"));
    }
    let service = act.service;
    let account = find(act, id).await?;
    let task = Task::EraseAccount { account: id };
    let path = task.path();
    let erased = Account { standing: Standing::Erased, ..(*account.value).clone() };
    let mut changes = vec![
        Change::replace(Account::path(id), account.version, erased.encode()),
        Change::create(&path, Work::new(task, act.uid, service).encode()),
    ];
    // Its rotations have nothing to do any more.
    for (path, work) in work::all(service).await? {
        if path.starts_with(&Task::prefix_of_roots(id)) {
            changes.push(Change::delete(path, work.version));
        }
    }
    service.seal_account(id).await;
    if let Err(error) = act.commit(changes).await {
        if account.standing == Standing::Open {
            service.unseal_account(id);
        }
        return Err(error);
    }
    remove_credentials_file(service, &account.root_access_key_id);
    service.work().notify_one();
    Ok(Reply::Done(match work::wait(service, &[path]).await? {
        true => format!("account {id} is erased"),
        false => format!(
            "account {id} is closed; its erasure goes on in the background: `keycell operator \
             status` tells how far it is"
        ),
    }))
}

/// Deletes some of an account's records: what is behind prefixes of its own first, then its access
/// keys, and last the account itself. Nothing new comes in between, as it is closed.
pub(super) async fn delete(
    service: &Arc<Service>,
    path: &str,
    work: &Loaded<Work>,
    id: AccountId,
    after: Option<&str>,
) -> Result<()> {
    let storage = service.storage();
    if after.is_none() {
        service.seal_account(id).await;
        service.settled().await;
    }
    let mut changes = Vec::new();
    for (_, key) in storage.list::<Key>(&format!("key/{id}/"), None, BATCH).await? {
        changes.extend(register::delete(&key));
        if changes.len() >= BATCH {
            break;
        }
    }
    // A grant leads elsewhere, too: its rows are known from its record alone.
    if changes.len() < BATCH {
        for (_, grant) in storage.list::<Grant>(&format!("grant/{id}/"), None, BATCH / 4).await? {
            changes.extend(register::delete_grant(&grant));
        }
    }
    let prefixes = [
        format!("grant-count/{id}/"),
        format!("alias/{id}/"),
        identity::prefix(id),
        format!("key-alias/{id}/"),
        KeyPlace::usage_prefix(id),
        Roots::prefix(id),
    ];
    for prefix in prefixes {
        let room = BATCH.saturating_sub(changes.len());
        let found = storage.scan(&prefix, None, room).await?;
        changes.extend(found.into_iter().map(|(path, _)| Change::remove(path)));
    }
    if !changes.is_empty() {
        let step = Step::Delete { after: None };
        changes.push(work::next(path, work, step, changes.len()));
        return Ok(storage.commit(changes).await.map(|_| ())?);
    }
    let page = storage.list::<AccessKey>(AccessKey::PREFIX, after, BATCH).await?;
    let own = page.iter().filter(|(_, key)| key.account == id);
    for (path, key) in own {
        changes.push(Change::delete(path, key.version));
        if let Bearer::Session(session) = &key.bearer {
            changes.push(Change::remove(Ending::path(&key.id, session)));
        }
    }
    let step = match page.last() {
        Some((last, _)) => Step::Delete { after: Some(last.clone()) },
        None => {
            changes.push(Change::remove(Account::path(id)));
            Step::Rotate
        }
    };
    changes.push(work::next(path, work, step, changes.len()));
    storage.commit(changes).await?;
    Ok(())
}

async fn find(act: &Act<'_>, id: AccountId) -> Result<Loaded<Account>> {
    if id.as_str() == SYSTEM {
        return Err(refuse(format!("account {id} is the service itself")));
    }
    let account = act.service.storage().load::<Account>(&Account::path(id)).await?;
    let account = account.ok_or_else(|| refuse(format!("there is no account {id}")))?;
    match account.standing {
        Standing::Erased => Err(refuse(format!("account {id} is being erased"))),
        Standing::Open | Standing::Sealed => Ok(account),
    }
}

/// `DATA/root-credentials` goes with the account that it belongs to.
fn remove_credentials_file(service: &Service, access_key_id: &str) {
    let path = service.data().join("root-credentials");
    let names_it = std::fs::read_to_string(&path)
        .is_ok_and(|text| zeroize::Zeroizing::new(text).contains(access_key_id));
    if names_it && let Err(error) = seal::wipe(&path) {
        tracing::error!("root-credentials cannot be removed: {error}");
    }
}

/// Records that one commit deletes; a key with all its materials may make it a few more.
const BATCH: usize = 256;
