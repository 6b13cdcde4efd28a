//! Between two tenants' isolates: parcels that this process carries and cannot open.

use std::sync::Arc;

use super::{
    Failure, Tenant,
    calls::{SealedMaterial, sealed_material},
    key::{Binding, Key, Side},
};

impl Tenant {
    /// Re-encrypts from a key of this isolate to one of another.
    pub async fn re_encrypt_to(
        self: &Arc<Self>,
        source: Side<'_>,
        ciphertext: &[u8],
        to: &Arc<Self>,
        destination: Side<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let (source, destination) = (source.own(), destination.own());
        let (ciphertext, to) = (ciphertext.to_vec(), to.clone());
        self.later(move |own| {
            own.hand_over(&to, |sender, receiver| {
                let target = destination.lend();
                let parcel = own.call_holder(sender, |world, store| {
                    world.keycell_isolate_transfer().call_send_plaintext(
                        store,
                        source.lend().words(),
                        &ciphertext,
                        receiver,
                        target.key.binding.words(),
                        target.context,
                    )
                })?;
                let Some(parcel) = parcel else { return Ok(None) };
                to.call_holder(receiver, |world, store| {
                    let transfer = world.keycell_isolate_transfer();
                    transfer.call_receive_plaintext(store, &parcel, sender, target.words())
                })
            })
        })
        .await
    }

    /// Copies a multi-Region key to the isolate of the same account in another Region.
    pub async fn replicate(
        self: &Arc<Self>,
        key: Key<'_>,
        to: &Arc<Self>,
        target: Binding,
    ) -> Result<SealedMaterial, Failure> {
        let (key, to) = (key.own(), to.clone());
        self.later(move |own| {
            own.hand_over(&to, |sender, receiver| {
                let parcel = own.call_holder(sender, |world, store| {
                    let transfer = world.keycell_isolate_transfer();
                    transfer.call_send_key(store, key.lend().words(), receiver, target.words())
                })?;
                let Some(parcel) = parcel else { return Ok(None) };
                let made = to.call_holder(receiver, |world, store| {
                    let transfer = world.keycell_isolate_transfer();
                    transfer.call_receive_key(store, &parcel, sender, target.words())
                })?;
                made.map(|made| sealed_material(made.sealed, made.material_id)).transpose()
            })
        })
        .await
    }

    /// Runs a hand-over between one instance here and one there, again if either is gone meanwhile.
    fn hand_over<T>(
        &self,
        to: &Self,
        run: impl Fn(&[u8], &[u8]) -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        for _ in 0..ATTEMPTS {
            let (sender, receiver) = (self.certificate()?, to.certificate()?);
            if let Some(done) = run(&sender, &receiver)? {
                return Ok(done);
            }
        }
        Err(Failure::Busy)
    }
}

/// Both instances have to live through two calls each.
const ATTEMPTS: usize = 3;
