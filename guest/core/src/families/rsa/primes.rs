//! Primes for RSA: made here, or judged when a key is imported.

use ::rsa::BoxedUint;
use crypto_bigint::{Limb, NonZero};
use crypto_primes::{
    Flavor,
    fips::{self, FipsOptions},
    hazmat::{SetBits, SmallFactorsSieveFactory},
    sieve_and_find,
};

use super::EXPONENT;
use crate::random::Drbg;

/// Two primes of `bits` bits whose product has exactly twice as many.
///
/// FIPS 186-5, appendix A.1.3, with the two highest bits of each set (step 4.4 asks for a little
/// less) and a sieve from a random start in place of a fresh random number for each candidate. How
/// long it takes depends on the candidates that were thrown away, which are independent of the
/// primes that are kept.
pub fn generate_pair(bits: u32, drbg: &mut Drbg) -> (BoxedUint, BoxedUint) {
    let p = generate(bits, drbg);
    loop {
        let q = generate(bits, drbg);
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

pub(super) fn generate(bits: u32, drbg: &mut Drbg) -> BoxedUint {
    let tests = FipsOptions::with_mr_iterations(rounds(bits));
    let candidates = SmallFactorsSieveFactory::new(Flavor::Any, bits, SetBits::TwoMsb)
        .expect("a prime can have that many bits");
    sieve_and_find(drbg, candidates, |drbg, candidate: &BoxedUint| {
        is_suitable(candidate) && fips::is_prime(drbg, Flavor::Any, candidate, tests)
    })
    .expect("integers can have that many bits")
    .expect("there is no end to the candidates")
}

/// Whether the public exponent, a prime, does not divide the number before this one.
fn is_suitable(candidate: &BoxedUint) -> bool {
    let exponent = NonZero::new(Limb::from(EXPONENT)).expect("it is not zero");
    candidate.rem_limb(exponent) != Limb::ONE
}

/// Rounds of Miller-Rabin with random bases (FIPS 186-5, table B.1, without Lucas tests).
fn rounds(bits: u32) -> usize {
    if bits >= 1536 { 4 } else { 5 }
}
