//! Signatures.

use super::{
    draw::Draw,
    isolates::{
        Isolate,
        tenant::exports::keycell::isolate::{
            signing::{Algorithm, Message},
            types::{Binding, KeySpec, KeyUsage},
        },
    },
    world::{Signature, World},
};

pub(super) fn sign(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let key = world.key(number, draw, |binding| binding.usage == KeyUsage::SignVerify);
    let own = algorithms(key.binding.spec);
    let algorithm = if draw.rarely(8) { *draw.of(&ALGORITHMS) } else { *draw.of(own) };
    let message = message(world, draw, algorithm);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let signed = isolate.keycell_isolate_signing().call_sign(store, &key, algorithm, &message);
    let Ok(signature) = signed.expect("no trap") else { return false };
    let material = world.used(number, &key, KeyUsage::SignVerify);
    let is_own = algorithms(key.binding.spec).contains(&algorithm);
    assert!(is_own, "a key was used with an algorithm that is not its own");
    world.saw(&signature);
    let tenant = number;
    world.signatures.push(Signature { tenant, key, material, algorithm, message, signature });
    true
}

pub(super) fn verify(world: &mut World, draw: &mut Draw<'_>) -> bool {
    if world.signatures.is_empty() {
        return false;
    }
    let made = draw.of(&world.signatures);
    let number = if draw.rarely(8) { draw.below(world.tenants.len()) } else { made.tenant };
    let is_signing = |binding: &Binding| binding.usage == KeyUsage::SignVerify;
    let key = if draw.rarely(8) { world.key(number, draw, is_signing) } else { made.key.clone() };
    let algorithm = if draw.rarely(8) { *draw.of(&ALGORITHMS) } else { made.algorithm };
    let message = match &made.message {
        Message::Raw(message) => Message::Raw(world.some(draw, message)),
        Message::Digest(digest) => Message::Digest(world.some(draw, digest)),
        Message::ExternalMu(mu) => Message::ExternalMu(world.some(draw, mu)),
    };
    let signature = world.some(draw, &made.signature);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let signing = isolate.keycell_isolate_signing();
    let verified = signing.call_verify(store, &key, algorithm, &message, &signature);
    if verified.expect("no trap").is_err() {
        return false;
    }
    let material = world.used(number, &key, KeyUsage::SignVerify);
    let is_known = world.signatures.iter().any(|made| {
        made.material == material
            && made.algorithm == algorithm
            && made.message == message
            && made.signature == signature
    });
    assert!(is_known, "a signature was verified that this key never made");
    true
}

/// In a form that the algorithm takes, mostly.
fn message(world: &World, draw: &mut Draw<'_>, algorithm: Algorithm) -> Message {
    let length = match algorithm {
        Algorithm::RsassaPssSha256 | Algorithm::RsassaPkcs1Sha256 | Algorithm::EcdsaSha256 => 32,
        Algorithm::RsassaPssSha384 | Algorithm::RsassaPkcs1Sha384 | Algorithm::EcdsaSha384 => 48,
        _ => 64,
    };
    let mut bytes = draw.bytes(100);
    let form = match algorithm {
        Algorithm::Ed25519 => 0,
        Algorithm::Ed25519Ph => 1,
        Algorithm::MlDsaShake256 => 2 * (draw.byte() % 2),
        _ => draw.byte() % 2,
    };
    if form > 0 {
        bytes.resize(length, 7);
    }
    let bytes = world.some(draw, &bytes);
    match if draw.rarely(16) { draw.byte() % 3 } else { form } {
        0 => Message::Raw(bytes),
        1 => Message::Digest(bytes),
        _ => Message::ExternalMu(bytes),
    }
}

/// What a key of this spec signs with.
fn algorithms(spec: KeySpec) -> &'static [Algorithm] {
    match spec {
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => &ALGORITHMS[..6],
        KeySpec::P256 | KeySpec::Secp256k1 => &ALGORITHMS[6..7],
        KeySpec::P384 => &ALGORITHMS[7..8],
        KeySpec::P521 => &ALGORITHMS[8..9],
        KeySpec::Ed25519 => &ALGORITHMS[9..11],
        KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => &ALGORITHMS[11..],
        _ => &ALGORITHMS,
    }
}

const ALGORITHMS: [Algorithm; 12] = [
    Algorithm::RsassaPssSha256,
    Algorithm::RsassaPssSha384,
    Algorithm::RsassaPssSha512,
    Algorithm::RsassaPkcs1Sha256,
    Algorithm::RsassaPkcs1Sha384,
    Algorithm::RsassaPkcs1Sha512,
    Algorithm::EcdsaSha256,
    Algorithm::EcdsaSha384,
    Algorithm::EcdsaSha512,
    Algorithm::Ed25519,
    Algorithm::Ed25519Ph,
    Algorithm::MlDsaShake256,
];
