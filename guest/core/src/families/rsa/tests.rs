//! The family from inside: what its verbs refuse, and what a broken key does.

use alloc::{vec, vec::Vec};

use ::rsa::Oaep;
use sha2::{Digest, Sha384, Sha512};

use super::*;
use crate::algorithm::Encryption;

const SPECS: [KeySpec; 3] = [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096];

fn drbg() -> Drbg {
    Drbg::new(|| 7)
}

fn key() -> PrivateKey {
    PrivateKey::from_stored(KeySpec::Rsa2048, &known::KEY).unwrap()
}

#[test]
fn the_known_answers_come_out() {
    assert!(self_test(&mut drbg()));
}

#[test]
fn every_spec_is_made_stored_exported_and_used() {
    for (spec, bits) in SPECS.into_iter().zip([2048, 3072, 4096]) {
        let mut drbg = drbg();
        let key = PrivateKey::generate(spec, &mut drbg).unwrap();
        assert_eq!(key.public().n().bits(), bits);
        assert_eq!(key.public().e(), &exponent());
        let (p, q) = (&key.key.primes()[0], &key.key.primes()[1]);
        assert!(primes::is_prime(p) && primes::is_prime(q));
        assert!(key.key.d().bits() > bits / 2, "FIPS 186-5, A.1.1, 3(a)");
        assert!(key.key.dp().is_some() && key.key.dq().is_some() && key.key.qinv().is_some());

        let stored = key.stored();
        assert_eq!(stored.len(), bits as usize / 4);
        let opened = PrivateKey::from_stored(spec, &stored).unwrap();
        let imported = PrivateKey::from_pkcs8(spec, &key.to_pkcs8()).unwrap();
        for other in [&opened, &imported] {
            assert_eq!(other.stored(), stored);
            assert_eq!(other.public_key(), key.public_key());
        }

        let signature = key.sign(Signing::PssSha256, Message::Raw(b"m"), &mut drbg).unwrap();
        assert_eq!(signature.len(), key.size());
        opened.verify(Signing::PssSha256, Message::Raw(b"m"), &signature).unwrap();

        for other in SPECS.into_iter().filter(|&other| other != spec) {
            let refused = PrivateKey::from_stored(other, &stored).err();
            assert_eq!(refused, Some(Error::Foreign));
            let refused = PrivateKey::from_pkcs8(other, &key.to_pkcs8()).err();
            assert_eq!(refused, Some(Error::Unverified));
        }
    }
}

#[test]
fn specs_of_other_families_are_refused() {
    let der = key().to_pkcs8();
    for spec in [KeySpec::Symmetric, KeySpec::P256, KeySpec::MlKem768] {
        let made = PrivateKey::generate(spec, &mut drbg());
        let opened = PrivateKey::from_stored(spec, &known::KEY);
        let imported = PrivateKey::from_pkcs8(spec, &der);
        for refused in [made, opened, imported] {
            assert_eq!(refused.err(), Some(Error::Unsupported));
        }
    }
}

#[test]
fn every_way_of_signing_takes_messages_and_digests() {
    let (key, mut drbg) = (key(), drbg());
    let digests: [Vec<u8>; 3] = [
        sha2::Sha256::digest(b"m").to_vec(),
        Sha384::digest(b"m").to_vec(),
        Sha512::digest(b"m").to_vec(),
    ];
    let algorithms = [
        [Signing::PssSha256, Signing::PssSha384, Signing::PssSha512],
        [Signing::Pkcs1Sha256, Signing::Pkcs1Sha384, Signing::Pkcs1Sha512],
    ];
    for (algorithm, digest) in algorithms.into_iter().flat_map(|row| row.into_iter().zip(&digests))
    {
        let (raw, hashed) = (Message::Raw(b"m"), Message::Digest(digest));
        for (signed, verified) in [(raw, hashed), (hashed, raw)] {
            let mut signature = key.sign(algorithm, signed, &mut drbg).unwrap();
            key.verify(algorithm, verified, &signature).unwrap();
            let another = key.verify(algorithm, Message::Raw(b"n"), &signature);
            assert_eq!(another, Err(Error::Unverified));
            signature[100] ^= 1;
            assert_eq!(key.verify(algorithm, verified, &signature), Err(Error::Unverified));
        }
        for length in [0, digest.len() - 1, digest.len() + 1] {
            let wrong = vec![0; length];
            let signed = key.sign(algorithm, Message::Digest(&wrong), &mut drbg);
            assert_eq!(signed.err(), Some(Error::Invalid));
            let verified = key.verify(algorithm, Message::Digest(&wrong), &[0; 256]);
            assert_eq!(verified, Err(Error::Invalid));
        }
        let (longest, too_long) = (vec![1; 4096], vec![1; 4097]);
        assert!(key.sign(algorithm, Message::Raw(&longest), &mut drbg).is_ok());
        let signed = key.sign(algorithm, Message::Raw(&too_long), &mut drbg);
        assert_eq!(signed.err(), Some(Error::Invalid));
        let external = key.sign(algorithm, Message::ExternalMu(&[0; 64]), &mut drbg);
        assert_eq!(external.err(), Some(Error::Unsupported));
    }
    for foreign in [Signing::EcdsaSha256, Signing::Ed25519, Signing::MlDsa] {
        let signed = key.sign(foreign, Message::Raw(b"m"), &mut drbg);
        assert_eq!(signed.err(), Some(Error::Unsupported));
        let verified = key.verify(foreign, Message::Raw(b"m"), &[]);
        assert_eq!(verified, Err(Error::Unsupported));
    }
}

#[test]
fn signatures_that_are_no_numbers_below_the_modulus_are_refused() {
    let key = key();
    let modulus = key.public().n().to_be_bytes();
    let long = [&[0][..], &modulus].concat();
    for signature in [&[][..], &[0; 255], &[0; 256], &[255; 256], &modulus, &long] {
        for algorithm in [Signing::PssSha256, Signing::Pkcs1Sha512] {
            let verified = key.verify(algorithm, Message::Raw(b"m"), signature);
            assert_eq!(verified, Err(Error::Unverified));
        }
    }
}

#[test]
fn plaintexts_may_be_as_long_as_aws_says() {
    let mut drbg = drbg();
    let limits = [(214, 190), (342, 318), (470, 446)];
    for (spec, (sha1, sha256)) in SPECS.into_iter().zip(limits) {
        let key = PrivateKey::generate(spec, &mut drbg).unwrap();
        for (algorithm, limit) in [(Encryption::OaepSha1, sha1), (Encryption::OaepSha256, sha256)] {
            for length in [0, 1, limit] {
                let plaintext = vec![3; length];
                let ciphertext = key.encrypt(algorithm, &plaintext, &mut drbg).unwrap();
                assert_eq!(ciphertext.len(), key.size());
                let decrypted = key.decrypt(algorithm, &ciphertext, &mut drbg).unwrap();
                assert_eq!(*decrypted, plaintext);
            }
            let refused = key.encrypt(algorithm, &vec![3; limit + 1], &mut drbg);
            assert_eq!(refused.err(), Some(Error::Invalid));
        }
    }
}

#[test]
fn all_bad_ciphertexts_are_refused_alike() {
    let (key, mut drbg) = (key(), drbg());
    let good = key.encrypt(Encryption::OaepSha256, b"m", &mut drbg).unwrap();
    let mut flipped = good.clone();
    flipped[0] ^= 1;
    let labelled = Oaep::<sha2::Sha256>::new_with_label(*b"label");
    let labelled = key.public().encrypt(&mut drbg, labelled, b"m").unwrap();
    let modulus = key.public().n().to_be_bytes();
    let long = [&[0][..], &good].concat();
    let bad = [&[][..], &good[1..], &long, &flipped, &labelled, &modulus, &[0; 256], &[255; 256]];
    for ciphertext in bad {
        for algorithm in [Encryption::OaepSha1, Encryption::OaepSha256] {
            let refused = key.decrypt(algorithm, ciphertext, &mut drbg).err();
            assert_eq!(refused, Some(Error::Unverified));
        }
    }
    let other_hash = key.decrypt(Encryption::OaepSha1, &good, &mut drbg).err();
    assert_eq!(other_hash, Some(Error::Unverified));
    let refused = key.encrypt(Encryption::Symmetric, b"m", &mut drbg).err();
    assert_eq!(refused, Some(Error::Unsupported));
    let refused = key.decrypt(Encryption::Symmetric, &good, &mut drbg).err();
    assert_eq!(refused, Some(Error::Unsupported));
}

/// A "prime" that is none makes one half of the computation wrong, as a fault would: what comes out
/// would give the factors away.
#[test]
#[should_panic(expected = "the private operation is right")]
fn a_wrong_signature_never_leaves() {
    let key = PrivateKey { key: composite() };
    let _ = key.sign(Signing::Pkcs1Sha256, Message::Raw(b"m"), &mut drbg());
}

#[test]
#[should_panic(expected = "a private operation went wrong")]
fn a_wrong_plaintext_never_leaves() {
    let key = PrivateKey { key: composite() };
    let ciphertext = [5; 256];
    let _ = key.decrypt(Encryption::OaepSha256, &ciphertext, &mut drbg());
}

/// A key one of whose "primes" is a product of two.
pub(super) fn composite() -> RsaPrivateKey {
    let (sieve, mut drbg) = (sieve::Sieve::new(), drbg());
    let mut half = || primes::generate(512, &sieve, &mut drbg);
    let composite = half().concatenating_mul(&half());
    let prime = primes::generate(1024, &sieve, &mut drbg);
    RsaPrivateKey::from_p_q(composite, prime, exponent()).unwrap()
}

#[test]
fn stored_keys_of_wrong_length_or_content_are_foreign() {
    let good = known::KEY;
    let long = [&good[..], &[0]].concat();
    let mut cases = vec![vec![], good[..511].to_vec(), long, vec![0; 512], vec![255; 512]];
    for position in [0, 127, 128, 255, 256, 511] {
        let mut changed = good.to_vec();
        changed[position] ^= 1;
        cases.push(changed);
    }
    let same_primes = [&good[..128], &good[..128], &good[256..]].concat();
    cases.push(same_primes);
    for case in cases {
        let refused = PrivateKey::from_stored(KeySpec::Rsa2048, &case).err();
        assert_eq!(refused, Some(Error::Foreign));
    }
}
