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
