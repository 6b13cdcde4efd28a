//! Keys on their way in and out: public keys, data key pairs, imports.

use keycell::isolates::{Encryption, KeySpec, KeyUsage, Side, Wrapping};

use crate::keeper::{Kept, keeper};

use super::{CURVES, RSA, import, name, peer::Peer};

/// What OpenSSL makes of a public key is what Keycell has written.
#[tokio::test]
async fn public_keys() {
    let peer = &mut Peer::start();
    let ml_dsa = [KeySpec::MlDsa44, KeySpec::MlDsa65, KeySpec::MlDsa87];
    let ml_kem = [KeySpec::MlKem768, KeySpec::MlKem1024];
    let signing = RSA.into_iter().chain(CURVES).chain([KeySpec::Ed25519]).chain(ml_dsa);
    for (spec, usage) in signing
        .map(|spec| (spec, KeyUsage::SignVerify))
        .chain(ml_kem.map(|spec| (spec, KeyUsage::Encapsulation)))
    {
        let own = keeper().generate(spec, usage).await;
        let public = keeper().tenant.public_key(own.key()).await.expect("the isolate serves");
        let again = peer.make("encoded_again", &[(&public).into()]);
        assert_eq!(again, [public], "{spec:?}");
    }
}

#[tokio::test]
async fn data_key_pairs() {
    let (peer, tenant) = (&mut Peer::start(), &keeper().tenant);
    let under = keeper().generate(KeySpec::Symmetric, KeyUsage::EncryptDecrypt).await;
    let under = Side { key: under.key(), algorithm: Encryption::SymmetricDefault, context: b"" };
    for spec in RSA.into_iter().chain(CURVES).chain([KeySpec::Ed25519]) {
        let pair = tenant.data_key_pair(under, spec).await.expect("the isolate serves");
        let private = pair.private_key.plaintext.as_slice();
        assert_eq!(peer.make("public", &[private.into()]), [pair.public_key], "{spec:?}");
        let opened = tenant.decrypt(under, &pair.private_key.ciphertext).await;
        assert_eq!(opened.expect("the isolate serves").as_slice(), private);

        let pair = tenant.sealed_data_key_pair(under, spec).await.expect("the isolate serves");
        let private = tenant.decrypt(under, &pair.private_key).await.expect("the isolate serves");
        let private = private.as_slice().into();
        assert_eq!(peer.make("public", &[private]), [pair.public_key], "{spec:?}");
    }
}

/// Every way of wrapping, with every kind of material that goes that way. What was imported is used
/// here to see that it is the same; `signing` and `secrets` use it in full.
#[tokio::test]
async fn imports() {
    let peer = &mut Peer::start();
    let direct = [Wrapping::RsaesOaepSha1, Wrapping::RsaesOaepSha256];
    let two_steps = [Wrapping::RsaAesKeyWrapSha1, Wrapping::RsaAesKeyWrapSha256];
    for wrapping in direct {
        let usage = KeyUsage::EncryptDecrypt;
        let kept = import(peer, KeySpec::Symmetric, usage, wrapping, &[7; 32]).await;
        assert_symmetric(&kept, &[7; 32]).await;
        for (spec, hash) in [
            (KeySpec::Hmac224, "sha224"),
            (KeySpec::Hmac256, "sha256"),
            (KeySpec::Hmac384, "sha384"),
            (KeySpec::Hmac512, "sha512"),
        ] {
            let kept = import(peer, spec, KeyUsage::Mac, wrapping, &[7; 64]).await;
            let ours = keeper().tenant.generate_mac(kept.key(), b"message");
            let arguments = [hash.into(), [7; 64].as_slice().into(), b"message".as_slice().into()];
            assert_eq!(peer.make("mac", &arguments), [ours.expect("the isolate serves")]);
        }
    }
    let curves = CURVES.into_iter().chain([KeySpec::Ed25519]);
    let ways = curves.clone().flat_map(|spec| direct.map(|wrapping| (spec, wrapping)));
    let all = RSA.into_iter().chain(curves);
    let all = all.flat_map(|spec| two_steps.map(|wrapping| (spec, wrapping)));
    for (spec, wrapping) in ways.chain(all) {
        let [private, public] = peer.make("generate", &[name(spec).into()]);
        let kept = import(peer, spec, KeyUsage::SignVerify, wrapping, &private).await;
        let own = keeper().tenant.public_key(kept.key()).await.expect("the isolate serves");
        assert_eq!(own, public, "{spec:?}");
    }
}

/// The same material that an operator puts in opens what the imported key has encrypted.
async fn assert_symmetric(kept: &Kept, material: &[u8]) {
    let put = keeper().put(KeySpec::Symmetric, KeyUsage::EncryptDecrypt, material);
    let [imported, put] = [kept, &put].map(|kept| Side {
        key: kept.key(),
        algorithm: Encryption::SymmetricDefault,
        context: b"",
    });
    let ciphertext = keeper().tenant.encrypt(imported, b"message").expect("the isolate serves");
    let opened = keeper().tenant.decrypt(put, &ciphertext).await.expect("the isolate serves");
    assert_eq!(opened.as_slice(), b"message");
}
