//! Rotation of the domain key and of tenants' roots, while requests are served: the old key opens
//! what it has sealed until all of that is sealed under the new one, and is dropped then.

use std::sync::Arc;

use crate::{
    arn::{AccountId, Region},
    identity::{AccessKey, Account},
    isolates::{Place, Tenant, TenantId},
    keys::{Key, Material, Sealed},
    seal::{DOMAIN, DRAFT},
    service::{Roots, SYSTEM, Service},
    storage::{Change, Loaded, Record, Stored},
    wire::{Error, Result},
};

use super::{Act, Reply, Step, Task, Work, refuse, work};

/// Begins, and waits a while for the end.
pub(super) async fn begin_domain(act: &mut Act<'_>) -> Result<Reply> {
    act.check_open()?;
    work::check_domain_at_rest(act.service).await?;
    begin(act, vec![Task::RotateDomainKey], "the domain key is rotated").await
}

/// The same for one tenant, or for all that an account has.
pub(super) async fn begin_root(
    act: &mut Act<'_>,
    account: AccountId,
    region: Option<Region>,
) -> Result<Reply> {
    act.check_open()?;
    let service = act.service;
    if account.as_str() == SYSTEM {
        return Err(refuse("the root of the service itself vouches for the trail, and stays"));
    }
    let found = service.storage().load::<Account>(&Account::path(account)).await?;
    let found = found.ok_or_else(|| refuse(format!("there is no account {account}")))?;
    if found.is_closed() {
        return Err(refuse(format!("account {account} is sealed")));
    }
    let roots = service.storage().list::<Roots>(&Roots::prefix(account), None, TENANTS).await?;
    let places = roots.iter().filter_map(|(path, _)| Roots::tenant(path)).map(|id| id.place);
    let tasks = places.filter_map(|place| match (place, region) {
        (Place::Region(own), Some(asked)) if own != asked => None,
        (Place::Global, Some(_)) => None,
        (Place::Region(own), _) => Some(Task::RotateTenantRoot { account, region: Some(own) }),
        (Place::Global, None) => Some(Task::RotateTenantRoot { account, region: None }),
    });
    let tasks: Vec<_> = tasks.collect();
    if tasks.is_empty() {
        return Err(refuse(format!("account {account} has no keys there")));
    }
    begin(act, tasks, "the tenant's root is rotated").await
}

async fn begin(act: &mut Act<'_>, tasks: Vec<Task>, done: &str) -> Result<Reply> {
    let service = act.service;
    let paths: Vec<_> = tasks.iter().map(Task::path).collect();
    let works = tasks.into_iter().map(|task| Work::new(task, act.uid, service));
    let changes = paths.iter().zip(works).map(|(path, work)| Change::create(path, work.encode()));
    match act.commit(changes.collect()).await {
        Err(Error::Conflict) => return Err(refuse("this is under way already")),
        begun => begun?,
    }
    service.work().notify_one();
    Ok(Reply::Done(match work::wait(service, &paths).await? {
        true => done.to_owned(),
        false => "it has begun, and goes on in the background: `keycell operator status` tells \
                  how far it is"
            .to_owned(),
    }))
}

/// A new domain key is used from now on. Roots that were made under the old one before that are
/// stored when this returns.
pub(super) async fn rotate_domain(
    service: &Arc<Service>,
    path: &str,
    work: &Loaded<Work>,
) -> Result<()> {
    let _desk = service.desk().await;
    let domain = domain(service).await?;
    let sealed = service.isolates().rotate_domain()?;
    let step = Step::Reseal { after: None, changed: 0 };
    let changes = vec![
        Change::replace(DOMAIN, domain.version, sealed.clone()),
        work::next(path, work, step, 0),
    ];
    service.storage().commit(changes).await?;
    service.isolates().adopt(&sealed)?;
    drop(service.founding().await);
    Ok(())
}

/// Some of the tenants' roots under the newest domain key. After a pass that has found nothing to
/// do, none is left under another.
pub(super) async fn reseal_roots(
    service: &Arc<Service>,
    path: &str,
    work: &Loaded<Work>,
    after: Option<&str>,
    changed: u64,
) -> Result<()> {
    // A commit whose outcome was not known may have left the root isolate behind.
    service.isolates().adopt(&domain(service).await?.value)?;
    let page = service.storage().list::<Roots>(Roots::PREFIX, after, BATCH).await?;
    let (mut changes, mut renewed) = (Vec::new(), Vec::new());
    for (path, roots) in &page {
        let id = Roots::tenant(path).ok_or_else(|| Error::world("a root of no tenant"))?;
        let old = roots.sealed();
        let new = old.iter().map(|root| service.isolates().reseal_root(&id, root));
        let new = new.collect::<std::result::Result<Vec<_>, _>>()?;
        if new != old {
            let new = Roots::new(new);
            changes.push(Change::replace(path, roots.version, new.encode()));
            renewed.push((id, new));
        }
    }
    let last = page.last().map(|(path, _)| path.clone());
    let step = after_page(last, changed, changes.len());
    changes.push(work::next(path, work, step, changes.len()));
    let _founding = service.founding().await;
    service.storage().commit(changes).await?;
    renewed.iter().for_each(|(id, roots)| service.renew(id, roots));
    Ok(())
}

/// Only the newest domain key is left. What new operators have not confirmed yet holds the old one,
/// and goes with it.
pub(super) async fn retire_domain(
    service: &Arc<Service>,
    path: &str,
    work: &Loaded<Work>,
) -> Result<()> {
    let _desk = service.desk().await;
    let _founding = service.founding().await;
    let domain = domain(service).await?;
    let sealed = service.isolates().retire_domain()?;
    let changes = vec![
        Change::replace(DOMAIN, domain.version, sealed.clone()),
        Change::remove(DRAFT),
        work::next(path, work, Step::Rewrite, 0),
    ];
    service.storage().commit(changes).await?;
    service.isolates().adopt(&sealed)?;
    service.count_rotation();
    Ok(())
}

/// A new root is used from now on. What was sealed under the old one before that is stored when
/// this returns.
pub(super) async fn rotate_root(
    service: &Arc<Service>,
    path: &str,
    work: &Loaded<Work>,
    id: &TenantId,
) -> Result<()> {
    {
        let _founding = service.founding().await;
        let Some(roots) = service.storage().load::<Roots>(&Roots::path(id)).await? else {
            // The tenant is gone.
            service.storage().commit(vec![work::next(path, work, Step::Rewrite, 0)]).await?;
            return Ok(());
        };
        let mut sealed = roots.sealed();
        sealed.push(service.isolates().create_root(id)?);
        let step = Step::Reseal { after: None, changed: 0 };
        let changes = vec![
            Change::replace(Roots::path(id), roots.version, Roots::new(sealed).encode()),
            work::next(path, work, step, 0),
        ];
        service.storage().commit(changes).await?;
        service.isolates().forget(id);
    }
    service.settled().await;
    Ok(())
}

/// Some of a tenant's keys, or of an account's access keys, under the newest root.
pub(super) async fn reseal_tenant(
    service: &Arc<Service>,
    path: &str,
    work: &Loaded<Work>,
    id: &TenantId,
    (after, changed): (Option<&str>, u64),
) -> Result<()> {
    let tenant = service.tenant(*id).await?;
    let (last, mut changes) = match id.place {
        Place::Region(region) => {
            let prefix = Key::prefix(id.account, region);
            let page = service.storage().list::<Key>(&prefix, after, BATCH).await?;
            let last = page.last().map(|(path, _)| path.clone());
            let mut changes = Vec::new();
            for (path, key) in &page {
                let moved = resealed(&tenant, key)?;
                changes.extend(moved.map(|new| Change::replace(path, key.version, new.encode())));
            }
            (last, changes)
        }
        Place::Global => {
            let page = service.storage().list::<AccessKey>(AccessKey::PREFIX, after, BATCH).await?;
            let last = page.last().map(|(path, _)| path.clone());
            let mut changes = Vec::new();
            for (path, key) in page.iter().filter(|(_, key)| key.account == id.account) {
                let sealed = tenant.reseal_access_key(&key.id, &key.sealed)?;
                if sealed != key.sealed {
                    let new = AccessKey { sealed, ..(*key.value).clone() };
                    changes.push(Change::replace(path, key.version, new.encode()));
                }
            }
            (last, changes)
        }
    };
    let step = after_page(last, changed, changes.len());
    changes.push(work::next(path, work, step, changes.len()));
    service.storage().commit(changes).await?;
    Ok(())
}

/// Only the newest root is left: what the others have sealed and is no key any more opens nowhere.
pub(super) async fn retire_roots(
    service: &Arc<Service>,
    path: &str,
    work: &Loaded<Work>,
    id: &TenantId,
) -> Result<()> {
    let _founding = service.founding().await;
    let roots = service.storage().load::<Roots>(&Roots::path(id)).await?;
    let mut changes = vec![work::next(path, work, Step::Rewrite, 0)];
    if let Some(roots) = roots {
        let newest = roots.sealed().pop().ok_or_else(|| Error::world("a tenant has no root"))?;
        let newest = Roots::new(vec![newest]).encode();
        changes.push(Change::replace(Roots::path(id), roots.version, newest));
    }
    service.storage().commit(changes).await?;
    service.isolates().forget(id);
    service.count_rotation();
    Ok(())
}

/// A key whose materials are under the newest root; none if they all are already.
fn resealed(tenant: &Tenant, key: &Key) -> Result<Option<Key>> {
    let materials = key.materials.iter().map(|material| {
        // What was deleted has no bytes.
        if material.sealed.is_none() {
            return Ok(material.clone());
        }
        let sealed = tenant.reseal(crate::call::sealed_key(key, material)?)?;
        Ok(Material { sealed: Some(Sealed(sealed)), ..material.clone() })
    });
    let materials = materials.collect::<Result<Vec<_>>>()?;
    let is_moved = materials.iter().zip(&key.materials).any(|(new, old)| new.sealed != old.sealed);
    Ok(is_moved.then(|| Key { materials, ..key.clone() }))
}

/// Where the next batch begins, or that there is nothing left to do.
fn after_page(last: Option<String>, before: u64, changed: usize) -> Step {
    let changed = before.saturating_add(u64::try_from(changed).unwrap_or(u64::MAX));
    match (last, changed) {
        (Some(last), changed) => Step::Reseal { after: Some(last), changed },
        (None, 0) => Step::Retire,
        (None, _) => Step::Reseal { after: None, changed: 0 },
    }
}

async fn domain(service: &Service) -> Result<Record> {
    let domain = service.storage().get(DOMAIN).await?;
    domain.ok_or_else(|| Error::world("there are no domain keys"))
}

/// Records that one commit changes: few enough that those who wait for their own commit notice
/// little.
const BATCH: usize = 64;
/// Regions that an account can have roots in, and more.
const TENANTS: usize = 256;
