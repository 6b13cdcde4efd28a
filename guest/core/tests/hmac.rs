//! HMAC. Project Wycheproof's vectors are in `wycheproof.rs`.

use keycell_core::{
    binding::KeySpec,
    error::Error,
    families::hmac::{self, SecretKey},
    random::Drbg,
};

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
