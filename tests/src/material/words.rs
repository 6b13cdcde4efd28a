//! The words of the boundary, and the same in `keycell_core`.

use keycell_core::{algorithm, binding};

use super::isolates::tenant::exports::keycell::isolate::{
    cipher::Algorithm,
    material::Wrapping,
    types::{Binding, KeySpec, KeyUsage},
};

/// In the order of their numbers, as [`binding::KeySpec::ALL`].
pub(super) const SPECS: [KeySpec; binding::KeySpec::ALL.len()] = [
    KeySpec::Symmetric,
    KeySpec::Hmac224,
    KeySpec::Hmac256,
    KeySpec::Hmac384,
    KeySpec::Hmac512,
    KeySpec::Rsa2048,
    KeySpec::Rsa3072,
    KeySpec::Rsa4096,
    KeySpec::P256,
    KeySpec::P384,
    KeySpec::P521,
    KeySpec::Secp256k1,
    KeySpec::Ed25519,
    KeySpec::MlDsa44,
    KeySpec::MlDsa65,
    KeySpec::MlDsa87,
    KeySpec::MlKem512,
    KeySpec::MlKem768,
    KeySpec::MlKem1024,
];

pub(super) const USAGES: [KeyUsage; 5] = [
    KeyUsage::EncryptDecrypt,
    KeyUsage::SignVerify,
    KeyUsage::Mac,
    KeyUsage::KeyAgreement,
    KeyUsage::Encapsulation,
];

/// RSA, which is expensive to make.
pub(super) const RSA: [KeySpec; 3] = [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096];

pub(super) fn native_spec(spec: KeySpec) -> binding::KeySpec {
    binding::KeySpec::ALL[place(&SPECS, spec)]
}

pub(super) fn native_usage(usage: KeyUsage) -> binding::KeyUsage {
    const NATIVE: [binding::KeyUsage; 5] = [
        binding::KeyUsage::EncryptDecrypt,
        binding::KeyUsage::SignVerify,
        binding::KeyUsage::Mac,
        binding::KeyUsage::KeyAgreement,
        binding::KeyUsage::Encapsulation,
    ];
    NATIVE[place(&USAGES, usage)]
}

/// What a key of this spec may be made for.
pub(super) fn usages(spec: KeySpec) -> Vec<KeyUsage> {
    let allows = |usage: &KeyUsage| native_spec(spec).allows(native_usage(*usage));
    USAGES.into_iter().filter(allows).collect()
}

pub(super) fn native_binding(binding: &Binding) -> binding::Binding {
    binding::Binding {
        account: binding.account.clone(),
        region: binding.region.clone(),
        key_id: binding.key_id.clone(),
        spec: native_spec(binding.spec),
        usage: native_usage(binding.usage),
        multi_region: binding.multi_region,
    }
}

/// What the seal of a wrapping key authenticates: see `guest/core/src/tenant/keys.rs`.
pub(super) fn invitation_context(spec: KeySpec, target: &Binding) -> Vec<u8> {
    let mut context = native_binding(target).encode();
    context.push(native_spec(spec) as u8);
    context
}

pub(super) fn native_encryption(algorithm: Algorithm) -> algorithm::Encryption {
    match algorithm {
        Algorithm::SymmetricDefault => algorithm::Encryption::Symmetric,
        Algorithm::RsaesOaepSha1 => algorithm::Encryption::OaepSha1,
        Algorithm::RsaesOaepSha256 => algorithm::Encryption::OaepSha256,
    }
}

/// Whether there is an AES key between, and what OAEP hashes with.
pub(super) fn steps(wrapping: Wrapping) -> (bool, Algorithm) {
    match wrapping {
        Wrapping::RsaesOaepSha1 => (false, Algorithm::RsaesOaepSha1),
        Wrapping::RsaesOaepSha256 => (false, Algorithm::RsaesOaepSha256),
        Wrapping::RsaAesKeyWrapSha1 => (true, Algorithm::RsaesOaepSha1),
        Wrapping::RsaAesKeyWrapSha256 => (true, Algorithm::RsaesOaepSha256),
    }
}

fn place<T: PartialEq>(all: &[T], one: T) -> usize {
    all.iter().position(|known| *known == one).expect("all are listed")
}
