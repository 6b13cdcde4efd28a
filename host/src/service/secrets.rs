//! Secrets of access keys, which account isolates make and keep.

use zeroize::Zeroizing;

use crate::{
    arn::AccountId,
    isolates::TenantId,
    wire::{Error, Result},
};

use super::Service;

impl Service {
    /// A new secret for the access key of that id: to be told once, and sealed for its record. Who
    /// asks holds [`changing`](Self::changing) until it is stored.
    pub async fn new_secret(
        &self,
        account: AccountId,
        id: &str,
    ) -> Result<(Zeroizing<String>, Vec<u8>)> {
        let isolate = self.tenant(TenantId::global(account)).await?;
        let mut made = isolate.create_access_key(id)?;
        let secret = String::from_utf8(std::mem::take(&mut *made.secret));
        let secret = secret.map_err(|_| Error::world("a secret is no text"))?;
        Ok((Zeroizing::new(secret), made.sealed))
    }
}
