//! A tenant's isolate: its key material, and everything that may be done with it.
//!
//! A key comes in as a value, sealed bytes and their binding, so that any instance of the tenant
//! serves any call. No method returns material, a root or a sealing key.

mod ciphers;
mod credentials;
mod keys;
mod transfer;
mod uses;

use alloc::{rc::Rc, vec::Vec};

use crate::{
    binding::{Binding, KeyUsage, check_tenant},
    certificate::{VERIFIER, Verifier},
    encoding::Reader,
    error::{Error, Result},
    keyring::Keyring,
    material::Material,
    parcel::Receiver,
    random::{Drbg, Entropy},
    sealed::{SealingKey, SealingKeys},
    secret::Secret,
    self_test::{Health, Tests},
};

pub use ciphers::{DataKey, DataKeyPair, Side};
pub use credentials::{AccessKey, Scope};
pub use keys::{Invitation, SealedMaterial, Wrapped};
pub use uses::Encapsulated;

/// The isolate: locked until the root isolate's parcel has come.
pub struct Tenant {
    drbg: Drbg,
    health: Health,
    /// Waits for the parcel.
    hello: Option<Receiver>,
    unsealed: Option<Unsealed>,
}

struct Unsealed {
    account: Vec<u8>,
    region: Vec<u8>,
    roots: SealingKeys,
    /// Receives from other isolates, and vouches for what is sent to them.
    receiver: Receiver,
    certificate: Vec<u8>,
    /// Checks the certificates of other isolates.
    verifier: Verifier,
    keyring: Keyring,
}

/// A sealed key with its binding.
pub struct Key<'a> {
    /// As [`Tenant::generate`] returned it.
    pub sealed: &'a [u8],
    /// What it was made for.
    pub binding: &'a Binding,
}

impl Tenant {
    /// A locked isolate, whose first self-tests have been run.
    pub fn new(entropy: Entropy) -> Self {
        Self::with_tests(entropy, Tests::REAL)
    }

    /// The same with other self-tests: to see what becomes of an isolate whose tests fail.
    pub fn with_tests(entropy: Entropy, tests: Tests) -> Self {
        let health = Health::new(tests);
        Self { drbg: Drbg::new(entropy), health, hello: None, unsealed: None }
    }

    /// A fresh public key to seal the tenant roots to.
    pub fn hello(&mut self) -> Result<[u8; 32]> {
        self.health.check()?;
        Ok(*self.hello.insert(Receiver::new(&mut self.drbg)).public())
    }

    /// Takes the tenant roots.
    pub fn unseal(&mut self, parcel: &[u8]) -> Result<()> {
        self.health.check()?;
        let receiver = self.hello.take().ok_or(Error::Invalid)?;
        let opened = receiver.open(ADMISSION, parcel)?;
        let mut reader = Reader(&opened);
        let (account, region) = (reader.field()?, reader.field()?);
        check_tenant(account, region)?;
        let certificate = reader.field()?;
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
            receiver,
            certificate: certificate.to_vec(),
            verifier,
            keyring: Keyring::default(),
        });
        Ok(())
    }

    /// Runs every self-test there is.
    pub fn self_test(&mut self) -> Result<()> {
        self.health.check_all()
    }

    /// Wipes everything.
    pub fn seal(&mut self) {
        self.hello = None;
        self.unsealed = None;
    }

    fn unsealed(&self) -> Result<&Unsealed> {
        self.health.check()?;
        self.unsealed.as_ref().ok_or(Error::Locked)
    }

    /// Opens a key, if it belongs here and is made for `usage`.
    fn open(&mut self, key: &Key<'_>, usage: KeyUsage) -> Result<Rc<Material>> {
        self.health.check_for(key.binding.spec)?;
        let unsealed = self.unsealed.as_mut().ok_or(Error::Locked)?;
        unsealed.check_home(key.binding)?;
        if key.binding.usage != usage {
            return Err(Error::Unsupported);
        }
        unsealed.keyring.open(&unsealed.roots, key.sealed, key.binding)
    }
}

impl Unsealed {
    fn check_home(&self, binding: &Binding) -> Result<()> {
        if binding.account != self.account || binding.region != self.region {
            return Err(Error::Foreign);
        }
        binding.check()
    }
}

fn check_length(length: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&length) { Ok(()) } else { Err(Error::Invalid) }
}

/// What the parcel of an admission is for.
pub const ADMISSION: &[u8] = b"keycell admission v1";
