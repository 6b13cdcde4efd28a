//! Tenants' roots as they are stored, their isolates, and the accounts that are sealed.

use std::{
    collections::HashSet,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    arn::{AccountId, Region},
    isolates::{Place, Tenant, TenantId},
    storage::{self, Change, Stored},
    stored_as_json,
    wire::{Error, Result},
};

use super::Service;

/// The record of a tenant's sealed roots, the newest last.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Roots {
    sealed: Vec<SealedRoot>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct SealedRoot(#[serde(with = "crate::keys::base64_text")] Vec<u8>);

stored_as_json!(Roots);

impl Roots {
    /// As the isolates want them.
    pub fn sealed(&self) -> Vec<Vec<u8>> {
        self.sealed.iter().map(|root| root.0.clone()).collect()
    }

    /// From what the isolates have sealed, the newest last.
    pub fn new(sealed: Vec<Vec<u8>>) -> Self {
        Self { sealed: sealed.into_iter().map(SealedRoot).collect() }
    }

    /// Where a tenant's record is.
    pub fn path(id: &TenantId) -> String {
        format!("{}{}", Self::prefix(id.account), id.place.as_str())
    }

    /// Where an account's records are.
    pub fn prefix(account: AccountId) -> String {
        format!("{}{account}/", Self::PREFIX)
    }

    /// Whose record lies there.
    pub fn tenant(path: &str) -> Option<TenantId> {
        let (account, place) = path.strip_prefix(Self::PREFIX)?.split_once('/')?;
        let place = match place {
            "global" => Place::Global,
            region => Place::Region(region.parse::<Region>().ok()?),
        };
        Some(TenantId { account: account.parse().ok()?, place })
    }

    /// Where all records are.
    pub const PREFIX: &str = "root/";
}

/// Accounts whose isolates are not to be opened.
#[derive(Default)]
pub(super) struct SealedAccounts {
    ids: RwLock<HashSet<AccountId>>,
    /// Whether there are any: what nearly every request asks, and nearly always no.
    any: AtomicBool,
}

impl SealedAccounts {
    pub(super) fn has(&self, id: AccountId) -> bool {
        let ids = || self.ids.read().unwrap_or_else(PoisonError::into_inner);
        self.any.load(Ordering::Acquire) && ids().contains(&id)
    }

    pub(super) fn insert(&self, id: AccountId) {
        let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        ids.insert(id);
        self.any.store(true, Ordering::Release);
    }

    pub(super) fn remove(&self, id: AccountId) {
        let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        ids.remove(&id);
        self.any.store(!ids.is_empty(), Ordering::Release);
    }
}

impl Service {
    /// A tenant's isolate. A tenant that was never here before gets its root.
    pub async fn tenant(&self, id: TenantId) -> Result<Arc<Tenant>> {
        match self.isolates.live(&id) {
            Some(tenant) => Ok(tenant),
            None => self.open_tenant(id).await,
        }
    }

    /// Finds or makes a tenant's root, and its isolate. Whoever changes roots keeps this out until
    /// the change is stored, so that no isolate is made from roots of before.
    async fn open_tenant(&self, id: TenantId) -> Result<Arc<Tenant>> {
        let _founding = self.founding.read().await;
        self.check_account(id.account)?;
        let path = Roots::path(&id);
        let roots = match self.storage.load::<Roots>(&path).await? {
            Some(roots) => roots,
            None => {
                let roots = Roots::new(vec![self.isolates.create_root(&id)?]);
                let made = vec![Change::create(&*path, roots.encode())];
                match self.storage.commit(made).await {
                    // Somebody else was faster: that root is as good.
                    Ok(_) | Err(storage::Error::Conflict) => {}
                    Err(error) => return Err(error.into()),
                }
                let missing = || Error::world("a tenant root is gone");
                self.storage.load::<Roots>(&path).await?.ok_or_else(missing)?
            }
        };
        let (sealed, isolates) = (roots.sealed(), self.isolates.clone());
        let opened = tokio::task::spawn_blocking(move || isolates.open(&id, &sealed));
        Ok(opened.await.map_err(Error::world)??)
    }

    /// A sealed account is served as if the service were.
    pub fn check_account(&self, id: AccountId) -> Result<()> {
        if self.sealed_accounts.has(id) { Err(Error::internal().into()) } else { Ok(()) }
    }

    /// Drops all that is open of an account, and opens nothing of it from now on.
    pub async fn seal_account(&self, id: AccountId) {
        let _founding = self.founding.write().await;
        self.sealed_accounts.insert(id);
        self.isolates.forget_account(id);
        self.signing_keys.retain(|_, key| key.account != id);
    }

    /// Serves an account again.
    pub fn unseal_account(&self, id: AccountId) {
        self.sealed_accounts.remove(id);
    }

    /// The same roots were sealed anew: living isolates make further instances from these.
    pub fn renew(&self, id: &TenantId, roots: &Roots) {
        if let Some(tenant) = self.isolates.live(id) {
            tenant.renew(roots.sealed());
        }
        if let Some(ledger) = self.ledger().filter(|_| *id == Self::system()) {
            ledger.system.renew(roots.sealed());
        }
    }
}
