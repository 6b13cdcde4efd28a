//! What is encrypted, agreed upon, encapsulated or authenticated, in both directions.

use keycell::isolates::{Encryption, KeySpec, KeyUsage, Side, Wrapping};

use crate::keeper::{ACCOUNT, KEY_ID, Kept, keeper, taken};

use super::{CURVES, RSA, Shared, flipped, import, name, peer::Peer};

#[tokio::test]
async fn oaep() {
    let (peer, tenant) = (&mut Peer::start(), &keeper().tenant);
    for spec in RSA {
        let shared = Shared::new(peer, spec, KeyUsage::EncryptDecrypt).await;
        for (algorithm, hash) in
            [(Encryption::RsaesOaepSha1, "sha1"), (Encryption::RsaesOaepSha256, "sha256")]
        {
            let under = Side { key: shared.kept.key(), algorithm, context: b"" };
            let ours = tenant.encrypt(under, PLAINTEXT).expect("the isolate serves");
            let arguments = [(&shared.public).into(), hash.into(), PLAINTEXT.into()];
            let [theirs] = peer.make("encrypt", &arguments);
            for (ciphertext, is_good) in [(&ours, true), (&theirs, true), (&flipped(&ours), false)]
            {
                let arguments = [(&shared.private).into(), hash.into(), ciphertext.into()];
                let opened = peer.ask("decrypt", &arguments);
                assert_eq!(opened, is_good.then(|| [PLAINTEXT.to_vec()]), "{spec:?} {hash}");
                let opened = taken(tenant.decrypt(under, ciphertext).await);
                let opened = opened.as_deref().map(Vec::as_slice);
                assert_eq!(opened, is_good.then_some(PLAINTEXT), "{spec:?} {hash}");
            }
        }
    }
}

#[tokio::test]
async fn symmetric() {
    let (peer, tenant) = (&mut Peer::start(), &keeper().tenant);
    let (usage, wrapping) = (KeyUsage::EncryptDecrypt, Wrapping::RsaesOaepSha256);
    let kept = import(peer, KeySpec::Symmetric, usage, wrapping, &MATERIAL).await;
    let context = b"purpose: test".as_slice();
    let under = symmetric_side(&kept, context);
    let words = |context, text| -> [_; 5] {
        let (material, account) = (MATERIAL.as_slice().into(), ACCOUNT.as_bytes().into());
        [material, account, KEY_ID.as_bytes().into(), context, text]
    };
    let ours = tenant.encrypt(under, PLAINTEXT).expect("the isolate serves");
    let [theirs] = peer.make("seal", &words(context.into(), PLAINTEXT.into()));
    let changed = flipped(&theirs);
    for (ciphertext, context, is_good) in [
        (&ours, context, true),
        (&theirs, context, true),
        (&changed, context, false),
        (&ours, b"another".as_slice(), false),
    ] {
        let opened = peer.ask("unseal", &words(context.into(), ciphertext.into()));
        assert_eq!(opened, is_good.then(|| [PLAINTEXT.to_vec()]));
        let opened = taken(tenant.decrypt(symmetric_side(&kept, context), ciphertext).await);
        assert_eq!(opened.as_deref().map(Vec::as_slice), is_good.then_some(PLAINTEXT));
    }
    let data_key = tenant.data_key(under, 32).expect("the isolate serves");
    let opened = peer.make("unseal", &words(context.into(), (&data_key.ciphertext).into()));
    assert_eq!(opened, [data_key.plaintext.to_vec()]);
}

#[tokio::test]
async fn hmac() {
    let (peer, tenant) = (&mut Peer::start(), &keeper().tenant);
    for (spec, hash, length) in [
        (KeySpec::Hmac224, "sha224", 28),
        (KeySpec::Hmac256, "sha256", 64),
        (KeySpec::Hmac384, "sha384", 48),
        (KeySpec::Hmac512, "sha512", 128),
    ] {
        let (usage, wrapping) = (KeyUsage::Mac, Wrapping::RsaesOaepSha1);
        let material = vec![0xa5; length];
        let kept = import(peer, spec, usage, wrapping, &material).await;
        let ours = tenant.generate_mac(kept.key(), PLAINTEXT).expect("the isolate serves");
        let arguments = [hash.into(), (&material).into(), PLAINTEXT.into()];
        let [theirs] = peer.make("mac", &arguments);
        assert_eq!(ours, theirs, "{spec:?}");
        let other = flipped(PLAINTEXT);
        for (message, mac, is_good) in [
            (PLAINTEXT, &ours, true),
            (PLAINTEXT, &flipped(&ours), false),
            (other.as_slice(), &ours, false),
        ] {
            let arguments = [hash.into(), (&material).into(), message.into(), mac.into()];
            assert_eq!(peer.agrees("verify_mac", &arguments), is_good, "{spec:?}");
            let verified = tenant.verify_mac(kept.key(), message, mac);
            assert_eq!(taken(verified), Some(is_good), "{spec:?}");
        }
    }
}

#[tokio::test]
async fn ecdh() {
    let (peer, tenant) = (&mut Peer::start(), &keeper().tenant);
    for spec in CURVES.into_iter().filter(|spec| *spec != KeySpec::Secp256k1) {
        let own = keeper().generate(spec, KeyUsage::KeyAgreement).await;
        let public = tenant.public_key(own.key()).await.expect("the isolate serves");
        let imported = Shared::new(peer, spec, KeyUsage::KeyAgreement).await;
        // Of many shared secrets some begin with a zero.
        for _ in 0..20 {
            let [private, theirs] = peer.make("generate", &[name(spec).into()]);
            for (kept, public) in [(&own, &public), (&imported.kept, &imported.public)] {
                let [expected] = peer.make("derive", &[(&private).into(), public.into()]);
                let derived = tenant.derive(kept.key(), &theirs).await;
                assert_eq!(*derived.expect("the isolate serves"), expected, "{spec:?}");
            }
            // No longer on the curve.
            let mut astray = theirs;
            *astray.last_mut().expect("a key has bytes") ^= 1;
            assert!(peer.ask::<1>("derive", &[(&private).into(), (&astray).into()]).is_none());
            assert!(taken(tenant.derive(own.key(), &astray).await).is_none());
        }
    }
}

/// A ciphertext that was tampered with gives another secret, the same to whoever has the key.
#[tokio::test]
async fn ml_kem() {
    let (peer, tenant) = (&mut Peer::start(), &keeper().tenant);
    for spec in [KeySpec::MlKem768, KeySpec::MlKem1024] {
        let own = keeper().generate(spec, KeyUsage::Encapsulation).await;
        let public = tenant.public_key(own.key()).await.expect("the isolate serves");
        let [secret, ciphertext] = peer.make("encapsulate", &[(&public).into()]);
        let opened = tenant.decapsulate(own.key(), &ciphertext).expect("the isolate serves");
        assert_eq!(*opened, secret);

        let shared = Shared::new(peer, spec, KeyUsage::Encapsulation).await;
        let made = tenant.encapsulate(shared.kept.key()).expect("the isolate serves");
        for (ciphertext, is_good) in [(&made.ciphertext, true), (&flipped(&made.ciphertext), false)]
        {
            let arguments = [name(spec).into(), (&shared.private).into(), ciphertext.into()];
            let [theirs] = peer.make("decapsulate", &arguments);
            let ours = tenant.decapsulate(shared.kept.key(), ciphertext);
            assert_eq!(*ours.expect("the isolate serves"), theirs, "{spec:?}");
            assert_eq!(*made.shared_secret == theirs, is_good, "{spec:?}");
        }
    }
}

fn symmetric_side<'a>(kept: &'a Kept, context: &'a [u8]) -> Side<'a> {
    Side { key: kept.key(), algorithm: Encryption::SymmetricDefault, context }
}

const MATERIAL: [u8; 32] = *b"thirty-two bytes made by OpenSSL";
const PLAINTEXT: &[u8] = b"what one makes, the other takes";
