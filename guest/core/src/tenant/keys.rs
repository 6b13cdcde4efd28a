//! Making keys, taking them in, and telling their public halves.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::{
    algorithm::Wrapping,
    binding::{Binding, KeySpec},
    error::{Error, Result},
    families::rsa,
    import,
    material::{Material, material_id},
    sealed::Purpose,
};

use super::{Key, Tenant, Unsealed};

/// What making or taking in a key gives back.
pub struct SealedMaterial {
    /// For the keeper.
    pub sealed: Vec<u8>,
    /// Names the material in ciphertexts.
    pub material_id: [u8; 32],
}

/// A wrapping key for one KMS key.
pub struct Invitation {
    /// SubjectPublicKeyInfo (DER).
    pub public_key: Vec<u8>,
    /// The private half, for [`Tenant::accept`] alone.
    pub sealed: Vec<u8>,
}

/// Material on its way in.
pub struct Wrapped<'a> {
    /// The sealed half of the invitation.
    pub invitation: &'a [u8],
    /// The spec of the wrapping key.
    pub spec: KeySpec,
    /// How the material is wrapped.
    pub wrapping: Wrapping,
    /// The wrapped bytes.
    pub bytes: &'a [u8],
}

impl Tenant {
    /// Makes the key that `binding` describes.
    pub fn generate(&mut self, binding: &Binding) -> Result<SealedMaterial> {
        self.health.check_for(binding.spec)?;
        self.unsealed()?.check_home(binding)?;
        let stored = Material::generate(binding.spec, &mut self.drbg)?;
        self.seal_key(binding, &stored)
    }

    /// The public half, as SubjectPublicKeyInfo (DER).
    pub fn public_key(&mut self, key: &Key<'_>) -> Result<Vec<u8>> {
        self.open(key, key.binding.usage)?.public_key()
    }

    /// The same material under the newest root; what is there already stays as it is.
    pub fn reseal(&mut self, key: &Key<'_>) -> Result<Vec<u8>> {
        self.health.check()?;
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        unsealed.check_home(key.binding)?;
        let context = key.binding.encode();
        unsealed.roots.reseal(Purpose::Key, &context, key.sealed, &mut self.drbg)
    }

    /// A wrapping key for the material of `target`.
    pub fn invite(&mut self, spec: KeySpec, target: &Binding) -> Result<Invitation> {
        self.health.check_for(spec)?;
        self.unsealed()?.check_home(target)?;
        let key = rsa::PrivateKey::generate(spec, &mut self.drbg)?;
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        let (root, context) = (unsealed.roots.newest(), invitation(spec, target));
        let sealed = root.seal(Purpose::WrappingKey, &context, &key.stored(), &mut self.drbg);
        Ok(Invitation { public_key: key.public_key(), sealed })
    }

    /// Unwraps material under an invitation to `target`, and seals it as that key.
    pub fn accept(&mut self, wrapped: &Wrapped<'_>, target: &Binding) -> Result<SealedMaterial> {
        self.health.check_for(wrapped.spec)?;
        self.health.check_for(target.spec)?;
        let unsealed = self.unsealed()?;
        unsealed.check_home(target)?;
        import::check_wrapping(target.spec, wrapped.wrapping, wrapped.spec)?;
        let context = invitation(wrapped.spec, target);
        let key = unsealed.roots.open(Purpose::WrappingKey, &context, wrapped.invitation)?;
        let key = rsa::PrivateKey::from_stored(wrapped.spec, &key)?;
        let material = import::unwrap(&key, wrapped.wrapping, wrapped.bytes, &mut self.drbg)?;
        let stored = Material::import(target.spec, &material)?;
        self.seal_key(target, &stored)
    }

    pub(super) fn seal_key(&mut self, binding: &Binding, stored: &[u8]) -> Result<SealedMaterial> {
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        let root = unsealed.roots.newest();
        Ok(SealedMaterial {
            sealed: root.seal(Purpose::Key, &binding.encode(), stored, &mut self.drbg),
            material_id: material_id(stored, &binding.key_id),
        })
    }
}

impl Unsealed {
    /// The stored form of a key's material.
    pub(super) fn open_stored(&self, key: &Key<'_>) -> Result<Zeroizing<Vec<u8>>> {
        self.check_home(key.binding)?;
        self.roots.open(Purpose::Key, &key.binding.encode(), key.sealed)
    }
}

/// What the seal of a wrapping key authenticates.
fn invitation(spec: KeySpec, target: &Binding) -> Vec<u8> {
    let mut context = target.encode();
    context.push(spec as u8);
    context
}
