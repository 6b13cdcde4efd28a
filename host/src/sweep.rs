//! What falls due by time: deletions, the end of imported material, rotations; and sessions that
//! ended a day ago. Each of a key's is one commit with its record, under the versions that it was
//! decided on, so that several sweeps at once do nothing twice.

use std::{sync::Arc, time::Duration};

use serde_json::json;

use crate::{
    audit::record::{Event, Source},
    call,
    identity::{AccessKey, Ending},
    isolates::TenantId,
    keys::{
        Alias, Due, Grant, GrantCount, Key, KeyAlias, KeyPlace, MaterialId, Origin, RotationType,
    },
    register,
    service::Service,
    storage::{Change, Loaded, MAX_BATCH},
    wire::{Error, Result},
};

/// Sweeps every second until `stop` is done.
pub async fn keep(service: Arc<Service>, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = &mut stop => return,
        }
        if service.check_open().is_ok()
            && let Err(error) = sweep(&service).await
        {
            tracing::error!("what is due is done later: {}", told(&error));
        }
    }
}

/// Does all that is due now. What fails is left for the next time, and stops nothing else.
pub async fn sweep(service: &Arc<Service>) -> Result<()> {
    end_sessions(service).await?;
    sweep_keys(service).await
}

/// Removes the sessions that have ended a while ago. Nobody misses them: no record tells of it.
async fn end_sessions(service: &Service) -> Result<()> {
    loop {
        let now = service.now().as_millisecond();
        let mut rows = service.storage().list::<Ending>(Ending::PREFIX, None, PAGE).await?;
        rows.retain(|(path, _)| Ending::time(path).is_some_and(|time| time <= now));
        let changes = rows.iter().flat_map(|(path, row)| {
            [Change::remove(AccessKey::path(&row.access_key)), Change::remove(path)]
        });
        let changes: Vec<_> = changes.collect();
        if changes.is_empty() {
            return Ok(());
        }
        service.storage().commit(changes).await?;
        for (_, row) in &rows {
            service.forget_access_key(&row.access_key);
        }
        if rows.len() < PAGE {
            return Ok(());
        }
    }
}

async fn sweep_keys(service: &Arc<Service>) -> Result<()> {
    let mut after = None;
    loop {
        let now = service.now().as_millisecond();
        let mut rows = service.storage().list::<Due>(Due::PREFIX, after.as_deref(), PAGE).await?;
        rows.retain(|(path, _)| Due::time(path).is_some_and(|time| time <= now));
        for (path, row) in &rows {
            match settle(service, path, row).await {
                // Another sweep, or a request, came first.
                Ok(()) | Err(Error::Conflict) => {}
                Err(error) => {
                    let key = row.key.as_str();
                    tracing::error!(key, "what is due is done later: {}", told(&error));
                }
            }
        }
        match rows.last() {
            Some((last, _)) if rows.len() == PAGE => after = Some(last.clone()),
            Some(_) | None => return Ok(()),
        }
    }
}

/// Does what is due with one key, one thing after the other.
async fn settle(service: &Arc<Service>, path: &str, row: &Due) -> Result<()> {
    // What belongs to a sealed account waits until it is unsealed.
    if service.check_account(row.account).is_err() {
        return Ok(());
    }
    let _changing = service.changing().await;
    for _ in 0..STEPS {
        let known = Key::path(row.account, row.region, &row.key);
        let Some(key) = service.storage().load::<Key>(&known).await? else {
            service.storage().commit(vec![Change::remove(path)]).await?;
            return Ok(());
        };
        let now = service.now().as_millisecond();
        if key.deletion.and_then(|deletion| deletion.at).is_some_and(|at| at <= now) {
            let Some(going) = key.begin_deletion() else { return delete(service, &key).await };
            service.storage().commit(register::replace(&key, &going)).await?;
            continue;
        }
        if let Some(material) = key.expired(now) {
            expire(service, &key, material.id).await?;
        } else if let Some(how) = key.rotation_due(now) {
            rotate(service, &key, how).await?;
        } else {
            return Ok(());
        }
    }
    Ok(())
}

/// The key is gone, with its aliases and all materials. Its grants go first, in as many commits as
/// it takes: its deletion has begun, so nobody can keep it, and miss them.
async fn delete(service: &Arc<Service>, key: &Loaded<Key>) -> Result<()> {
    let grants = Grant::prefix(key.account, key.region, &key.id);
    loop {
        let page = service.storage().list::<Grant>(&grants, None, GRANTS).await?;
        if page.is_empty() {
            break;
        }
        let changes = page.iter().flat_map(|(_, grant)| register::delete_grant(grant)).collect();
        service.storage().commit(changes).await?;
    }
    let mut changes = register::delete(key);
    changes.push(Change::remove(GrantCount::path(key.account, key.region, &key.id)));
    let prefix = KeyAlias::prefix(key.account, key.region, &key.id);
    for (path, row) in service.storage().list::<KeyAlias>(&prefix, None, KeyAlias::MOST).await? {
        changes.push(Change::remove(Alias::path(key.account, key.region, &row.name)));
        changes.push(Change::remove(path));
    }
    changes.push(Change::remove(KeyPlace::of(key).usage_path()));
    let now = service.now().as_millisecond();
    let mut event = event(service, key, "DeleteKey");
    event.details = Some(json!({ "keyId": key.id.as_str() }).to_string());
    let mut events = vec![event];
    for other in register::elsewhere(service.storage(), key).await? {
        let new = other.without_replica(key.region, now);
        changes.extend(register::replace(&other, &new));
        if new.is_primary() {
            events.push(synchronized(service, &new));
        }
    }
    service.commit_all(&events, changes).await
}

/// A material is gone that has expired. The key has waited for it since that moment.
async fn expire(service: &Arc<Service>, key: &Loaded<Key>, material: MaterialId) -> Result<()> {
    let new = key.without_expired(material);
    let mut event = event(service, key, "DeleteExpiredKeyMaterial");
    let (id, material) = (key.id.as_str(), material.to_string());
    let details = match key.spec.is_symmetric() {
        true => json!({ "keyId": id, "keyMaterialId": material }),
        false => json!({ "keyId": id }),
    };
    event.details = Some(details.to_string());
    event.material_id = key.spec.is_symmetric().then_some(material);
    service.commit(&event, register::replace(key, &new)).await
}

/// The key encrypts with other material, in all its Regions at once.
async fn rotate(service: &Arc<Service>, key: &Loaded<Key>, how: RotationType) -> Result<()> {
    let now = service.now().as_millisecond();
    let new = match key.origin {
        Origin::AwsKms => {
            let tenant = service.tenant(TenantId::of(key.account, key.region)).await?;
            let made = tenant.generate(call::binding(key)).await?;
            key.rotated(MaterialId(made.material_id), made.sealed, how, now)
        }
        // What has expired since, or is missing in another Region, is rotated to all the same: the
        // key waits for it there.
        Origin::External => match key.pending() {
            Some(pending) => key.promoted(pending.id, how, now),
            None => key.concluded(how, now),
        },
    };
    let mut changes = register::replace(key, &new);
    let replicas = register::elsewhere(service.storage(), key).await?;
    for replica in &replicas {
        let mut copy = replica.follow(&new);
        call::hand_over(service, &new, &mut copy).await?;
        changes.extend(register::replace(replica, &copy));
    }
    let mut event = event(service, key, "RotateKey");
    let (previous, current) = (key.current()?.id.to_string(), new.current()?.id.to_string());
    event.details = Some(
        json!({
            "keyId": key.id.as_str(),
            "keyOrigin": key.origin.as_str(),
            "rotationType": how,
            "previousKeyMaterialId": previous,
            "currentKeyMaterialId": current,
        })
        .to_string(),
    );
    match replicas.is_empty() {
        true => service.commit(&event, changes).await,
        false => service.commit_all(&[event, synchronized(service, key)], changes).await,
    }
}

/// What is shared by a multi-Region key has come to its other Regions. CloudTrail names its primary
/// alone.
fn synchronized(service: &Service, primary: &Key) -> Event {
    let mut event = event(service, primary, "SynchronizeMultiRegionKey");
    event.response = Some(json!({ "keyId": primary.arn().to_string() }).to_string());
    event
}

/// What the service does by itself, with a key.
fn event(service: &Service, key: &Key, name: &'static str) -> Event {
    let mut event = service.begin(Source::Service { account: key.account }, None);
    event.name = name;
    event.read_only = false;
    event.region = Some(key.region);
    event.component = Some(service.component(key.account).to_owned());
    event.concerns(key.account, key.arn().to_string());
    event
}

fn told(error: &Error) -> String {
    match error {
        Error::World(source) => source.to_string(),
        Error::Caller(_) | Error::Conflict => format!("{error:?}"),
    }
}

/// Rows that are read at once.
const PAGE: usize = 256;
/// Things that are done with one key before it is the next one's turn.
const STEPS: usize = 64;
/// Grants that one commit removes.
const GRANTS: usize = MAX_BATCH / register::OF_A_GRANT;
