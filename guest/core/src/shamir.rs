//! Shamir's secret sharing: a secret of 32 bytes is split so that any `threshold` of its shares
//! give it back, and fewer tell nothing.
//!
//! Adi Shamir, "How to share a secret", CACM 22 (1979), over GF(2^8) with the polynomial of AES
//! (0x11B), each byte apart. A share is stored as
//!
//! ```text
//! version 1 | id of the set (16) | threshold | index | value (32) | check (4)
//! ```
//!
//! The set is named like the unseal key that was split, so that shares of different keys are
//! never mixed. The check value is the beginning of SHA-256 over all before it, behind a label: it
//! tells a share that was copied wrongly, and no more of the value than its 256 bits allow.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    encoding::Reader,
    error::{Error, Result},
    random::Drbg,
    secret::Secret,
};

/// One point of the polynomials.
pub struct Share {
    /// Which secret it is a share of.
    pub set: [u8; 16],
    /// How many shares give the secret back.
    pub threshold: u8,
    /// The x of the point, from 1.
    pub index: u8,
    /// The y of the point, for each byte of the secret.
    pub value: Secret,
}

impl Share {
    /// As it is handed to an operator.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(LENGTH));
        out.push(VERSION);
        out.extend_from_slice(&self.set);
        out.extend([self.threshold, self.index]);
        out.extend_from_slice(self.value.expose());
        let check = self.fingerprint();
        out.extend(check.iter().take(CHECK));
        out
    }

    /// Reads a share; one that was copied wrongly is told by its check value.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader(bytes);
        let version = reader.byte()?;
        let set = *reader.array::<16>()?;
        let (threshold, index) = (reader.byte()?, reader.byte()?);
        let share = Self { set, threshold, index, value: Secret::new(reader.array()?) };
        let check = reader.array::<CHECK>()?;
        reader.end()?;
        if version != VERSION || threshold < 2 || index == 0 {
            return Err(Error::Invalid);
        }
        if !share.fingerprint().starts_with(check) {
            return Err(Error::Unverified);
        }
        Ok(share)
    }

    /// Names the share without telling its value: the first half of SHA-256 over all of it.
    pub fn fingerprint(&self) -> [u8; 16] {
        let digest = Sha256::new()
            .chain_update(b"keycell share v1")
            .chain_update(self.set)
            .chain_update([self.threshold, self.index])
            .chain_update(self.value.expose())
            .finalize();
        let digest = <[u8; 32]>::from(digest);
        *digest.first_chunk().expect("a digest has 32 bytes")
    }
}

/// Splits a secret into `count` shares. The numbers are bounded by [`check_numbers`].
pub fn split(
    secret: &Secret,
    set: [u8; 16],
    threshold: u8,
    count: u8,
    drbg: &mut Drbg,
) -> Result<Vec<Share>> {
    check_numbers(threshold, count)?;
    // The highest coefficient may be zero: were it not, shares would tell something.
    let coefficients: Vec<_> = (1..threshold).map(|_| drbg.secret()).collect();
    let shares = (1..=count).map(|index| {
        let mut value = Zeroizing::new([0; 32]);
        for coefficient in coefficients.iter().rev().chain([secret]) {
            for (y, coefficient) in value.iter_mut().zip(coefficient.expose()) {
                *y = multiply(*y, index) ^ coefficient;
            }
        }
        Share { set, threshold, index, value: Secret::new(&value) }
    });
    Ok(shares.collect())
}

/// The secret of as many shares as their threshold says, which must be of one set and different.
pub fn combine(shares: &[Share]) -> Result<Secret> {
    let first = shares.first().ok_or(Error::Invalid)?;
    let is_whole = shares.len() == usize::from(first.threshold);
    let is_one = |share: &Share| share.set == first.set && share.threshold == first.threshold;
    let others = |share: &Share| {
        let own = share.index;
        shares.iter().map(|other| other.index).filter(move |other| *other != own)
    };
    let differ = |share: &Share| others(share).count() + 1 == shares.len();
    if !is_whole || !shares.iter().all(|share| is_one(share) && differ(share)) {
        return Err(Error::Invalid);
    }
    let mut secret = Zeroizing::new([0; 32]);
    for share in shares {
        // The value at 0 of the polynomial that is 1 at this index and 0 at all others.
        let weight = others(share).fold(1, |weight, other| {
            multiply(weight, multiply(other, invert(other ^ share.index)))
        });
        for (byte, y) in secret.iter_mut().zip(share.value.expose()) {
            *byte ^= multiply(weight, *y);
        }
    }
    Ok(Secret::new(&secret))
}

/// At least 2 of at most [`MOST`].
pub fn check_numbers(threshold: u8, count: u8) -> Result<()> {
    if (2..=count).contains(&threshold) && count <= MOST { Ok(()) } else { Err(Error::Invalid) }
}

/// The product in GF(2^8), without a branch or a look-up that depends on the factors.
fn multiply(a: u8, b: u8) -> u8 {
    let (mut a, mut product) = (a, 0);
    for bit in 0..8 {
        product ^= a & mask(b >> bit);
        a = (a << 1) ^ (0x1b & mask(a >> 7));
    }
    product
}

/// All ones if the lowest bit is set; the compiler is not to know that there are two cases only, of
/// which it would select one.
fn mask(bit: u8) -> u8 {
    core::hint::black_box((bit & 1).wrapping_neg())
}

/// The inverse, a^254; 0 for 0.
fn invert(a: u8) -> u8 {
    let mut power = a;
    let mut inverse = 1;
    for _ in 0..7 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    inverse
}

/// Shares of one secret: more operators than any quorum is made of.
pub const MOST: u8 = 32;
/// The length of an encoded share.
pub const LENGTH: usize = 1 + 16 + 2 + 32 + CHECK;
const CHECK: usize = 4;
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn drbg() -> Drbg {
        Drbg::new(|| 0x0123_4567_89ab_cdef)
    }

    fn pick(shares: &[Share], indices: &[u8]) -> Vec<Share> {
        let pick = |index: &u8| {
            let Share { set, threshold, value, .. } = &shares[usize::from(*index) - 1];
            let value = Secret::new(value.expose());
            Share { set: *set, threshold: *threshold, index: *index, value }
        };
        indices.iter().map(pick).collect()
    }

    #[test]
    fn products_and_inverses_are_those_of_aes() {
        // FIPS 197, section 4.2.
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        assert_eq!(multiply(0x57, 0x13), 0xfe);
        assert_eq!(invert(0), 0);
        for a in 1..=255 {
            assert_eq!(multiply(a, invert(a)), 1, "{a}");
            assert_eq!(multiply(a, 1), a);
            for b in 0..=255 {
                assert_eq!(multiply(a, b), multiply(b, a));
                assert_eq!(multiply(a, b ^ 0x35), multiply(a, b) ^ multiply(a, 0x35));
            }
        }
    }

    /// Points of one polynomial for each byte, as `_interpolate` of Trezor's reference
    /// implementation of SLIP-39 (PyPI `shamir-mnemonic` 0.3.0) gives them: it works in the same
    /// field with tables of logarithms. At 0 it has the bytes 0 to 31.
    const POINTS: &[(u8, &str)] = &[
        (1, "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc"),
        (2, "c8d5e2effc091623303d4a5764717e8b98a5b2bfccd9e6f3000d1a2734414e5b"),
        (3, "cbdef1f4e72a3d100376090c3f2215e8fbce2124575a6d40b3a6b9fcef928598"),
        (4, "9e97ec85fa2e255c1bdfbf3689b0400f38f10b6246ff3496a74e75116e0ce7de"),
        (5, "9d9cff9ee10d0e6f2894fc6dd2e32b6c5b9a98f9dd7cbf2514e5d6cab5df2c1d"),
        (31, "8bd057669ca9f075b23e35517f116317aa251726bbea6748959bf7c53f363a54"),
        (32, "76f45beb5f1595389d88bd6dbd2662de59bf25958d44a0cd4fad3477c3f4148f"),
    ];

    #[test]
    fn any_three_points_of_a_published_implementation_give_the_secret() {
        let point = |(index, value): &(u8, &str)| {
            let byte = |at: usize| u8::from_str_radix(&value[2 * at..2 * at + 2], 16).unwrap();
            let value: Vec<u8> = (0..32).map(byte).collect();
            let value = Secret::from_slice(&value).unwrap();
            Share { set: [9; 16], threshold: 3, index: *index, value }
        };
        let expected: Vec<u8> = (0..32).collect();
        for a in 0..POINTS.len() {
            for b in a + 1..POINTS.len() {
                for c in b + 1..POINTS.len() {
                    let shares: Vec<_> = [a, b, c].iter().map(|at| point(&POINTS[*at])).collect();
                    assert_eq!(combine(&shares).unwrap().expose().as_slice(), expected);
                }
            }
        }
    }

    #[test]
    fn every_quorum_of_a_split_gives_the_secret() {
        let mut drbg = drbg();
        for (threshold, count) in [(2, 2), (2, 3), (3, 5), (5, 5), (2, MOST), (MOST, MOST)] {
            let secret = drbg.secret();
            let shares = split(&secret, [7; 16], threshold, count, &mut drbg).unwrap();
            assert_eq!(shares.len(), usize::from(count));
            for first in 1..=count {
                let mut quorum: Vec<u8> = (0..threshold).map(|k| 1 + (first + k) % count).collect();
                assert!(combine(&pick(&shares, &quorum)).unwrap().same_as(&secret));
                quorum.reverse();
                assert!(combine(&pick(&shares, &quorum)).unwrap().same_as(&secret));
            }
        }
    }

    #[test]
    fn less_than_a_quorum_fits_every_secret() {
        // Two of three shares, and any third value: each gives another secret, so that the two
        // alone exclude none.
        let mut drbg = drbg();
        let secret = drbg.secret();
        let shares = split(&secret, [7; 16], 3, 3, &mut drbg).unwrap();
        let mut found = alloc::collections::BTreeSet::new();
        for guess in 0..=255 {
            let mut quorum = pick(&shares, &[1, 2, 3]);
            quorum[2].value = Secret::new(&[guess; 32]);
            found.insert(combine(&quorum).unwrap().expose()[0]);
        }
        assert_eq!(found.len(), 256);
    }

    #[test]
    fn numbers_and_mixtures_out_of_range_are_refused() {
        let mut drbg = drbg();
        let secret = drbg.secret();
        for (threshold, count) in [(0, 3), (1, 3), (4, 3), (2, 1), (2, MOST + 1), (2, 255)] {
            assert!(split(&secret, [7; 16], threshold, count, &mut drbg).is_err());
        }
        let shares = split(&secret, [7; 16], 3, 5, &mut drbg).unwrap();
        let mut other = split(&secret, [8; 16], 3, 5, &mut drbg).unwrap();
        for indices in [&[][..], &[1, 2], &[1, 2, 2], &[1, 2, 3, 4]] {
            assert!(combine(&pick(&shares, indices)).is_err(), "{indices:?}");
        }
        let mut mixed = pick(&shares, &[1, 2]);
        mixed.push(other.remove(3));
        assert!(combine(&mixed).is_err());
    }

    #[test]
    fn a_share_that_was_copied_wrongly_is_told() {
        let mut drbg = drbg();
        let secret = drbg.secret();
        let share = split(&secret, [7; 16], 2, 3, &mut drbg).unwrap().remove(1);
        let bytes = share.encode();
        assert_eq!(bytes.len(), LENGTH);
        let read = Share::decode(&bytes).unwrap();
        assert_eq!((read.set, read.threshold, read.index), ([7; 16], 2, 2));
        assert!(read.value.same_as(&share.value));
        for at in 0..bytes.len() {
            let mut wrong = bytes.to_vec();
            wrong[at] ^= 1;
            assert!(Share::decode(&wrong).is_err(), "{at}");
            assert!(Share::decode(&bytes[..at]).is_err(), "{at}");
        }
        assert!(Share::decode(&[&bytes[..], &[0]].concat()).is_err());
    }

    /// Version 1, frozen: shares lie in drawers for years.
    #[test]
    fn the_format_of_a_share_stays() {
        let set = *b"0123456789abcdef";
        let share = Share { set, threshold: 3, index: 5, value: Secret::new(&[0xa5; 32]) };
        let mut expected = Vec::from([1]);
        expected.extend_from_slice(&set);
        expected.extend([3, 5]);
        expected.extend([0xa5; 32]);
        expected.extend(FROZEN_CHECK);
        assert_eq!(share.encode().as_slice(), expected);
    }

    /// SHA-256 of the label, the set, 3, 5 and 32 times a5, computed with Python's hashlib.
    const FROZEN_CHECK: [u8; 4] = [0xb1, 0x60, 0x4a, 0xa4];
}
