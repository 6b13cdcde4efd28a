//! Project Wycheproof's vectors through the component: an operator puts their private keys into it.
//!
//! Not here, and why: ECDSA, EdDSA and RSA signatures and ML-KEM encapsulation come with public
//! keys only, and the component does nothing with a public key that is not one of its own keys'.
//! They are tested natively (`guest/core/tests`); `crate::nist` has some of NIST's with private
//! keys.

#[path = "../../guest/core/tests/vectors/mod.rs"]
mod suite;

use std::collections::HashMap;

use ::rsa::{Oaep, RsaPublicKey, pkcs8::DecodePublicKey};
use keycell::isolates::{
    Encryption, Failure, KeySpec as HostSpec, KeyUsage, Message, Refusal, Side, Signing, Wrapping,
};
use keycell_core::{
    algorithm::{self, Encryption as NativeEncryption},
    binding::KeySpec,
    error::{Error, Result},
    families,
};
use tokio::runtime::Runtime;

use crate::keeper::{Kept, binding, drbg, keeper};

use suite::{Count, Implementation};

#[test]
fn hmac() {
    let count = suite::hmac(&mut Component::new());
    assert_eq!(count, Count { valid: 120, invalid: 430, strict: 120, skipped: 24 });
}

#[test]
fn ecdh() {
    let count = suite::ecdh(&mut Component::new());
    assert_eq!(count, Count { valid: 1736, invalid: 154, strict: 685, skipped: 0 });
}

#[test]
fn oaep() {
    let count = suite::oaep(&mut Component::new());
    assert_eq!(count, Count { valid: 58, invalid: 76, strict: 31, skipped: 933 });
}

#[test]
fn decapsulation() {
    let count = suite::decapsulation(&mut Component::new());
    assert_eq!(count, Count { valid: 483, invalid: 120, strict: 0, skipped: 0 });
}

#[test]
fn ml_dsa() {
    let count = suite::ml_dsa(&mut Component::new());
    assert_eq!(count, Count { valid: 481, invalid: 226, strict: 0, skipped: 211 });
}

/// No vector has a private key inside, which is all that KMS takes in under AES key wrap: what is
/// valid is refused like the rest, for what it holds. `crate::openssl` has what is accepted.
#[tokio::test]
async fn key_wrap() {
    let tenant = &keeper().tenant;
    let target = binding(hosts(KeySpec::P256), KeyUsage::SignVerify);
    let spec = hosts(KeySpec::Rsa2048);
    let invitation = tenant.invite(spec, target).await.expect("a spec of RSA");
    let public = RsaPublicKey::from_public_key_der(&invitation.public_key).expect("SPKI");
    let mut refused = 0;
    for (key, wrapped, _) in suite::key_wrap() {
        let key = public.encrypt(&mut drbg(), Oaep::<sha2::Sha256>::new(), &key);
        let wrapped = [key.expect("32 bytes fit"), wrapped].concat();
        let wrapping = Wrapping::RsaAesKeyWrapSha256;
        let accepted = tenant.accept(&invitation.sealed, spec, wrapping, &wrapped, target).await;
        assert!(matches!(accepted, Err(Failure::Refused(Refusal::Unverified))));
        refused += 1;
    }
    assert_eq!(refused, 94);
}

/// The component, as the host runs it.
struct Component {
    runtime: Runtime,
    /// Each key is sealed once.
    kept: HashMap<Vec<u8>, Kept>,
}

impl Component {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Self { runtime: runtime.expect("a runtime can be made"), kept: HashMap::new() }
    }

    fn put(&mut self, spec: KeySpec, usage: KeyUsage, stored: &[u8]) -> &Kept {
        let kept = self.kept.entry(stored.to_vec());
        let kept = kept.or_insert_with(|| keeper().put(hosts(spec), usage, stored));
        if kept.binding != binding(hosts(spec), usage) {
            *kept = keeper().put(hosts(spec), usage, stored);
        }
        kept
    }
}

impl Implementation for Component {
    fn generate_mac(&mut self, spec: KeySpec, key: &[u8], message: &[u8]) -> Result<Vec<u8>> {
        let key = self.put(spec, KeyUsage::Mac, key).key();
        answer(keeper().tenant.generate_mac(key, message))
    }

    fn verify_mac(&mut self, spec: KeySpec, key: &[u8], message: &[u8], mac: &[u8]) -> Result<()> {
        let key = self.put(spec, KeyUsage::Mac, key).key();
        verdict(keeper().tenant.verify_mac(key, message, mac))
    }

    fn derive(&mut self, spec: KeySpec, key: &[u8], peer: &[u8]) -> Result<Vec<u8>> {
        self.put(spec, KeyUsage::KeyAgreement, key);
        let derived = keeper().tenant.derive(self.kept[key].key(), peer);
        answer(self.runtime.block_on(derived)).map(|secret| secret.to_vec())
    }

    fn decrypt(
        &mut self,
        spec: KeySpec,
        pkcs8: &[u8],
        algorithm: NativeEncryption,
        ciphertext: &[u8],
    ) -> Result<Vec<u8>> {
        let stored = families::rsa::PrivateKey::from_pkcs8(spec, pkcs8)?.stored();
        self.put(spec, KeyUsage::EncryptDecrypt, &stored);
        let algorithm = match algorithm {
            NativeEncryption::Symmetric => Encryption::SymmetricDefault,
            NativeEncryption::OaepSha1 => Encryption::RsaesOaepSha1,
            NativeEncryption::OaepSha256 => Encryption::RsaesOaepSha256,
        };
        let under = Side { key: self.kept[&**stored].key(), algorithm, context: b"" };
        let plaintext = self.runtime.block_on(keeper().tenant.decrypt(under, ciphertext));
        answer(plaintext).map(|plaintext| plaintext.to_vec())
    }

    fn decapsulate(&mut self, spec: KeySpec, key: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>> {
        let key = self.put(spec, KeyUsage::Encapsulation, key).key();
        answer(keeper().tenant.decapsulate(key, ciphertext)).map(|secret| secret.to_vec())
    }

    fn verify(
        &mut self,
        spec: KeySpec,
        key: &[u8],
        message: algorithm::Message<'_>,
        signature: &[u8],
    ) -> Result<()> {
        self.put(spec, KeyUsage::SignVerify, key);
        let message = match message {
            algorithm::Message::Raw(message) => Message::Raw(message),
            algorithm::Message::Digest(digest) => Message::Digest(digest),
            algorithm::Message::ExternalMu(mu) => Message::ExternalMu(mu),
        };
        let (tenant, key) = (&keeper().tenant, self.kept[key].key());
        let verified = tenant.verify(key, Signing::MlDsaShake256, message, signature);
        verdict(self.runtime.block_on(verified))
    }
}

/// The same in the words of the host.
fn hosts(spec: KeySpec) -> HostSpec {
    match spec {
        KeySpec::Symmetric => HostSpec::Symmetric,
        KeySpec::Hmac224 => HostSpec::Hmac224,
        KeySpec::Hmac256 => HostSpec::Hmac256,
        KeySpec::Hmac384 => HostSpec::Hmac384,
        KeySpec::Hmac512 => HostSpec::Hmac512,
        KeySpec::Rsa2048 => HostSpec::Rsa2048,
        KeySpec::Rsa3072 => HostSpec::Rsa3072,
        KeySpec::Rsa4096 => HostSpec::Rsa4096,
        KeySpec::P256 => HostSpec::P256,
        KeySpec::P384 => HostSpec::P384,
        KeySpec::P521 => HostSpec::P521,
        KeySpec::Secp256k1 => HostSpec::Secp256k1,
        KeySpec::Ed25519 => HostSpec::Ed25519,
        KeySpec::MlDsa44 => HostSpec::MlDsa44,
        KeySpec::MlDsa65 => HostSpec::MlDsa65,
        KeySpec::MlDsa87 => HostSpec::MlDsa87,
        KeySpec::MlKem512 => HostSpec::MlKem512,
        KeySpec::MlKem768 => HostSpec::MlKem768,
        KeySpec::MlKem1024 => HostSpec::MlKem1024,
    }
}

/// What the isolate said, in its own words.
fn answer<T>(outcome: std::result::Result<T, Failure>) -> Result<T> {
    outcome.map_err(|failure| match failure {
        Failure::Refused(Refusal::Locked) => Error::Locked,
        Failure::Refused(Refusal::Foreign) => Error::Foreign,
        Failure::Refused(Refusal::Unsupported) => Error::Unsupported,
        Failure::Refused(Refusal::Invalid) => Error::Invalid,
        Failure::Refused(Refusal::Unverified) => Error::Unverified,
        Failure::Refused(Refusal::Failed) => Error::Failed,
        other => panic!("{other:?}"),
    })
}

fn verdict(outcome: std::result::Result<bool, Failure>) -> Result<()> {
    if answer(outcome)? { Ok(()) } else { Err(Error::Unverified) }
}
