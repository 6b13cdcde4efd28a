//! The trail is delivered in the background, while the service is unsealed.

use std::{sync::Arc, time::Duration};

use crate::{
    audit::{MadeKey, Notary, NotaryError, Signer, delivery},
    isolates::{Binding, Failure, Key, KeySpec, KeyUsage, Message, Place, Signing, Tenant},
};

use super::{SYSTEM, Service, ledger::SystemNotary, uuid};

impl Service {
    /// Delivers what is due until `stop` is done, and then once more what there is.
    pub async fn deliver(&self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut wait = EVERY;
        let mut told: Option<String> = None;
        loop {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = &mut stop => break,
            }
            // A delivery that is stopped goes on at the next start.
            let result = tokio::select! {
                result = self.deliver_due() => result,
                () = &mut stop => break,
            };
            match result {
                Ok(()) => {
                    if told.take().is_some() {
                        tracing::info!("the trail is delivered again");
                    }
                    wait = EVERY;
                }
                Err(error) => {
                    wait = (wait * 2).min(LONGEST);
                    let text = error.to_string();
                    // The same again and again is said once each time that the wait is longest.
                    if told.as_ref() != Some(&text) || wait == LONGEST {
                        tell(&error);
                    }
                    told = Some(text);
                }
            }
        }
        match tokio::time::timeout(LAST, self.deliver_all()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!("the end of the trail is not delivered yet: {error}"),
            Err(_) => tracing::warn!("the end of the trail was not delivered in time"),
        }
    }

    /// Delivers what is due. While the service is sealed nothing is.
    ///
    /// # Errors
    ///
    /// The first thing that went wrong; the next call goes on.
    pub async fn deliver_due(&self) -> Result<(), delivery::Error> {
        let Some((head, signer)) = self.deliverable() else { return Ok(()) };
        self.delivery.run(self.now(), head, &signer).await
    }

    /// Delivers all records that there are as log files, whether they are due or not.
    async fn deliver_all(&self) -> Result<(), delivery::Error> {
        let Some((head, signer)) = self.deliverable() else { return Ok(()) };
        self.delivery.run_to(self.now(), head, &signer).await
    }

    /// The last durable batch, and who signs; of the ledger nothing is held, for whoever seals the
    /// service waits for it.
    fn deliverable(&self) -> Option<(u64, SystemSigner<'_>)> {
        let ledger = self.ledger().filter(|_| self.is_open())?;
        Some((ledger.trail.head().sequence, SystemSigner(self)))
    }
}

/// Digests are signed in the system isolate, which is asked for each time: what is held here would
/// be wiped later than whoever seals the service is told.
struct SystemSigner<'a>(&'a Service);

impl SystemSigner<'_> {
    fn system(&self) -> Result<Arc<Tenant>, NotaryError> {
        let ledger = self.0.ledger().filter(|_| self.0.is_open());
        let ledger = ledger.ok_or_else(|| NotaryError("the service is sealed".to_owned()))?;
        Ok(ledger.system.clone())
    }
}

impl Signer for SystemSigner<'_> {
    fn notary(&self) -> Result<Arc<dyn Notary>, NotaryError> {
        Ok(Arc::new(SystemNotary(self.system()?)))
    }

    async fn generate(&self) -> Result<MadeKey, NotaryError> {
        let (id, system) = (uuid(), self.system()?);
        let binding = binding(&id)?;
        let made = match system.generate(binding).await {
            Err(Failure::Trapped(_)) => system.generate(binding).await,
            result => result,
        };
        let sealed = made.map_err(failed)?.sealed;
        let public = system.public_key(Key { sealed: &sealed, binding }).await.map_err(failed)?;
        Ok(MadeKey { id, sealed, public })
    }

    async fn sign(&self, id: &str, sealed: &[u8], message: &[u8]) -> Result<Vec<u8>, NotaryError> {
        let key = Key { sealed, binding: binding(id)? };
        let system = self.system()?;
        let sign = || system.sign(key, Signing::RsassaPkcs1Sha256, Message::Raw(message));
        let signed = match sign().await {
            Err(Failure::Trapped(_)) => sign().await,
            result => result,
        };
        signed.map_err(failed)
    }
}

fn tell(error: &delivery::Error) {
    match error {
        delivery::Error::Unproved(_) => {
            tracing::error!("the trail was tampered with or damaged: {error}");
        }
        _ => tracing::warn!("the trail is not delivered, tried again: {error}"),
    }
}

fn binding(id: &str) -> Result<Binding, NotaryError> {
    Ok(Binding {
        account: SYSTEM.parse().map_err(|_| NotaryError("there is no system account".into()))?,
        place: Place::Global,
        key_id: id.parse().map_err(|_| NotaryError("a signing key has no proper id".into()))?,
        spec: KeySpec::Rsa2048,
        usage: KeyUsage::SignVerify,
        multi_region: false,
    })
}

fn failed(failure: Failure) -> NotaryError {
    NotaryError(failure.to_string())
}

/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(1);
/// The longest wait after failures.
const LONGEST: Duration = Duration::from_secs(300);
/// How long the last delivery may take.
const LAST: Duration = Duration::from_secs(10);
