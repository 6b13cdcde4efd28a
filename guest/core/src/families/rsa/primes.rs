//! Primes for RSA: made here, or judged when a key is imported.

use alloc::vec;

use ::rsa::BoxedUint;
use crypto_bigint::{Limb, NonZero, Odd};
use crypto_primes::{Flavor, hazmat::MillerRabin};
use zeroize::Zeroizing;

use super::{
    EXPONENT,
    sieve::{Sieve, WINDOW},
};
use crate::random::Drbg;

/// Two primes of `bits` bits whose product has exactly twice as many.
///
/// FIPS 186-5, appendix A.1.3, with the two highest bits of each set (step 4.4 asks for a little
/// less), and with 64 candidates to a random number in place of one. How long it takes depends on
/// the candidates that were thrown away. All but those of the last 64 are independent of the prime
/// that is kept, and of these it shows no more than which have a small factor.
pub fn generate_pair(bits: u32, drbg: &mut Drbg) -> (BoxedUint, BoxedUint) {
    let sieve = Sieve::new();
    let p = generate(bits, &sieve, drbg);
    loop {
        let q = generate(bits, &sieve, drbg);
        if are_apart(&p, &q, bits) {
            return (p, q);
        }
    }
}

/// Whether two primes of `bits` bits differ in their upper 100 bits (FIPS 186-5, appendix A.1.3,
/// step 5.4). If they do not, the modulus is factored as Fermat did it.
pub fn are_apart(p: &BoxedUint, q: &BoxedUint, bits: u32) -> bool {
    // One of the two is the distance; the other has its highest bit set, since both primes have.
    let is_far = |difference: BoxedUint| difference.bits() > bits - 100;
    is_far(p.wrapping_sub(q)) & is_far(q.wrapping_sub(p))
}

/// Whether a number that somebody else chose is prime, as far as anybody can tell: the test of
/// Baillie, Pomerance, Selfridge and Wagstaff, to which no counterexample is known. It takes as
/// long as about three Miller-Rabin rounds.
pub fn is_prime(candidate: &BoxedUint) -> bool {
    crypto_primes::is_prime(Flavor::Any, candidate)
}

/// A prime of `bits` bits, a multiple of eight.
pub(super) fn generate(bits: u32, sieve: &Sieve, drbg: &mut Drbg) -> BoxedUint {
    // So many windows that there is a prime in them but for one case in 2^130; one in six does.
    let windows = 0..bits / 2;
    let prime = windows.into_iter().find_map(|_| search(bits, sieve, drbg));
    prime.expect("there is a prime among so many random numbers")
}

/// Looks for a prime among the odd numbers that share all but their last seven bits with a random
/// number.
fn search(bits: u32, sieve: &Sieve, drbg: &mut Drbg) -> Option<BoxedUint> {
    let mut bytes = Zeroizing::new(vec![0; bits as usize / 8]);
    drbg.fill(&mut bytes);
    *bytes.first_mut()? |= 0b1100_0000;
    *bytes.last_mut()? |= 0b0111_1111;
    let last = BoxedUint::from_be_slice(&bytes, bits).expect("there are that many bits");
    let survivors = sieve.survivors(&last);
    let candidates = (0..WINDOW).filter(|k| (survivors >> k) & 1 == 1);
    candidates
        .map(|k| last.wrapping_sub(BoxedUint::from(2 * k)))
        .find(|candidate| is_suitable(candidate) && is_probably_prime(candidate, drbg))
}

/// Whether the public exponent, a prime, does not divide the number before this one.
fn is_suitable(candidate: &BoxedUint) -> bool {
    let exponent = NonZero::new(Limb::from(EXPONENT)).expect("it is not zero");
    candidate.rem_limb(exponent) != Limb::ONE
}

/// Miller and Rabin's test with random bases, as often as FIPS 186-5, table B.1, asks for without
/// Lucas's.
fn is_probably_prime(candidate: &BoxedUint, drbg: &mut Drbg) -> bool {
    let rounds = if candidate.bits_precision() >= 1536 { 4 } else { 5 };
    let odd = Odd::new(candidate.clone()).into_option();
    odd.map(MillerRabin::new)
        .is_some_and(|test| (0..rounds).all(|_| test.test_random_base(drbg).is_probably_prime()))
}

#[cfg(test)]
mod tests {
    use crypto_bigint::ConcatenatingMul;
    use hex_literal::hex;

    use super::*;

    #[test]
    fn primes_are_prime_long_enough_and_fit_the_exponent() {
        let (sieve, mut drbg) = (Sieve::new(), Drbg::new(|| 7));
        for bits in [512, 512, 512, 512, 768, 1024, 1024, 1536] {
            let prime = generate(bits, &sieve, &mut drbg);
            assert!(is_prime(&prime), "the test of Baillie and others, which shares no base");
            assert_eq!(prime.bits(), bits);
            assert!(prime.bit_vartime(bits - 2), "the second bit from above");
            let before = prime.wrapping_sub(BoxedUint::one());
            assert_ne!(before.rem_limb(NonZero::new(Limb(65_537)).unwrap()), Limb::ZERO);
        }
    }

    #[test]
    fn primes_of_a_pair_are_apart() {
        let (p, q) = generate_pair(512, &mut Drbg::new(|| 7));
        assert!(are_apart(&p, &q, 512) && p != q);
        assert!(!are_apart(&p, &p, 512));
        let near = p.wrapping_add(BoxedUint::one_with_precision(512).shl(411));
        assert!(!are_apart(&p, &near, 512) && !are_apart(&near, &p, 512));
    }

    #[test]
    fn numbers_that_are_known_are_judged_rightly() {
        let mut drbg = Drbg::new(|| 7);
        // The order of P-256 and a prime of Mersenne, and what is next to them.
        for prime in [P256_ORDER, MERSENNE] {
            let prime = BoxedUint::from_be_slice_vartime(prime);
            assert!(is_probably_prime(&prime, &mut drbg) && is_prime(&prime));
            for step in [2_u32, 4, 6] {
                let other = prime.wrapping_sub(BoxedUint::from(step));
                assert_eq!(is_probably_prime(&other, &mut drbg), is_prime(&other));
            }
        }
        // A square, an even number, and Arnault's: a Carmichael number that deceives Miller and
        // Rabin's test for every prime base below 307 (J. Symb. Comp. 20, 1995).
        let order = BoxedUint::from_be_slice_vartime(P256_ORDER);
        let square = order.concatenating_mul(&order);
        let even = order.wrapping_add(BoxedUint::one());
        let factor = |times: u64| {
            let before = BoxedUint::from_be_slice_vartime(ARNAULT).wrapping_sub(BoxedUint::one());
            before.concatenating_mul(&BoxedUint::from(times)).wrapping_add(BoxedUint::one())
        };
        let arnault = factor(1).concatenating_mul(&factor(313)).concatenating_mul(&factor(353));
        for composite in [square, even, arnault] {
            assert!(!is_probably_prime(&composite, &mut drbg) && !is_prime(&composite));
        }
    }

    #[test]
    fn primes_that_the_exponent_does_not_fit_are_left_out() {
        let multiple = BoxedUint::from(65_537_u64).concatenating_mul(&BoxedUint::from(12_u64));
        assert!(!is_suitable(&multiple.wrapping_add(BoxedUint::one())));
        assert!(is_suitable(&multiple.wrapping_add(BoxedUint::from(3_u64))));
    }

    const P256_ORDER: &[u8] =
        &hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    /// 2^521 - 1.
    const MERSENNE: &[u8] = &{
        let mut bytes = [0xff; 66];
        bytes[0] = 1;
        bytes
    };
    const ARNAULT: &[u8] = &hex!(
        "02acf5bff060d5cb98a808aef25df948beef3f7c06c5c5c9efed1e53d19363db"
        "74537f89d3cadcc9be464335664ed21d0b6dbc736e0e23"
    );
}
