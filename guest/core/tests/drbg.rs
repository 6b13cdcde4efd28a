//! The random bit generator, with those vectors of NIST's Cryptographic Algorithm Validation
//! Program that have no additional input to a request, which Keycell's requests never have.

use std::cell::RefCell;

use hkdf::Hkdf;
use keycell_core::{random::Drbg, secret::Secret};
use sha2::Sha256;

/// A personalization string is combined with the entropy by XOR. So is what is made of a root,
/// which is additional input to the reseeding: the entropy is chosen so that the sum is the
/// vector's.
#[test]
fn known_answers() {
    let (root, mut done) = (Secret::new(&[7; 32]), 0);
    let mut additional = [0; 48];
    let derive = Hkdf::<Sha256>::new(Some(b"keycell drbg v1"), root.expose());
    derive.expand(b"additional input", &mut additional).expect("48 bytes");
    let vectors = include_str!("drbg/ctr_drbg.txt");
    for line in vectors.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<_> = line.split(' ').map(unhex).collect();
        let [entropy, personalization, reseed, returned] = parts.as_slice() else {
            panic!("{line}")
        };
        ENTROPY.set([xor(entropy, personalization), xor(reseed, &additional)].concat());
        let mut drbg = Drbg::new(next);
        drbg.mix(&root);
        let mut output = [0; 64];
        drbg.fill(&mut output);
        drbg.fill(&mut output);
        assert_eq!(output[..], *returned);
        done += 1;
    }
    assert_eq!(done, 120);
}

thread_local! {
    static ENTROPY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The next word of the vector's entropy.
fn next() -> u64 {
    ENTROPY.with_borrow_mut(|entropy| {
        let word: Vec<u8> = entropy.drain(..8).collect();
        u64::from_le_bytes(word.try_into().expect("eight bytes"))
    })
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    let other = other.iter().copied().chain(std::iter::repeat(0));
    one.iter().zip(other).map(|(one, other)| one ^ other).collect()
}

/// `-` stands for nothing.
fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.trim_matches('-').as_bytes().chunks(2);
    let pairs = pairs.map(|pair| std::str::from_utf8(pair).expect("the file is ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect()
}
