//! Access keys, in an account isolate; and what the service itself vouches for, in the system
//! isolate.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    encoding,
    error::{Error, Result},
    notary,
    sealed::Purpose,
};

use super::{Tenant, Unsealed};

/// An access key, for its owner: the one time that its secret is told.
pub struct AccessKey {
    /// 40 characters.
    pub secret: Zeroizing<Vec<u8>>,
    /// For the keeper.
    pub sealed: Vec<u8>,
}

/// What a signing key is derived for.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// `YYYYMMDD`.
    pub date: &'a [u8],
    /// The Region.
    pub region: &'a [u8],
    /// The service's signing name.
    pub service: &'a [u8],
}

impl Tenant {
    /// A new secret for the access key `id`.
    pub fn create_access_key(&mut self, id: &[u8]) -> Result<AccessKey> {
        let mut bytes = Zeroizing::new([0; 40]);
        self.drbg.fill(&mut *bytes);
        // The low six bits of uniform bytes are uniform; computed, not looked up, so that the
        // secret leaves no trace in a cache line.
        let secret = bytes.iter().map(|byte| base64_digit(byte & 63)).collect::<Vec<_>>();
        let secret = Zeroizing::new(secret);
        let sealed = self.adopt_access_key(id, &secret)?;
        Ok(AccessKey { secret, sealed })
    }

    /// Takes in a secret that was chosen elsewhere: 16 to 128 printable ASCII characters.
    pub fn adopt_access_key(&mut self, id: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        self.health.check()?;
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        if !(16..=128).contains(&secret.len()) || !secret.iter().all(u8::is_ascii_graphic) {
            return Err(Error::Invalid);
        }
        let (context, root) = (unsealed.credential(id)?, unsealed.roots.newest());
        Ok(root.seal(Purpose::Credential, &context, secret, &mut self.drbg))
    }

    /// The same secret under the newest root; what is there already stays as it is.
    pub fn reseal_access_key(&mut self, id: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        self.health.check()?;
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        let context = unsealed.credential(id)?;
        unsealed.roots.reseal(Purpose::Credential, &context, sealed, &mut self.drbg)
    }

    /// Whether `secret` is the sealed one, in constant time.
    pub fn confirm_access_key(&self, id: &[u8], sealed: &[u8], secret: &[u8]) -> Result<()> {
        let held = self.open_credential(id, sealed)?;
        if bool::from(held.as_slice().ct_eq(secret)) { Ok(()) } else { Err(Error::Unverified) }
    }

    /// The SigV4 signing key of one day, Region and service.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
    pub fn signing_key(
        &self,
        id: &[u8],
        sealed: &[u8],
        scope: &Scope<'_>,
    ) -> Result<Zeroizing<[u8; 32]>> {
        let Scope { date, region, service } = *scope;
        let is_date = date.len() == 8 && date.iter().all(u8::is_ascii_digit);
        if !is_date || region.len() > 32 || service.is_empty() || service.len() > 64 {
            return Err(Error::Invalid);
        }
        let secret = self.open_credential(id, sealed)?;
        let mut key = Zeroizing::new([b"AWS4", secret.as_slice()].concat());
        for part in [date, region, service, b"aws4_request"] {
            let mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
            let mac =
                Zeroizing::new(<[u8; 32]>::from(mac.chain_update(part).finalize().into_bytes()));
            key = Zeroizing::new(mac.to_vec());
        }
        let key = key.first_chunk().expect("HMAC-SHA256 gives 32 bytes");
        Ok(Zeroizing::new(*key))
    }

    /// A MAC over `message` for the use that `label` names.
    pub fn tag(&self, label: &[u8], message: &[u8]) -> Result<Vec<u8>> {
        notary::tag(&self.unsealed()?.roots, label, message)
    }

    /// Whether a tag is one of ours.
    pub fn check(&self, label: &[u8], message: &[u8], tag: &[u8]) -> Result<()> {
        notary::check(&self.unsealed()?.roots, label, message, tag)
    }

    fn open_credential(&self, id: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let unsealed = self.unsealed()?;
        unsealed.roots.open(Purpose::Credential, &unsealed.credential(id)?, sealed)
    }
}

impl Unsealed {
    /// What the seal of an access key's secret authenticates.
    fn credential(&self, id: &[u8]) -> Result<Vec<u8>> {
        if !(16..=128).contains(&id.len()) {
            return Err(Error::Invalid);
        }
        Ok(encoding::fields(&[&self.account, id]))
    }
}

/// The digit of standard base64 for a number below 64, without a branch or a look-up.
fn base64_digit(number: u8) -> u8 {
    let digit = i16::from(number);
    let mut out = digit + 65; // A
    out += ((25 - digit) >> 8) & 6; // a, from 26
    out -= ((51 - digit) >> 8) & 75; // 0, from 52
    out -= ((61 - digit) >> 8) & 15; // +, at 62
    out += ((62 - digit) >> 8) & 3; // /, at 63
    u8::try_from(out).expect("a base64 digit is ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_digits_are_the_standard_ones() {
        let standard = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (number, digit) in standard.iter().enumerate() {
            assert_eq!(base64_digit(number as u8), *digit);
        }
    }
}
