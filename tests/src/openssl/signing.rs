//! Signatures, in both directions and all forms of messages.

use keycell::isolates::{KeySpec, KeyUsage, Message, Signing};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::keeper::{Kept, keeper, taken};

use super::{CURVES, RSA, Shared, flipped, peer::Peer};

#[tokio::test]
async fn rsa() {
    let peer = &mut Peer::start();
    let algorithms = [
        (Signing::RsassaPssSha256, "pss-sha256"),
        (Signing::RsassaPssSha384, "pss-sha384"),
        (Signing::RsassaPssSha512, "pss-sha512"),
        (Signing::RsassaPkcs1Sha256, "pkcs1-sha256"),
        (Signing::RsassaPkcs1Sha384, "pkcs1-sha384"),
        (Signing::RsassaPkcs1Sha512, "pkcs1-sha512"),
    ];
    for spec in RSA {
        let shared = Shared::new(peer, spec, KeyUsage::SignVerify).await;
        for algorithm in algorithms {
            both_ways(peer, &shared, algorithm).await;
        }
        let own = keeper().generate(spec, KeyUsage::SignVerify).await;
        one_way(peer, &own, algorithms[0]).await;
    }
}

#[tokio::test]
async fn ecdsa() {
    let peer = &mut Peer::start();
    let algorithms = [
        (Signing::EcdsaSha256, "ecdsa-sha256"),
        (Signing::EcdsaSha384, "ecdsa-sha384"),
        (Signing::EcdsaSha512, "ecdsa-sha512"),
        (Signing::EcdsaSha256, "ecdsa-sha256"),
    ];
    for (spec, algorithm) in CURVES.into_iter().zip(algorithms) {
        let shared = Shared::new(peer, spec, KeyUsage::SignVerify).await;
        let own = keeper().generate(spec, KeyUsage::SignVerify).await;
        // Of many signatures some have a short r or s.
        for _ in 0..20 {
            both_ways(peer, &shared, algorithm).await;
            one_way(peer, &own, algorithm).await;
        }
    }
}

#[tokio::test]
async fn ed25519() {
    let peer = &mut Peer::start();
    let algorithm = (Signing::Ed25519, "ed25519");
    let shared = Shared::new(peer, KeySpec::Ed25519, KeyUsage::SignVerify).await;
    both_ways(peer, &shared, algorithm).await;
    let own = keeper().generate(KeySpec::Ed25519, KeyUsage::SignVerify).await;
    one_way(peer, &own, algorithm).await;
}

#[tokio::test]
async fn ml_dsa() {
    let peer = &mut Peer::start();
    let algorithm = (Signing::MlDsaShake256, "ml-dsa");
    for spec in [KeySpec::MlDsa44, KeySpec::MlDsa65, KeySpec::MlDsa87] {
        let shared = Shared::new(peer, spec, KeyUsage::SignVerify).await;
        both_ways(peer, &shared, algorithm).await;
        let own = keeper().generate(spec, KeyUsage::SignVerify).await;
        one_way(peer, &own, algorithm).await;
    }
}

/// A message in the forms that an algorithm takes.
type Forms = Vec<(&'static str, Vec<u8>)>;

/// Keycell signs and OpenSSL verifies.
async fn one_way(peer: &mut Peer, own: &Kept, (algorithm, name): (Signing, &str)) {
    let public = keeper().tenant.public_key(own.key()).await.expect("the isolate serves");
    for (form, message) in &forms(peer, &public, algorithm) {
        let signed = keeper().tenant.sign(own.key(), algorithm, said(form, message)).await;
        let signature = signed.expect("the isolate serves");
        check(peer, own, &public, (algorithm, name), (form, message), &signature).await;
    }
}

/// Either signs, and either verifies.
async fn both_ways(peer: &mut Peer, shared: &Shared, (algorithm, name): (Signing, &str)) {
    one_way(peer, &shared.kept, (algorithm, name)).await;
    let spec = super::name(shared.kept.binding.spec);
    for (form, message) in &forms(peer, &shared.public, algorithm) {
        let private = (&shared.private).into();
        let arguments = [spec.into(), private, name.into(), (*form).into(), message.into()];
        let [signature] = peer.make("sign", &arguments);
        let (kept, public) = (&shared.kept, &shared.public);
        check(peer, kept, public, (algorithm, name), (form, message), &signature).await;
    }
}

/// Both take the signature; neither takes it changed, or for another message.
async fn check(
    peer: &mut Peer,
    kept: &Kept,
    public: &[u8],
    (algorithm, name): (Signing, &str),
    (form, message): (&str, &[u8]),
    signature: &[u8],
) {
    let (other, changed) = (flipped(message), flipped(signature));
    for (message, signature, is_good) in
        [(message, signature, true), (message, &changed, false), (&other, signature, false)]
    {
        let arguments = [public.into(), name.into(), form.into(), message.into(), signature.into()];
        assert_eq!(peer.agrees("verify", &arguments), is_good, "{name}, {form}: OpenSSL");
        let said = said(form, message);
        let verified = keeper().tenant.verify(kept.key(), algorithm, said, signature).await;
        assert_eq!(taken(verified), Some(is_good), "{name}, {form}: Keycell");
    }
}

fn forms(peer: &mut Peer, public: &[u8], algorithm: Signing) -> Forms {
    let raw = b"what one signs, the other verifies".to_vec();
    let other = match algorithm {
        Signing::RsassaPssSha256 | Signing::RsassaPkcs1Sha256 | Signing::EcdsaSha256 => {
            Some(("digest", Sha256::digest(&raw).to_vec()))
        }
        Signing::RsassaPssSha384 | Signing::RsassaPkcs1Sha384 | Signing::EcdsaSha384 => {
            Some(("digest", Sha384::digest(&raw).to_vec()))
        }
        Signing::RsassaPssSha512 | Signing::RsassaPkcs1Sha512 | Signing::EcdsaSha512 => {
            Some(("digest", Sha512::digest(&raw).to_vec()))
        }
        Signing::MlDsaShake256 => {
            let [mu] = peer.make("representative", &[public.into(), (&raw).into()]);
            Some(("external-mu", mu))
        }
        Signing::Ed25519 => None,
        Signing::Ed25519Ph => panic!("OpenSSL does not offer it"),
    };
    std::iter::once(("raw", raw)).chain(other).collect()
}

fn said<'a>(form: &str, message: &'a [u8]) -> Message<'a> {
    match form {
        "raw" => Message::Raw(message),
        "digest" => Message::Digest(message),
        "external-mu" => Message::ExternalMu(message),
        other => panic!("{other} is no form of a message"),
    }
}
