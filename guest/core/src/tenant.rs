//! A tenant's isolate: its key material, and everything that may be done with it.
//!
//! A key comes in as a value, sealed bytes and their binding, so that any instance of the tenant
//! serves any call. No method returns material, a root or a sealing key.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    binding::{Binding, KeySpec, KeyUsage, check_tenant},
    certificate::{VERIFIER, Verifier},
    cipher::Use,
    encoding::{self, Reader},
    error::{Error, Result},
    keyring::Keyring,
    material::material_id,
    notary,
    parcel::Receiver,
    random::{Drbg, Entropy},
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
};

/// The isolate: locked until the root isolate's parcel has come.
pub struct Tenant {
    drbg: Drbg,
    receiver: Option<Receiver>,
    unsealed: Option<Unsealed>,
}

struct Unsealed {
    account: Vec<u8>,
    region: Vec<u8>,
    roots: SealingKeys,
    /// Checks the certificates of other isolates.
    _verifier: Verifier,
    keyring: Keyring,
}

/// A sealed key with its binding.
pub struct Key<'a> {
    /// As [`Tenant::generate`] returned it.
    pub sealed: &'a [u8],
    /// What it was made for.
    pub binding: &'a Binding,
}

/// One end of an encryption: a key and the encryption context.
pub struct Side<'a> {
    /// The key.
    pub key: Key<'a>,
    /// The context's canonical encoding, at most 8 KiB.
    pub context: &'a [u8],
}

/// What making a key gives back.
pub struct SealedMaterial {
    /// For the keeper.
    pub sealed: Vec<u8>,
    /// Names the material in ciphertexts.
    pub material_id: [u8; 32],
}

/// A data key, for its caller: a secret made to be used outside.
pub struct DataKey {
    /// The key itself.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// The same, encrypted under a KMS key.
    pub ciphertext: Vec<u8>,
}

/// An access key, for its owner: the one time that its secret is told.
pub struct AccessKey {
    /// 40 characters.
    pub secret: Zeroizing<Vec<u8>>,
    /// For the keeper.
    pub sealed: Vec<u8>,
}

impl Tenant {
    /// A locked isolate.
    pub fn new(entropy: Entropy) -> Self {
        Self { drbg: Drbg::new(entropy), receiver: None, unsealed: None }
    }

    // --- sealing ---

    /// A fresh public key to seal the tenant roots to.
    pub fn hello(&mut self) -> [u8; 32] {
        *self.receiver.insert(Receiver::new(&mut self.drbg)).public()
    }

    /// Takes the tenant roots.
    pub fn unseal(&mut self, parcel: &[u8]) -> Result<()> {
        let receiver = self.receiver.take().ok_or(Error::Invalid)?;
        let opened = receiver.open(ADMISSION, parcel)?;
        let mut reader = Reader(&opened);
        let (account, region) = (reader.field()?, reader.field()?);
        check_tenant(account, region)?;
        let verifier = Verifier::from_bytes(reader.array::<VERIFIER>()?);
        let mut roots = Vec::new();
        while !reader.0.is_empty() {
            roots.push(SealingKey::new(Secret::new(reader.array()?)));
        }
        let roots = SealingKeys::new(roots)?;
        self.drbg.mix(roots.newest().secret());
        self.unsealed = Some(Unsealed {
            account: account.to_vec(),
            region: region.to_vec(),
            roots,
            _verifier: verifier,
            keyring: Keyring::default(),
        });
        Ok(())
    }

    /// Wipes everything.
    pub fn seal(&mut self) {
        self.receiver = None;
        self.unsealed = None;
    }

    // --- keys ---

    /// Makes the key that `binding` describes.
    pub fn generate(&mut self, binding: &Binding) -> Result<SealedMaterial> {
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        unsealed.check_home(binding)?;
        let KeySpec::Symmetric = binding.spec;
        let secret = self.drbg.secret();
        let (context, root) = (binding.encode(), unsealed.roots.newest());
        Ok(SealedMaterial {
            sealed: root.seal(Purpose::Key, &context, secret.expose(), &mut self.drbg),
            material_id: material_id(&secret, &binding.key_id),
        })
    }

    /// The same material under the newest root; what is there already stays as it is.
    pub fn reseal(&mut self, key: &Key<'_>) -> Result<Vec<u8>> {
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        unsealed.check_home(key.binding)?;
        let context = key.binding.encode();
        unsealed.roots.reseal(Purpose::Key, &context, key.sealed, &mut self.drbg)
    }

    // --- cipher ---

    /// Encrypts at most 4096 bytes.
    pub fn encrypt(&mut self, under: &Side<'_>, plaintext: &[u8]) -> Result<Vec<u8>> {
        check_length(plaintext.len(), PLAINTEXT)?;
        let unsealed = self.unsealed.as_mut().ok_or(Error::Locked)?;
        unsealed.with(under, |key| Ok(key.encrypt(plaintext, &mut self.drbg)))
    }

    /// Decrypts, for the caller.
    pub fn decrypt(&mut self, under: &Side<'_>, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let unsealed = self.unsealed.as_mut().ok_or(Error::Locked)?;
        unsealed.with(under, |key| key.decrypt(ciphertext))
    }

    /// From one key to another; the plaintext stays inside.
    pub fn re_encrypt(
        &mut self,
        source: &Side<'_>,
        ciphertext: &[u8],
        destination: &Side<'_>,
    ) -> Result<Vec<u8>> {
        let plaintext = self.decrypt(source, ciphertext)?;
        let unsealed = self.unsealed.as_mut().ok_or(Error::Locked)?;
        unsealed.with(destination, |key| Ok(key.encrypt(&plaintext, &mut self.drbg)))
    }

    // --- data-keys ---

    /// Random bytes for the caller.
    pub fn random(&mut self, length: u32) -> Result<Zeroizing<Vec<u8>>> {
        let length = usize::try_from(length).map_err(|_| Error::Invalid)?;
        check_length(length, DATA_KEY)?;
        self.unsealed.as_ref().ok_or(Error::Locked)?;
        let mut bytes = Zeroizing::new(alloc::vec![0; length]);
        self.drbg.fill(&mut bytes);
        Ok(bytes)
    }

    /// A data key, in the clear and encrypted.
    pub fn generate_data_key(&mut self, under: &Side<'_>, length: u32) -> Result<DataKey> {
        let plaintext = self.random(length)?;
        let ciphertext = self.encrypt(under, &plaintext)?;
        Ok(DataKey { plaintext, ciphertext })
    }

    // --- credentials ---

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
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        if !(16..=128).contains(&secret.len()) || !secret.iter().all(u8::is_ascii_graphic) {
            return Err(Error::Invalid);
        }
        let (context, root) = (unsealed.credential(id)?, unsealed.roots.newest());
        Ok(root.seal(Purpose::Credential, &context, secret, &mut self.drbg))
    }

    /// The same secret under the newest root; what is there already stays as it is.
    pub fn reseal_access_key(&mut self, id: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
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

    // --- notary ---

    /// A MAC over `message` for the use that `label` names.
    pub fn tag(&self, label: &[u8], message: &[u8]) -> Result<Vec<u8>> {
        notary::tag(&self.unsealed.as_ref().ok_or(Error::Locked)?.roots, label, message)
    }

    /// Whether a tag is one of ours.
    pub fn check(&self, label: &[u8], message: &[u8], tag: &[u8]) -> Result<()> {
        notary::check(&self.unsealed.as_ref().ok_or(Error::Locked)?.roots, label, message, tag)
    }

    fn open_credential(&self, id: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        unsealed.roots.open(Purpose::Credential, &unsealed.credential(id)?, sealed)
    }
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

impl Unsealed {
    /// Opens the key of `side` and hands it to `run`, if it belongs here and is made to encrypt.
    fn with<T>(&mut self, side: &Side<'_>, run: impl FnOnce(&Use<'_>) -> Result<T>) -> Result<T> {
        let Key { sealed, binding } = side.key;
        self.check_home(binding)?;
        let KeyUsage::EncryptDecrypt = binding.usage;
        if side.context.len() > CONTEXT {
            return Err(Error::Invalid);
        }
        let material = self.keyring.open(&self.roots, sealed, binding)?;
        run(&Use { material: &material, binding, context: side.context })
    }

    fn check_home(&self, binding: &Binding) -> Result<()> {
        if binding.account != self.account || binding.region != self.region {
            return Err(Error::Foreign);
        }
        binding.check()
    }

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

fn check_length(length: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&length) { Ok(()) } else { Err(Error::Invalid) }
}

/// What the parcel of an admission is for.
pub const ADMISSION: &[u8] = b"keycell admission v1";

/// The `Plaintext` of Encrypt, in bytes.
const PLAINTEXT: usize = 4096;
/// `NumberOfBytes` of GenerateDataKey and GenerateRandom.
const DATA_KEY: usize = 1024;
/// The canonical encoding of an encryption context, in bytes.
const CONTEXT: usize = 8192;

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
