//! How a call reaches isolates: with the key as its isolate wants it.

use std::sync::Arc;

use crate::{
    arn::AccountId,
    isolates::{self, Binding, Failure, KeySpec, KeyUsage, Place, Refusal, Tenant, TenantId},
    keys::{Key, Material, Spec, Usage},
    storage::Loaded,
    wire::{Error, Result},
};

use super::{Authorized, Call};

impl Call<'_> {
    pub(super) fn current<'k>(&mut self, key: &'k Authorized<Loaded<Key>>) -> Result<&'k Material> {
        let material = key.current()?;
        self.tell_material(key, material);
        Ok(material)
    }

    /// The record names the material of keys that can have several.
    pub(super) fn tell_material(&mut self, key: &Key, material: &Material) {
        if key.spec.is_symmetric() {
            self.event.material_id = Some(material.id.to_string());
        }
    }

    pub(super) async fn isolate(&mut self, key: &Authorized<Loaded<Key>>) -> Result<Arc<Tenant>> {
        self.tenant(key.account).await
    }

    pub(super) async fn tenant(&mut self, account: AccountId) -> Result<Arc<Tenant>> {
        self.service.tenant(TenantId::of(account, self.region)).await
    }
}

/// A key as its isolate wants it.
pub(crate) fn sealed_key<'a>(key: &'a Key, material: &'a Material) -> Result<isolates::Key<'a>> {
    let sealed = material.sealed.as_ref().ok_or_else(|| Error::world("a material is not there"))?;
    Ok(isolates::Key { sealed: &sealed.0, binding: binding(key) })
}

/// What the seals of the key's materials authenticate.
pub(crate) fn binding(key: &Key) -> Binding {
    Binding {
        account: key.account,
        place: Place::Region(key.region),
        key_id: key.id,
        spec: spec(key.spec),
        usage: match key.usage {
            Usage::EncryptDecrypt => KeyUsage::EncryptDecrypt,
            Usage::SignVerify => KeyUsage::SignVerify,
            Usage::GenerateVerifyMac => KeyUsage::Mac,
            Usage::KeyAgreement => KeyUsage::KeyAgreement,
            Usage::EncapsulateDecapsulate => KeyUsage::Encapsulation,
        },
        multi_region: key.id.is_multi_region(),
    }
}

/// A spec in the isolates' words.
pub(super) fn spec(spec: Spec) -> KeySpec {
    match spec {
        Spec::SymmetricDefault => KeySpec::Symmetric,
        Spec::Hmac224 => KeySpec::Hmac224,
        Spec::Hmac256 => KeySpec::Hmac256,
        Spec::Hmac384 => KeySpec::Hmac384,
        Spec::Hmac512 => KeySpec::Hmac512,
        Spec::Rsa2048 => KeySpec::Rsa2048,
        Spec::Rsa3072 => KeySpec::Rsa3072,
        Spec::Rsa4096 => KeySpec::Rsa4096,
        Spec::EccNistP256 => KeySpec::P256,
        Spec::EccNistP384 => KeySpec::P384,
        Spec::EccNistP521 => KeySpec::P521,
        Spec::EccSecgP256k1 => KeySpec::Secp256k1,
        Spec::EccNistEdwards25519 => KeySpec::Ed25519,
        Spec::MlDsa44 => KeySpec::MlDsa44,
        Spec::MlDsa65 => KeySpec::MlDsa65,
        Spec::MlDsa87 => KeySpec::MlDsa87,
        Spec::MlKem512 => KeySpec::MlKem512,
        Spec::MlKem768 => KeySpec::MlKem768,
        Spec::MlKem1024 => KeySpec::MlKem1024,
    }
}

/// What does not verify is the caller's affair where the caller brought it.
pub(super) fn unverified(failure: Failure) -> Error {
    match failure {
        Failure::Refused(Refusal::Unverified) => Error::invalid_ciphertext(),
        other => other.into(),
    }
}
