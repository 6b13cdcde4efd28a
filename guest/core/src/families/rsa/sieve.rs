//! Which of a few neighbouring numbers have no small factor.
//!
//! The numbers are secret, one of them may become half of a key. So all of them are divided by all
//! primes of the list, with multiplications and shifts alone: how long that takes, and which memory
//! is read, is the same whatever they are.

use alloc::{vec, vec::Vec};

use ::rsa::BoxedUint;
use crypto_bigint::{Limb, NonZero, Reciprocal, WideWord, Word};

/// How many odd numbers are looked at together: those that differ in the last seven bits alone.
pub const WINDOW: u32 = u64::BITS;

/// The odd primes below [`LIMIT`]. They are made when they are needed: as a table in the program
/// they would be resident in every isolate.
pub struct Sieve {
    primes: Vec<SmallPrime>,
    /// The product of each [`PER_WORD`] primes, since long divisions are what takes time.
    products: Vec<Reciprocal>,
}

/// What it takes to divide by a prime without a division.
struct SmallPrime {
    prime: Word,
    /// 2^[`Word::BITS`] - 1 divided by the prime, rounded down.
    inverse: Word,
}

impl Sieve {
    /// Finds the primes, as Eratosthenes did.
    // It divides, and nothing secret. Inlined, it would hide what its caller divides from the lint.
    #[inline(never)]
    pub fn new() -> Self {
        let mut is_composite = vec![false; LIMIT];
        let mut primes = Vec::new();
        for (number, prime) in (3..LIMIT).zip(3..).step_by(2) {
            if is_composite.get(number) == Some(&false) {
                primes.push(SmallPrime { prime, inverse: Word::MAX / prime });
                is_composite.iter_mut().skip(number).step_by(number).for_each(|flag| *flag = true);
            }
        }
        let product = |group: &[SmallPrime]| {
            let product = group.iter().map(|prime| prime.prime).product();
            Reciprocal::new(NonZero::new(Limb(product)).expect("no prime is zero"))
        };
        let products = primes.chunks(PER_WORD).map(product).collect();
        Self { primes, products }
    }

    /// Bit k tells whether `last` - 2k has no factor in the list. `last` is odd and larger than all
    /// primes of the list.
    pub fn survivors(&self, last: &BoxedUint) -> u64 {
        let mut struck = 0;
        for (group, product) in self.primes.chunks(PER_WORD).zip(&self.products) {
            let residue = last.rem_limb_with_reciprocal(product).0;
            struck |= group.iter().fold(0, |struck, prime| struck | prime.strikes(residue));
        }
        !struck
    }
}

impl SmallPrime {
    /// Bit k tells whether the prime divides a number minus 2k, whose residue modulo a multiple of
    /// the prime is given.
    fn strikes(&self, residue: Word) -> u64 {
        let residue = self.remainder(residue);
        // The least k with 2k congruent to the residue.
        let first = (residue + self.prime * (residue & 1)) >> 1;
        let in_window = is_less(first, Word::from(WINDOW)) as u64;
        let mut struck = in_window.wrapping_shl(first as u32);
        let mut distance = self.prime;
        while distance < Word::from(WINDOW) {
            struck |= struck << distance;
            distance *= 2;
        }
        struck
    }

    /// `number` modulo the prime.
    fn remainder(&self, number: Word) -> Word {
        let product = WideWord::from(number) * WideWord::from(self.inverse);
        // What it should be, or one less.
        let quotient = (product >> Word::BITS) as Word;
        let remainder = number - quotient * self.prime;
        remainder - self.prime * (1 - is_less(remainder, self.prime))
    }
}

/// 1 if `a` is less than `b`, both far below the largest [`Word`]; 0 if not. Without a branch.
fn is_less(a: Word, b: Word) -> Word {
    a.wrapping_sub(b) >> (Word::BITS - 1)
}

/// The primes end here. With twice as many, one number in seventeen more would be struck.
const LIMIT: usize = 1 << 15;

/// So many numbers of 16 bits fit into a word when they are multiplied.
const PER_WORD: usize = Word::BITS as usize / 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Drbg;

    #[test]
    fn the_list_is_that_of_the_odd_primes() {
        let primes: Vec<_> = Sieve::new().primes.iter().map(|prime| prime.prime).collect();
        assert_eq!(primes.len(), 3511);
        assert_eq!((primes[0], primes[3510]), (3, 32_749));
        let is_prime = |number: Word| (2..number).all(|divisor| !number.is_multiple_of(divisor));
        let expected = (3..4000).filter(|&number| is_prime(number));
        assert!(expected.eq(primes.iter().copied().take_while(|&prime| prime < 4000)));
    }

    #[test]
    fn remainders_are_those_of_a_division() {
        let sieve = Sieve::new();
        let mut drbg = Drbg::new(|| 7);
        let mut random = || {
            let mut bytes = [0; size_of::<Word>()];
            drbg.fill(&mut bytes);
            Word::from_le_bytes(bytes)
        };
        for prime in &sieve.primes {
            let largest = Word::MAX / prime.prime * prime.prime;
            for number in [0, 1, prime.prime - 1, prime.prime, largest - 1, largest, Word::MAX] {
                assert_eq!(prime.remainder(number), number % prime.prime);
            }
            let number = random();
            assert_eq!(prime.remainder(number), number % prime.prime);
        }
    }

    #[test]
    fn what_survives_has_no_small_factor_and_nothing_else_is_struck() {
        let sieve = Sieve::new();
        let mut drbg = Drbg::new(|| 7);
        for bits in [64, 512, 1024, 1056] {
            for _ in 0..4 {
                let mut bytes = vec![0; bits as usize / 8];
                drbg.fill(&mut bytes);
                *bytes.last_mut().unwrap() |= 1;
                bytes[0] |= 0x80;
                let last = BoxedUint::from_be_slice(&bytes, bits).unwrap();
                let survivors = sieve.survivors(&last);
                for k in 0..WINDOW {
                    let number = last.wrapping_sub(BoxedUint::from(2 * k));
                    let divides = |prime: &SmallPrime| {
                        let divisor = NonZero::new(Limb(prime.prime)).unwrap();
                        number.rem_limb(divisor) == Limb::ZERO
                    };
                    let has_factor = sieve.primes.iter().any(divides);
                    assert_eq!((survivors >> k) & 1 == 0, has_factor, "{number} at {k}");
                }
            }
        }
    }
}
