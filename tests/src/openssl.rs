//! Keycell beside OpenSSL, which comes with PyPI's `cryptography`: what one makes, the other takes,
//! and what was tampered with neither takes. Through the API, `tests/sdk/uses.py` asks OpenSSL.
//!
//! Left out, since `cryptography` 50 does not offer it: Ed25519ph and ML-KEM-512 (RFC 8032's and
//! Wycheproof's vectors are in `guest/core/tests`).

mod keys;
mod peer;
mod secrets;
mod signing;

use keycell::isolates::{KeySpec, KeyUsage, Wrapping};

use crate::keeper::{Kept, binding, keeper, taken};

use peer::Peer;

/// A private key that both sides have: as OpenSSL takes it, and kept in the isolate.
struct Shared {
    private: Vec<u8>,
    public: Vec<u8>,
    kept: Kept,
}

impl Shared {
    /// OpenSSL makes the key. Where AWS has an import, it comes in that way.
    async fn new(peer: &mut Peer, spec: KeySpec, usage: KeyUsage) -> Self {
        let [private, public] = peer.make("generate", &[name(spec).into()]);
        let kept = match spec {
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => {
                keeper().put(spec, usage, &private)
            }
            KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => {
                keeper().put(spec, usage, &private)
            }
            _ => import(peer, spec, usage, Wrapping::RsaAesKeyWrapSha256, &private).await,
        };
        let own = keeper().tenant.public_key(kept.key()).await.expect("the isolate serves");
        assert_eq!(own, public, "{spec:?}");
        Self { private, public, kept }
    }
}

/// Takes in material that OpenSSL wraps, under a wrapping key that the isolate makes. A flipped bit
/// is refused.
async fn import(
    peer: &mut Peer,
    spec: KeySpec,
    usage: KeyUsage,
    wrapping: Wrapping,
    material: &[u8],
) -> Kept {
    let (binding, tenant) = (binding(spec, usage), &keeper().tenant);
    let wrapping_spec = wrapping_spec(spec);
    let invitation = tenant.invite(wrapping_spec, binding).await.expect("a spec of RSA");
    let (scheme, hash) = match wrapping {
        Wrapping::RsaesOaepSha1 => ("rsaes-oaep", "sha1"),
        Wrapping::RsaesOaepSha256 => ("rsaes-oaep", "sha256"),
        Wrapping::RsaAesKeyWrapSha1 => ("rsa-aes-key-wrap", "sha1"),
        Wrapping::RsaAesKeyWrapSha256 => ("rsa-aes-key-wrap", "sha256"),
    };
    let public = invitation.public_key.as_slice();
    let arguments = [public.into(), scheme.into(), hash.into(), material.into()];
    let [wrapped] = peer.make("wrap", &arguments);
    let accept = async |bytes: &[u8]| {
        let sealed = &invitation.sealed;
        taken(tenant.accept(sealed, wrapping_spec, wrapping, bytes, binding).await)
    };
    assert!(accept(&flipped(&wrapped)).await.is_none());
    let sealed = accept(&wrapped).await.expect("OpenSSL wraps as AWS says").sealed;
    Kept { sealed, binding }
}

/// So that all three sizes are used; curves of many bits do not fit into the smallest.
fn wrapping_spec(spec: KeySpec) -> KeySpec {
    match spec {
        KeySpec::P521 | KeySpec::Ed25519 => KeySpec::Rsa3072,
        KeySpec::Symmetric => KeySpec::Rsa4096,
        _ => KeySpec::Rsa2048,
    }
}

/// What `peer.py` calls it.
fn name(spec: KeySpec) -> &'static str {
    match spec {
        KeySpec::Rsa2048 => "rsa-2048",
        KeySpec::Rsa3072 => "rsa-3072",
        KeySpec::Rsa4096 => "rsa-4096",
        KeySpec::P256 => "p256",
        KeySpec::P384 => "p384",
        KeySpec::P521 => "p521",
        KeySpec::Secp256k1 => "secp256k1",
        KeySpec::Ed25519 => "ed25519",
        KeySpec::MlDsa44 => "ml-dsa-44",
        KeySpec::MlDsa65 => "ml-dsa-65",
        KeySpec::MlDsa87 => "ml-dsa-87",
        KeySpec::MlKem768 => "ml-kem-768",
        KeySpec::MlKem1024 => "ml-kem-1024",
        other => panic!("{other:?} is nothing that OpenSSL makes"),
    }
}

/// With one bit in the middle turned over.
fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    bytes
}

const RSA: [KeySpec; 3] = [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096];
const CURVES: [KeySpec; 4] = [KeySpec::P256, KeySpec::P384, KeySpec::P521, KeySpec::Secp256k1];
