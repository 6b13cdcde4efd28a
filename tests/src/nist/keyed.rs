//! Vectors with private keys of KMS's kinds, through the component.

use keycell::isolates::{KeySpec, KeyUsage, Message, Signing};

use crate::keeper::{Kept, keeper, taken};

use super::file::{Record, records, text, unhex};

/// FIPS 186-3's SigGen and its like for secp256k1: signatures with known private keys, which the
/// isolate verifies. It does not make the same ones, since it has random bits of its own. Skipped
/// are curves and hashes that KMS does not have or does not combine.
#[tokio::test]
async fn ecdsa() {
    let (mut done, mut skipped) = (0, 0);
    let files = ["FIPS_186-3/SigGen.txt", "SECP256K1/SigGen.txt"];
    for record in files.iter().flat_map(|file| records(&format!("asymmetric/ECDSA/{file}"), "Msg"))
    {
        let (spec, algorithm, length) = match record.heading() {
            "[P-256,SHA-256]" => (KeySpec::P256, Signing::EcdsaSha256, 32),
            "[P-384,SHA-384]" => (KeySpec::P384, Signing::EcdsaSha384, 48),
            "[P-521,SHA-512]" => (KeySpec::P521, Signing::EcdsaSha512, 66),
            "[K-256,SHA-256]" => (KeySpec::Secp256k1, Signing::EcdsaSha256, 32),
            _ => {
                skipped += 1;
                continue;
            }
        };
        let kept = keeper().put(spec, KeyUsage::SignVerify, &record.integer("d", length));
        let public = public_key(&kept).await;
        let point = [record.integer("Qx", length), record.integer("Qy", length)].concat();
        assert!(public.ends_with(&point));
        let (r, mut s) = (record.integer("R", length), record.integer("S", length));
        let message = record.bytes("Msg");
        let verify = async |signature: &[u8]| {
            let message = Message::Raw(&message);
            let verified = keeper().tenant.verify(kept.key(), algorithm, message, signature).await;
            taken(verified).expect("a signature is good or not")
        };
        assert!(verify(&der(&r, &s)).await, "{spec:?}");
        *s.last_mut().expect("it has bytes") ^= 1;
        assert!(!verify(&der(&r, &s)).await, "{spec:?}");
        done += 1;
    }
    assert_eq!((done, skipped), (270, 1980));
}

/// SP 800-56A's validity test, in which some of the results are wrong on purpose.
#[tokio::test]
async fn ecdh() {
    let (mut right, mut wrong, mut skipped) = (0, 0, 0);
    for role in ["init", "resp"] {
        let file =
            format!("asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_{role}.fax");
        for record in records(&file, "COUNT") {
            let (spec, length) = match record.heading().split(' ').next() {
                Some("[EC") => (KeySpec::P256, 32),
                Some("[ED") => (KeySpec::P384, 48),
                Some("[EE") => (KeySpec::P521, 66),
                _ => {
                    skipped += 1;
                    continue;
                }
            };
            let is_right = is_shared_secret(&record, spec, length).await;
            assert_eq!(is_right, record.text("Result").starts_with('P'), "{spec:?}");
            *(if is_right { &mut right } else { &mut wrong }) += 1;
        }
    }
    assert_eq!((right, wrong, skipped), (0, 0, 0));
}

/// Whether the isolate finds keys and shared secret of a validity test in order.
async fn is_shared_secret(record: &Record, spec: KeySpec, length: usize) -> bool {
    let number = |name| record.integer(name, length);
    let kept = keeper().put(spec, KeyUsage::KeyAgreement, &number("dsIUT"));
    let Some(own) = taken(keeper().tenant.public_key(kept.key()).await) else { return false };
    let (head, point) = own.split_at(own.len() - 2 * length);
    let peer = [head, &number("QsCAVSx"), &number("QsCAVSy")].concat();
    let derived = taken(keeper().tenant.derive(kept.key(), &peer).await);
    point == [number("QsIUTx"), number("QsIUTy")].concat()
        && derived.is_some_and(|secret| *secret == record.bytes("Z"))
}

/// The vectors of Ed25519's authors, of which RFC 8032 has a few: private key and public key,
/// public key, message, and signature with message.
#[tokio::test]
async fn ed25519() {
    let mut done = 0;
    for line in text("asymmetric/Ed25519/sign.input").lines() {
        let parts: Vec<_> = line.split(':').map(unhex).collect();
        let [private, public, message, signed, _] = parts.as_slice() else { panic!("{line}") };
        let (private, signature) = (&private[..32], &signed[..64]);
        let kept = keeper().put(KeySpec::Ed25519, KeyUsage::SignVerify, private);
        assert!(public_key(&kept).await.ends_with(public));
        let (tenant, said) = (&keeper().tenant, Message::Raw(message));
        let made = tenant.sign(kept.key(), Signing::Ed25519, said).await;
        assert_eq!(made.expect("the isolate serves"), signature);
        let verified = tenant.verify(kept.key(), Signing::Ed25519, said, signature).await;
        assert_eq!(taken(verified), Some(true));
        done += 1;
    }
    assert_eq!(done, 1024);
}

async fn public_key(kept: &Kept) -> Vec<u8> {
    keeper().tenant.public_key(kept.key()).await.expect("the isolate serves")
}

/// `ECDSA-Sig-Value` of RFC 3279.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |value: &[u8]| {
        let digits: Vec<u8> = value.iter().copied().skip_while(|&byte| byte == 0).collect();
        let sign = digits.first().filter(|&&first| first >= 0x80).map(|_| 0);
        tagged(2, &sign.into_iter().chain(digits).collect::<Vec<_>>())
    };
    tagged(0x30, &[integer(r), integer(s)].concat())
}

fn tagged(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u8::try_from(contents.len()).expect("it is short");
    let long = (length >= 0x80).then_some(0x81);
    [tag].into_iter().chain(long).chain([length]).chain(contents.iter().copied()).collect()
}
