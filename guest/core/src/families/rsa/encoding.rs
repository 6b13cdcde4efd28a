//! PKCS #8 on its way in.

use alloc::vec;

use ::rsa::{
    BoxedUint, RsaPrivateKey,
    pkcs1::{self, RsaPrivateKeyRef, UintRef},
    pkcs8::PrivateKeyInfoRef,
    traits::PrivateKeyParts,
};

use super::{EXPONENT, PrivateKey, exponent, modulus_bits, primes};
use crate::{
    binding::KeySpec,
    error::{Error, Result},
};

impl PrivateKey {
    /// Takes in a `PrivateKeyInfo` in DER.
    ///
    /// AWS's documentation says DER or BER; every tool writes DER, and only that is taken. The key
    /// must have two primes and the public exponent 65537 and all its members must belong together.
    pub fn from_pkcs8(spec: KeySpec, der: &[u8]) -> Result<Self> {
        let bits = modulus_bits(spec)?;
        parse(bits, der).ok_or(Error::Unverified)
    }
}

fn parse(bits: u32, der: &[u8]) -> Option<PrivateKey> {
    let info = PrivateKeyInfoRef::try_from(der).ok()?;
    if info.algorithm != pkcs1::ALGORITHM_ID {
        return None;
    }
    let members = RsaPrivateKeyRef::try_from(info.private_key.as_bytes()).ok()?;
    let has_right_form = members.other_prime_infos.is_none()
        && members.modulus.as_bytes().len() == bits.div_ceil(8) as usize
        && integer(&members.public_exponent, 64)? == BoxedUint::from(EXPONENT);
    if !has_right_form {
        return None;
    }
    let n = integer(&members.modulus, bits)?;
    let d = integer(&members.private_exponent, bits)?;
    let (p, q) = (integer(&members.prime1, bits / 2)?, integer(&members.prime2, bits / 2)?);
    // From here on the primes are as long as they should be, so that nothing below meets a zero.
    let given = PrivateKey::assemble(bits, n, d, vec![p.clone(), q.clone()])?.key;
    let are_members_consistent = given.dp()? == &integer(&members.exponent1, bits / 2)?
        && given.dq()? == &integer(&members.exponent2, bits / 2)?
        && given.crt_coefficient()? == integer(&members.coefficient, bits / 2)?;
    let is_sound = are_members_consistent
        && primes::are_apart(&p, &q, bits / 2)
        && primes::is_prime(&p)
        && primes::is_prime(&q);
    if !is_sound {
        return None;
    }
    // The smallest exponent for these primes, so that one key is stored in one way only.
    let key = RsaPrivateKey::from_p_q(p, q, exponent()).ok()?;
    Some(PrivateKey { key })
}

/// The number, in as many bits as it is given room; `None` if it is longer.
fn integer(member: &UintRef<'_>, bits: u32) -> Option<BoxedUint> {
    BoxedUint::from_be_slice(member.as_bytes(), bits).ok()
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use ::rsa::{
        pkcs8::{
            ObjectIdentifier,
            der::{
                Encode,
                asn1::{AnyRef, OctetStringRef},
            },
            spki::AlgorithmIdentifierRef,
        },
        traits::PublicKeyParts,
    };
    use crypto_bigint::{ConcatenatingMul, Gcd, NonZero, Resize};

    use super::{
        super::{known, sieve::Sieve, tests::composite},
        *,
    };
    use crate::random::Drbg;

    const SPEC: KeySpec = KeySpec::Rsa2048;

    fn key() -> PrivateKey {
        PrivateKey::from_stored(SPEC, &known::KEY).unwrap()
    }

    /// The members of an `RSAPrivateKey`: n, e, d, p, q, dp, dq, qinv.
    fn members(key: &RsaPrivateKey) -> [Vec<u8>; 8] {
        let (p, q) = (key.primes()[0].to_be_bytes(), key.primes()[1].to_be_bytes());
        let d = key.d().to_be_bytes();
        let exponents = [key.dp().unwrap().to_be_bytes(), key.dq().unwrap().to_be_bytes()];
        let coefficient = key.crt_coefficient().unwrap().to_be_bytes();
        let [dp, dq] = exponents;
        [key.n().to_be_bytes(), key.e().to_be_bytes(), d, p, q, dp, dq, coefficient]
            .map(|bytes| bytes.to_vec())
    }

    /// The inverse of the public exponent modulo (p-1)(q-1), as older tools make it.
    fn private_exponent(p: &BoxedUint, q: &BoxedUint) -> BoxedUint {
        let one = BoxedUint::one();
        let totient = NonZero::new((p - &one).concatenating_mul(&(q - &one))).unwrap();
        exponent().resize(totient.bits_precision()).invert_mod(&totient).unwrap()
    }

    fn encode(members: &[Vec<u8>; 8], algorithm: AlgorithmIdentifierRef<'_>) -> Vec<u8> {
        let [n, e, d, p, q, dp, dq, qinv] = members.each_ref().map(|m| UintRef::new(m).unwrap());
        let inner = pkcs1::RsaPrivateKey {
            modulus: n,
            public_exponent: e,
            private_exponent: d,
            prime1: p,
            prime2: q,
            exponent1: dp,
            exponent2: dq,
            coefficient: qinv,
            other_prime_infos: None,
        };
        let inner = inner.to_der().unwrap();
        let inner = OctetStringRef::new(&inner).unwrap();
        PrivateKeyInfoRef::new(algorithm, inner).to_der().unwrap()
    }

    fn import(members: &[Vec<u8>; 8]) -> Result<PrivateKey> {
        PrivateKey::from_pkcs8(SPEC, &encode(members, pkcs1::ALGORITHM_ID))
    }

    #[test]
    fn a_key_made_elsewhere_is_taken_in() {
        let key = key();
        let imported = import(&members(&key.key)).unwrap();
        assert_eq!(imported.stored(), key.stored());
    }

    #[test]
    fn any_private_exponent_that_fits_is_taken_and_the_smallest_is_kept() {
        let key = key();
        let mut members = members(&key.key);
        let [p, q] = [0, 1].map(|i| key.key.primes()[i].as_ref() - &BoxedUint::one());
        let common = NonZero::new(p.gcd(&q)).unwrap();
        let larger = key.key.d() + &(p / common).concatenating_mul(&q);
        members[2] = larger.to_be_bytes().to_vec();
        assert_eq!(import(&members).unwrap().stored(), key.stored());
    }

    #[test]
    fn the_primes_may_come_in_either_order() {
        let key = key();
        let [p, q] = [1, 0].map(|i| key.key.primes()[i].as_ref().clone());
        let swapped = RsaPrivateKey::from_p_q(p, q, exponent()).unwrap();
        let imported = import(&members(&swapped)).unwrap();
        assert_eq!(imported.public_key(), key.public_key());
    }

    #[test]
    fn truncated_and_extended_encodings_are_refused() {
        let der = key().to_pkcs8();
        for end in 0..der.len() {
            let refused = PrivateKey::from_pkcs8(SPEC, &der[..end]).err();
            assert_eq!(refused, Some(Error::Unverified), "cut at {end}");
        }
        let extended = [&der[..], &[0]].concat();
        assert_eq!(PrivateKey::from_pkcs8(SPEC, &extended).err(), Some(Error::Unverified));
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        let der = key().to_pkcs8();
        for bit in 0..der.len() * 8 {
            let mut flipped = der.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let refused = PrivateKey::from_pkcs8(SPEC, &flipped).err();
            assert_eq!(refused, Some(Error::Unverified), "bit {bit}");
        }
    }

    /// Each member replaced by each of these, among which are those that arithmetic is afraid of.
    #[test]
    fn members_that_do_not_belong_are_refused() {
        let good = members(&key().key);
        let modulus = &good[0];
        let even = [&modulus[..255], &[modulus[255] & 0xfe]].concat();
        let power = [&[0x80][..], &[0; 255]].concat();
        let wrong: [&[u8]; 12] = [
            &[0],
            &[1],
            &[2],
            &[3],
            &[255; 128],
            &[255; 129],
            &[255; 256],
            &[255; 257],
            &[255; 1024],
            modulus,
            &even,
            &power,
        ];
        for member in 0..8 {
            for value in wrong.iter().filter(|&&value| value != good[member]) {
                let mut changed = good.clone();
                changed[member] = value.to_vec();
                assert_eq!(import(&changed).err(), Some(Error::Unverified), "member {member}");
            }
        }
        for pair in [[3, 4], [5, 6], [0, 2]] {
            for value in wrong {
                let mut changed = good.clone();
                for member in pair {
                    changed[member] = value.to_vec();
                }
                assert_eq!(import(&changed).err(), Some(Error::Unverified), "members {pair:?}");
            }
        }
    }

    #[test]
    fn other_exponents_and_sizes_are_refused() {
        let mut drbg = Drbg::new(|| 7);
        for exponent in [3_u64, 65_539] {
            let other = loop {
                let (p, q) = primes::generate_pair(1024, &mut drbg);
                if let Ok(key) = RsaPrivateKey::from_p_q(p, q, exponent.into()) {
                    break key;
                }
            };
            assert_eq!(import(&members(&other)).err(), Some(Error::Unverified));
        }
        for bits in [512, 1016, 1032] {
            let (p, q) = primes::generate_pair(bits, &mut drbg);
            let other = RsaPrivateKey::from_p_q(p, q, exponent()).unwrap();
            assert_eq!(import(&members(&other)).err(), Some(Error::Unverified));
        }
        // A modulus of 2048 bits, but of primes of different lengths.
        let mut prime = |bits| primes::generate(bits, &Sieve::new(), &mut drbg);
        let (p, q) = (prime(1000), prime(1048));
        let (n, d) = (p.concatenating_mul(&q), private_exponent(&p, &q));
        let primes = vec![p, q];
        let uneven =
            RsaPrivateKey::from_components_with_wide_primes(n, exponent(), d, primes).unwrap();
        assert_eq!(uneven.n().bits(), 2048);
        assert_eq!(import(&members(&uneven)).err(), Some(Error::Unverified));
    }

    #[test]
    fn weak_keys_are_refused() {
        let composite = composite();
        assert_eq!(import(&members(&composite)).err(), Some(Error::Unverified));

        // Two neighbouring primes.
        let first = primes::generate(1024, &Sieve::new(), &mut Drbg::new(|| 7));
        let mut second = first.wrapping_add(BoxedUint::from(2_u64));
        while !primes::is_prime(&second) {
            second = second.wrapping_add(BoxedUint::from(2_u64));
        }
        assert!(!primes::are_apart(&first, &second, 1024));
        assert!(!primes::are_apart(&second, &first, 1024));
        let close = RsaPrivateKey::from_p_q(first, second, exponent()).unwrap();
        assert_eq!(import(&members(&close)).err(), Some(Error::Unverified));
    }

    #[test]
    fn other_algorithms_are_refused() {
        let members = members(&key().key);
        for (oid, parameters) in [
            ("1.2.840.113549.1.1.10", None),           // RSASSA-PSS
            ("1.2.840.113549.1.1.1", None),            // rsaEncryption without its NULL
            ("1.2.840.10045.2.1", Some(AnyRef::NULL)), // id-ecPublicKey
        ] {
            let oid = ObjectIdentifier::new(oid).unwrap();
            let der = encode(&members, AlgorithmIdentifierRef { oid, parameters });
            assert_eq!(PrivateKey::from_pkcs8(SPEC, &der).err(), Some(Error::Unverified));
        }
    }
}
