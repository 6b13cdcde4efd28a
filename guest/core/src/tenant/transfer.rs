//! From one isolate to another, through a host that sees ciphertext.
//!
//! A parcel's info string names its purpose, the certificates of sender and receiver, and where its
//! contents go: account, Region, key id, spec, usage, and for a plaintext its encryption context.

use alloc::vec::Vec;

use crate::{
    binding::Binding,
    encoding,
    error::{Error, Result},
    material::Material,
};

use super::{Key, SealedMaterial, Side, Tenant};

impl Tenant {
    /// Decrypts, and seals the plaintext to the isolate that will encrypt it for `destination`.
    pub fn send_plaintext(
        &mut self,
        source: &Side<'_>,
        ciphertext: &[u8],
        to: &[u8],
        destination: &Binding,
        context: &[u8],
    ) -> Result<Vec<u8>> {
        destination.check()?;
        let plaintext = self.decrypt(source, ciphertext)?;
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        let receiver = unsealed.verifier.check(to)?;
        if receiver.account != destination.account || receiver.region != destination.region {
            return Err(Error::Foreign);
        }
        let info = info(PLAINTEXT, &unsealed.certificate, to, destination, context)?;
        unsealed.receiver.send(receiver.public, &info, &plaintext, &mut self.drbg)
    }

    /// Encrypts what another isolate has sent.
    pub fn receive_plaintext(
        &mut self,
        parcel: &[u8],
        from: &[u8],
        destination: &Side<'_>,
    ) -> Result<Vec<u8>> {
        let unsealed = self.unsealed()?;
        let sender = unsealed.verifier.check(from)?;
        let (binding, context) = (destination.key.binding, destination.context);
        let info = info(PLAINTEXT, from, &unsealed.certificate, binding, context)?;
        let plaintext = unsealed.receiver.open_from(sender.public, &info, parcel)?;
        self.encrypt_any(destination, &plaintext)
    }

    /// Sends a multi-Region key to the same account in another Region.
    pub fn send_key(&mut self, key: &Key<'_>, to: &[u8], target: &Binding) -> Result<Vec<u8>> {
        let unsealed = self.unsealed()?;
        let stored = unsealed.open_stored(key)?;
        let receiver = unsealed.verifier.check(to)?;
        let replica = Binding { region: target.region.clone(), ..key.binding.clone() };
        let is_home = receiver.account == unsealed.account && receiver.region == target.region;
        if !key.binding.multi_region || replica != *target || !is_home {
            return Err(Error::Foreign);
        }
        let info = info(KEY, &unsealed.certificate, to, target, b"")?;
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        unsealed.receiver.send(receiver.public, &info, &stored, &mut self.drbg)
    }

    /// Takes in the key that an isolate of the same account has sent.
    pub fn receive_key(
        &mut self,
        parcel: &[u8],
        from: &[u8],
        target: &Binding,
    ) -> Result<SealedMaterial> {
        let unsealed = self.unsealed()?;
        unsealed.check_home(target)?;
        let sender = unsealed.verifier.check(from)?;
        if sender.account != unsealed.account || !target.multi_region {
            return Err(Error::Foreign);
        }
        let info = info(KEY, from, &unsealed.certificate, target, b"")?;
        let stored = unsealed.receiver.open_from(sender.public, &info, parcel)?;
        Material::from_stored(target.spec, &stored, &target.key_id)?;
        self.seal_key(target, &stored)
    }
}

fn info(
    purpose: &[u8],
    from: &[u8],
    to: &[u8],
    target: &Binding,
    context: &[u8],
) -> Result<Vec<u8>> {
    if from.len().max(to.len()).max(context.len()) > 8192 {
        return Err(Error::Invalid);
    }
    Ok(encoding::fields(&[purpose, from, to, &target.encode(), context]))
}

const PLAINTEXT: &[u8] = b"keycell plaintext in transit v1";
const KEY: &[u8] = b"keycell key in transit v1";
