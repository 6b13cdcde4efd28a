//! The calls that account isolates and the system isolate serve.

use zeroize::Zeroizing;

use super::{
    Failure, Tenant,
    calls::{broken, is_verified},
};

/// A new access key on its way to its owner.
pub struct AccessKey {
    /// The secret, told once.
    pub secret: Zeroizing<Vec<u8>>,
    /// For the record of the access key.
    pub sealed: Vec<u8>,
}

impl Tenant {
    /// A new secret for an access key.
    pub fn create_access_key(&self, id: &str) -> Result<AccessKey, Failure> {
        let made = self.call(|world, store| {
            world.keycell_isolate_credentials().call_create(store, id.as_bytes())
        })?;
        Ok(AccessKey { secret: made.secret.into(), sealed: made.sealed })
    }

    /// Takes in a secret that was chosen elsewhere.
    pub fn adopt_access_key(&self, id: &str, secret: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_credentials().call_adopt(store, id.as_bytes(), secret)
        })
    }

    /// An access key's secret under the newest root; the same bytes if it is there already.
    pub fn reseal_access_key(&self, id: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| {
            world.keycell_isolate_credentials().call_reseal(store, id.as_bytes(), sealed)
        })
    }

    /// Whether `secret` is the sealed one.
    pub fn confirm_access_key(
        &self,
        id: &str,
        sealed: &[u8],
        secret: &[u8],
    ) -> Result<bool, Failure> {
        let confirmed = self.call(|world, store| {
            let credentials = world.keycell_isolate_credentials();
            credentials.call_confirm(store, id.as_bytes(), sealed, secret)
        });
        is_verified(confirmed)
    }

    /// The SigV4 signing key for a day (`YYYYMMDD`), Region and service.
    pub fn signing_key(
        &self,
        id: &str,
        sealed: &[u8],
        date: &str,
        region: &str,
        service: &str,
    ) -> Result<Zeroizing<[u8; 32]>, Failure> {
        let key = self.call(|world, store| {
            let (id, date) = (id.as_bytes(), date.as_bytes());
            let (region, service) = (region.as_bytes(), service.as_bytes());
            let credentials = world.keycell_isolate_credentials();
            credentials.call_signing_key(store, id, sealed, date, region, service)
        })?;
        let key = Zeroizing::new(key);
        let key = key.first_chunk().ok_or_else(|| broken("signing key"))?;
        Ok(Zeroizing::new(*key))
    }

    /// A MAC over `message` for the use that `label` names.
    pub fn tag(&self, label: &[u8], message: &[u8]) -> Result<Vec<u8>, Failure> {
        self.call(|world, store| world.keycell_isolate_notary().call_tag(store, label, message))
    }

    /// Whether a tag is one of this isolate's.
    pub fn check(&self, label: &[u8], message: &[u8], tag: &[u8]) -> Result<bool, Failure> {
        let checked = self.call(|world, store| {
            world.keycell_isolate_notary().call_check(store, label, message, tag)
        });
        is_verified(checked)
    }
}
