//! How keys are written: a key's record together with the rows that lead to it, so that none of
//! them is ever without the others.

use std::collections::BTreeMap;

use crate::{
    keys::{Due, Grant, GrantCount, GrantRow, GranteeRow, Key, MaterialOwner},
    storage::{Change, Loaded, Storage, Stored},
    wire::{Error, Result},
};

/// A key that is new.
pub fn create(key: &Key) -> Vec<Change> {
    let rows = rows(key).into_iter().map(|(path, row)| Change::create(path, row));
    rows.chain([Change::create(path(key), key.encode())]).collect()
}

/// A key that is other than it was; nothing if it is as it was.
pub fn replace(old: &Loaded<Key>, new: &Key) -> Vec<Change> {
    let record = new.encode();
    if record == old.encode() {
        return Vec::new();
    }
    let (before, after) = (rows(old), rows(new));
    let gone = before.keys().filter(|row| !after.contains_key(*row));
    let mut changes: Vec<_> = gone.map(Change::remove).collect();
    let come = after.into_iter().filter(|(row, _)| !before.contains_key(row));
    changes.extend(come.map(|(row, value)| Change::put(row, value)));
    changes.push(Change::replace(path(old), old.version, record));
    changes
}

/// A key that is no more.
pub fn delete(old: &Loaded<Key>) -> Vec<Change> {
    let rows = rows(old).into_keys().map(Change::remove);
    rows.chain([Change::delete(path(old), old.version)]).collect()
}

/// The same multi-Region key in its other Regions.
pub async fn elsewhere(storage: &Storage, key: &Key) -> Result<Vec<Loaded<Key>>> {
    let mut others = Vec::new();
    for region in key.other_regions() {
        let missing = || Error::world("a multi-Region key is not where it should be");
        let other = storage.load(&Key::path(key.account, region, &key.id)).await?;
        others.push(other.ok_or_else(missing)?);
    }
    Ok(others)
}

/// A grant that is new.
pub fn create_grant(grant: &Grant) -> Vec<Change> {
    let path = Grant::path(grant.account, grant.region, &grant.key, &grant.id);
    let rows = grant_rows(grant).into_iter().map(|(path, row)| Change::create(path, row));
    rows.chain([Change::create(path, grant.encode())]).collect()
}

/// A grant that is no more.
pub fn delete_grant(old: &Loaded<Grant>) -> Vec<Change> {
    let path = Grant::path(old.account, old.region, &old.key, &old.id);
    let rows = grant_rows(old).into_iter().map(|(path, _)| Change::remove(path));
    rows.chain([Change::delete(path, old.version)]).collect()
}

/// How many grants a key has, when there is one more or one less.
pub fn count_grants(grant: &Grant, old: Option<&Loaded<GrantCount>>, count: u32) -> Change {
    let path = GrantCount::path(grant.account, grant.region, &grant.key);
    match old {
        Some(old) if count == 0 => Change::delete(path, old.version),
        Some(old) => Change::replace(path, old.version, GrantCount { count }.encode()),
        None => Change::create(path, GrantCount { count }.encode()),
    }
}

/// How a grant is found: by its grantee, by its retiring principal, by its name.
fn grant_rows(grant: &Grant) -> Vec<(String, Vec<u8>)> {
    let (path, row) = GranteeRow::of(grant);
    let others = GrantRow::of(grant).into_iter().map(|(path, row)| (path, row.encode()));
    [(path, row.encode())].into_iter().chain(others).collect()
}

fn path(key: &Key) -> String {
    Key::path(key.account, key.region, &key.id)
}

/// How ciphertexts find the key, and when the sweep does.
fn rows(key: &Key) -> BTreeMap<String, Vec<u8>> {
    let materials = key.materials.iter().filter(|_| key.spec.is_symmetric());
    let owner = MaterialOwner { account: key.account, key: key.id }.encode();
    let owners =
        materials.map(|material| (MaterialOwner::path(key.region, &material.id), owner.clone()));
    let due = Due { account: key.account, region: key.region, key: key.id }.encode();
    owners.chain(Due::path(key).map(|path| (path, due))).collect()
}

/// Records that a grant has at most, itself included.
pub const OF_A_GRANT: usize = 4;
