//! Sealed domains: the domain keys as the service stores them, with what says who opens them.
//!
//! ```text
//! version 1 | threshold | count of shares | fingerprint of each share (16) | sealed blob
//! ```
//!
//! The blob holds the domain keys, 32 bytes each and the newest last, under the unseal key, which
//! it names; all that stands before it is authenticated by it. One operator who holds the whole
//! unseal key is written as threshold 1 of 0 shares. Fingerprints tell a forged share before it
//! spoils a quorum, and nothing of its value.

use alloc::vec::Vec;

use crate::{
    encoding::Reader,
    error::{Error, Result},
    random::Drbg,
    sealed::{Purpose, SealingKey, SealingKeys, key_id},
    secret::Secret,
    shamir,
};

/// Who opens a domain: the part of its encoding that stands before the blob.
#[derive(Clone, PartialEq, Eq)]
pub struct Charter {
    /// How many operators it takes.
    pub threshold: u8,
    /// The fingerprints of their shares, by index; none if one operator holds the whole key.
    pub fingerprints: Vec<[u8; 16]>,
}

/// A sealed domain, read but not opened.
pub struct SealedDomain<'a> {
    /// Who opens it.
    pub charter: Charter,
    /// The unseal key that seals it, and the set of that key's shares.
    pub set: [u8; 16],
    blob: &'a [u8],
}

impl Charter {
    /// One operator holds the whole unseal key.
    pub fn whole() -> Self {
        Self { threshold: 1, fingerprints: Vec::new() }
    }

    /// Seals the domain keys for those whom this charter names.
    pub fn seal(&self, unseal: &SealingKey, keys: &[SealingKey], drbg: &mut Drbg) -> Vec<u8> {
        let mut domain = zeroize::Zeroizing::new(Vec::with_capacity(32 * keys.len()));
        keys.iter().for_each(|key| domain.extend_from_slice(key.secret().expose()));
        let mut out = self.encode();
        let blob = unseal.seal(Purpose::Domain, &out, &domain, drbg);
        out.extend_from_slice(&blob);
        out
    }

    fn encode(&self) -> Vec<u8> {
        let count = u8::try_from(self.fingerprints.len()).expect("there are at most 32 shares");
        let mut out = Vec::from([VERSION, self.threshold, count]);
        out.extend_from_slice(self.fingerprints.as_flattened());
        out
    }

    fn check(&self) -> Result<()> {
        let is_whole = self.threshold == 1 && self.fingerprints.is_empty();
        let count = u8::try_from(self.fingerprints.len()).map_err(|_| Error::Foreign)?;
        if is_whole || shamir::check_numbers(self.threshold, count).is_ok() {
            Ok(())
        } else {
            Err(Error::Foreign)
        }
    }
}

impl<'a> SealedDomain<'a> {
    /// Reads what [`Charter::seal`] has made.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let foreign = |_| Error::Foreign;
        let mut reader = Reader(bytes);
        let version = reader.byte().map_err(foreign)?;
        let (threshold, count) = (reader.byte().map_err(foreign)?, reader.byte().map_err(foreign)?);
        let fingerprints = (0..count).map(|_| reader.array::<16>().copied().map_err(foreign));
        let charter = Charter { threshold, fingerprints: fingerprints.collect::<Result<_>>()? };
        charter.check()?;
        let set = *key_id(reader.0).ok_or(Error::Foreign)?;
        if version != VERSION {
            return Err(Error::Foreign);
        }
        Ok(Self { charter, set, blob: reader.0 })
    }

    /// The domain keys, the newest last.
    pub fn open(&self, unseal: &SealingKey) -> Result<SealingKeys> {
        let unseal = SealingKey::new(Secret::new(unseal.secret().expose()));
        let unseal = SealingKeys::new(Vec::from([unseal]))?;
        let domain = unseal.open(Purpose::Domain, &self.charter.encode(), self.blob)?;
        let (keys, rest) = domain.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(Error::Foreign);
        }
        SealingKeys::new(keys.iter().map(|key| SealingKey::new(Secret::new(key))).collect())
    }
}

const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SealingKey {
        SealingKey::new(Secret::new(&[byte; 32]))
    }

    fn charters() -> [Charter; 2] {
        let fingerprints = Vec::from([[1; 16], [2; 16], [3; 16]]);
        [Charter::whole(), Charter { threshold: 2, fingerprints }]
    }

    #[test]
    fn a_domain_opens_under_its_unseal_key_only() {
        let mut drbg = Drbg::new(|| 5);
        for charter in charters() {
            let bytes = charter.seal(&key(1), &[key(2), key(3)], &mut drbg);
            let sealed = SealedDomain::parse(&bytes).unwrap();
            assert!(sealed.charter == charter && sealed.set == *key(1).id());
            let opened = sealed.open(&key(1)).unwrap();
            let ids: Vec<_> = opened.all().iter().map(|key| *key.id()).collect();
            assert_eq!(ids, [*key(2).id(), *key(3).id()]);
            assert_eq!(sealed.open(&key(2)).err(), Some(Error::Foreign));
        }
    }

    #[test]
    fn every_byte_of_a_sealed_domain_is_authenticated() {
        let mut drbg = Drbg::new(|| 5);
        for charter in charters() {
            let bytes = charter.seal(&key(1), &[key(2)], &mut drbg);
            for at in 0..bytes.len() {
                let mut wrong = bytes.clone();
                wrong[at] ^= 1;
                let opened = SealedDomain::parse(&wrong).and_then(|domain| domain.open(&key(1)));
                assert_eq!(opened.err(), Some(Error::Foreign), "{at}");
                let cut = &bytes[..at];
                let opened = SealedDomain::parse(cut).and_then(|domain| domain.open(&key(1)));
                assert_eq!(opened.err(), Some(Error::Foreign), "{at}");
            }
        }
    }

    #[test]
    fn what_is_sealed_for_another_purpose_is_no_domain() {
        let mut drbg = Drbg::new(|| 5);
        let blob = key(1).seal(Purpose::TenantRoot, &[VERSION, 1, 0], &[2; 32], &mut drbg);
        let bytes = [&[VERSION, 1, 0], blob.as_slice()].concat();
        let opened = SealedDomain::parse(&bytes).and_then(|domain| domain.open(&key(1)));
        assert_eq!(opened.err(), Some(Error::Foreign));
    }

    /// Version 1, frozen: computed with Python's `cryptography` from this file's description.
    #[test]
    fn the_format_of_a_sealed_domain_stays() {
        let byte = |at: usize| u8::from_str_radix(&FROZEN[2 * at..2 * at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..FROZEN.len() / 2).map(byte).collect();
        let opened = SealedDomain::parse(&bytes).unwrap().open(&key(1)).unwrap();
        let ids: Vec<_> = opened.all().iter().map(|key| *key.id()).collect();
        assert_eq!(ids, [*key(2).id(), *key(3).id()]);
    }

    const FROZEN: &str = "\
        010203010101010101010101010101010101010202020202020202020202020202020203030303030303\
        0303030303030303030101e9bf39018559497019ff559c28d948c2000102030405060708090a0b0c0d0e\
        0f5c46e4784ecc6430c3d979c9e407dc3a547d90b1b71277d508fb2f2495bb0c441b95be553796423c48\
        054564ba544738751b0a7f9cc40abed6c12dd7fb598089225c21acb147431992337af949559ddc";
}
