//! Self-tests: known answers, so that an isolate whose arithmetic is wrong says so before it harms
//! a key. What everything rests on is tested when an isolate is made; a family before its first use
//! in an instance (FIPS 140-3 IG 10.3.A has the same order). An isolate that failed serves nothing
//! any more.

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use hkdf::Hkdf;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{
    binding::KeySpec,
    certificate::{Certificate, Issuer},
    error::{Error, Result},
    families::{curves, ed25519, hmac, ml_dsa, ml_kem, rsa},
    material::Family,
    parcel::Receiver,
    random::Drbg,
    secret::Secret,
};

/// The tests to run.
#[derive(Clone, Copy)]
pub struct Tests {
    /// AES-GCM, HKDF, SHA-2 and the random bit generator.
    pub ground: fn() -> bool,
    /// A spec's own.
    pub spec: fn(KeySpec) -> bool,
}

/// Which tests an isolate has passed, and whether one has failed.
pub struct Health {
    tests: Tests,
    passed: [bool; KeySpec::ALL.len()],
    has_failed: bool,
}

impl Tests {
    /// Known answers.
    pub const REAL: Self = Self { ground, spec };
    /// The known answers that the root isolate needs, which has no keys of other specs: what is not
    /// named is not in its component.
    pub const GROUND: Self = Self { ground, spec: |spec| spec == KeySpec::Symmetric };
}

impl Health {
    /// Runs the tests that everything rests on.
    pub fn new(tests: Tests) -> Self {
        let has_failed = !(tests.ground)();
        Self { tests, passed: [false; KeySpec::ALL.len()], has_failed }
    }

    /// Refuses if any test has failed.
    pub fn check(&self) -> Result<()> {
        if self.has_failed { Err(Error::Failed) } else { Ok(()) }
    }

    /// The same, and runs the test of `spec` if it is used for the first time.
    pub fn check_for(&mut self, spec: KeySpec) -> Result<()> {
        self.check()?;
        let passed = self.passed.get_mut(spec as usize - 1).expect("there is a place for each");
        if !*passed {
            *passed = (self.tests.spec)(spec);
            self.has_failed = !*passed;
        }
        self.check()
    }

    /// Runs the test of hand-overs between isolates.
    pub fn check_transfer(&mut self) {
        self.has_failed |= !transfer();
    }

    /// Runs every test there is.
    pub fn check_all(&mut self) -> Result<()> {
        self.has_failed |= !(self.tests.ground)();
        self.check_transfer();
        self.passed = [false; KeySpec::ALL.len()];
        KeySpec::ALL.into_iter().try_for_each(|spec| self.check_for(spec))
    }
}

fn spec(spec: KeySpec) -> bool {
    match Family::of(spec) {
        Family::Symmetric => true, // The ground that everything stands on.
        Family::Mac => hmac::self_test(spec),
        Family::Rsa => rsa::self_test(&mut fixed()),
        Family::Curve => curves::self_test(spec),
        Family::Ed25519 => ed25519::self_test(),
        Family::MlDsa => ml_dsa::self_test(spec),
        Family::MlKem => ml_kem::self_test(spec),
    }
}

/// A generator whose output is known: nothing that it makes is kept.
fn fixed() -> Drbg {
    Drbg::new(|| 0x0123_4567_89ab_cdef)
}

fn ground() -> bool {
    sha2() && hkdf() && gcm() && drbg()
}

/// FIPS 180-4, "abc" (SHA-512 runs the code of SHA-384).
fn sha2() -> bool {
    Sha256::digest(b"abc")[..] == SHA256
        && Sha384::digest(b"abc").starts_with(&SHA384)
        && Sha512::digest(b"abc").starts_with(&SHA512)
}

/// RFC 5869, appendix A.1.
fn hkdf() -> bool {
    let salt: [u8; 13] = core::array::from_fn(|i| i as u8);
    let info: [u8; 10] = core::array::from_fn(|i| 0xf0 + i as u8);
    let mut out = [0; 42];
    Hkdf::<Sha256>::new(Some(&salt), &[0x0b; 22]).expand(&info, &mut out).is_ok() && out == HKDF
}

/// A key and a nonce that count, both ways, and a tag that is wrong.
fn gcm() -> bool {
    let key: [u8; 32] = core::array::from_fn(|i| i as u8);
    let nonce: [u8; 12] = core::array::from_fn(|i| i as u8);
    let (cipher, data) = (Aes256Gcm::new(&key.into()), b"associated data");
    let mut text = *b"keycell self-test";
    let Ok(tag) = cipher.encrypt_inout_detached(&nonce.into(), data, text.as_mut_slice().into())
    else {
        return false;
    };
    let is_encrypted = text[..] == GCM[..17] && tag[..] == GCM[17..];
    let mut wrong = tag;
    wrong.iter_mut().for_each(|byte| *byte ^= 1);
    let mut copy = text;
    let is_refused = cipher
        .decrypt_inout_detached(&nonce.into(), data, copy.as_mut_slice().into(), &wrong)
        .is_err();
    let is_opened = cipher
        .decrypt_inout_detached(&nonce.into(), data, text.as_mut_slice().into(), &tag)
        .is_ok();
    is_encrypted && is_refused && is_opened && text == *b"keycell self-test"
}

/// CTR_DRBG instantiated and reseeded, computed by another implementation (OpenSSL's AES).
fn drbg() -> bool {
    let mut drbg = fixed();
    let (mut first, mut second) = ([0; 40], [0; 16]);
    drbg.fill(&mut first);
    drbg.mix(&Secret::new(&[0x42; 32]));
    drbg.fill(&mut second);
    first == DRBG && second == DRBG_RESEEDED
}

/// A parcel and a certificate go from hand to hand.
fn transfer() -> bool {
    let mut drbg = fixed();
    let (from, to) = (Receiver::new(&mut drbg), Receiver::new(&mut drbg));
    let Ok(parcel) = from.send(to.public(), b"info", b"parcel", &mut drbg) else {
        return false;
    };
    let arrived = to.open_from(from.public(), b"info", &parcel);
    let issuer = Issuer::new(&mut drbg);
    let certificate = Certificate {
        account: b"111122223333",
        region: b"us-east-1",
        public: to.public(),
        component: &[0; 32],
    };
    let issued = issuer.issue(&certificate);
    arrived.is_ok_and(|arrived| arrived.as_slice() == b"parcel")
        && issuer.verifier().check(&issued) == Ok(certificate)
}

const SHA256: [u8; 32] = [
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
];
const SHA384: [u8; 32] = [
    0xcb, 0x00, 0x75, 0x3f, 0x45, 0xa3, 0x5e, 0x8b, 0xb5, 0xa0, 0x3d, 0x69, 0x9a, 0xc6, 0x50, 0x07,
    0x27, 0x2c, 0x32, 0xab, 0x0e, 0xde, 0xd1, 0x63, 0x1a, 0x8b, 0x60, 0x5a, 0x43, 0xff, 0x5b, 0xed,
];
const SHA512: [u8; 32] = [
    0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba, 0xcc, 0x41, 0x73, 0x49, 0xae, 0x20, 0x41, 0x31,
    0x12, 0xe6, 0xfa, 0x4e, 0x89, 0xa9, 0x7e, 0xa2, 0x0a, 0x9e, 0xee, 0xe6, 0x4b, 0x55, 0xd3, 0x9a,
];
const HKDF: [u8; 42] = [
    0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f, 0x64, 0xd0, 0x36, 0x2f, 0x2a,
    0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf,
    0x34, 0x00, 0x72, 0x08, 0xd5, 0xb8, 0x87, 0x18, 0x58, 0x65,
];
const GCM: [u8; 33] = [
    0x2c, 0x67, 0xaf, 0x78, 0xa0, 0x89, 0xae, 0x3b, 0xfe, 0x24, 0xfb, 0xed, 0x9c, 0x9d, 0x1d, 0x1e,
    0xf7, 0xbe, 0x9c, 0xd5, 0xdc, 0x34, 0x76, 0xd8, 0x7d, 0xa6, 0x7d, 0x04, 0x8b, 0x41, 0xad, 0x0d,
    0x81,
];
const DRBG: [u8; 40] = [
    0x1e, 0x5b, 0xbe, 0x78, 0x88, 0x9a, 0xaf, 0x6d, 0xda, 0x4c, 0x00, 0x3b, 0x9e, 0xfc, 0xc8, 0x44,
    0xf6, 0xf4, 0xd6, 0x30, 0x22, 0x3a, 0xcd, 0xb5, 0xef, 0x19, 0xbd, 0xa0, 0xff, 0xe9, 0x80, 0xf0,
    0x32, 0x74, 0x1e, 0x30, 0x71, 0x5d, 0x96, 0xff,
];
const DRBG_RESEEDED: [u8; 16] = [
    0x94, 0x78, 0x64, 0xec, 0x12, 0x08, 0x58, 0xf2, 0x2e, 0xdd, 0xb0, 0x96, 0x35, 0x12, 0x52, 0xd1,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_holds() {
        assert!(sha2() && hkdf() && gcm() && drbg() && transfer());
    }

    #[test]
    fn every_spec_passes_its_test() {
        assert_eq!(Health::new(Tests::REAL).check_all(), Ok(()));
    }

    #[test]
    fn one_failure_ends_all_service() {
        let no_rsa = Tests { spec: |spec| spec != KeySpec::Rsa2048, ..Tests::REAL };
        let mut health = Health::new(no_rsa);
        assert_eq!(health.check_for(KeySpec::P256), Ok(()));
        assert_eq!(health.check_for(KeySpec::Rsa2048), Err(Error::Failed));
        assert_eq!(health.check_for(KeySpec::P256), Err(Error::Failed));
        assert_eq!(health.check(), Err(Error::Failed));
        let no_ground = Tests { ground: || false, ..Tests::REAL };
        assert_eq!(Health::new(no_ground).check(), Err(Error::Failed));
    }
}
