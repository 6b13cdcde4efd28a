//! The root isolate: the only place where domain keys are in the clear. It seals tenant roots, and
//! hands them over to isolates, sealed to their keys.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::{
    binding::check_tenant,
    certificate::{Certificate, Issuer},
    encoding,
    error::{Error, Result},
    parcel::{self, Receiver, UNSEAL_KEY},
    random::{Drbg, Entropy},
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
    tenant::ADMISSION,
};

/// The isolate: sealed until an operator's unseal key has come.
pub struct Root {
    drbg: Drbg,
    reception: Receiver,
    issuer: Issuer,
    domain: Option<SealingKeys>,
}

/// What an operator keeps, and what the service stores.
pub struct Founding {
    /// The domain keys under the new unseal key.
    pub sealed_domain: Vec<u8>,
    /// The unseal key, encrypted to each operator's public key.
    pub shares: Vec<Vec<u8>>,
}

/// What an isolate is admitted with.
pub struct Admission {
    /// The tenant's roots, sealed to the isolate's public key.
    pub parcel: Vec<u8>,
    /// Who holds that key.
    pub certificate: Vec<u8>,
}

/// Who asks to be admitted, by the host's word.
pub struct Hello<'a> {
    /// The account.
    pub account: &'a [u8],
    /// The Region.
    pub region: &'a [u8],
    /// The public key that its isolate made.
    pub public: &'a [u8],
    /// SHA-256 of the component that runs there.
    pub component: &'a [u8],
}

impl Root {
    /// A sealed isolate, with the keys that it uses until the next start.
    pub fn new(entropy: Entropy) -> Self {
        let mut drbg = Drbg::new(entropy);
        let reception = Receiver::new(&mut drbg);
        let issuer = Issuer::new(&mut drbg);
        Self { drbg, reception, issuer, domain: None }
    }

    /// Where unseal keys are sent.
    pub fn reception(&self) -> [u8; 32] {
        *self.reception.public()
    }

    /// Makes a domain key under a new unseal key, and opens it.
    pub fn initialise(&mut self, operators: &[Vec<u8>]) -> Result<Founding> {
        let [operator] = operators else {
            return Err(Error::Unsupported);
        };
        let unseal = self.drbg.secret();
        let share = parcel::send(operator, UNSEAL_KEY, unseal.expose(), &mut self.drbg)?;
        let key = self.drbg.secret();
        let unseal = SealingKey::new(unseal);
        let sealed_domain = unseal.seal(Purpose::Domain, b"", key.expose(), &mut self.drbg);
        self.open_domain(Vec::from([SealingKey::new(key)]))?;
        Ok(Founding { sealed_domain, shares: Vec::from([share]) })
    }

    /// Opens the domain keys with an unseal key that was encrypted to [`Root::reception`].
    pub fn unseal(&mut self, sealed_domain: &[u8], shares: &[Vec<u8>]) -> Result<()> {
        let [share] = shares else {
            return Err(Error::Unsupported);
        };
        let unseal = self.reception.open(UNSEAL_KEY, share)?;
        let unseal = Secret::from_slice(&unseal).ok_or(Error::Invalid)?;
        let keys = SealingKeys::new(Vec::from([SealingKey::new(unseal)]))?;
        let domain = keys.open(Purpose::Domain, b"", sealed_domain)?;
        let (keys, rest) = domain.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(Error::Foreign);
        }
        self.open_domain(keys.iter().map(|key| SealingKey::new(Secret::new(key))).collect())
    }

    /// A new tenant root, sealed.
    pub fn create_tenant(&mut self, account: &[u8], region: &[u8]) -> Result<Vec<u8>> {
        check_tenant(account, region)?;
        let domain = self.domain.as_ref().ok_or(Error::Locked)?;
        let root = self.drbg.secret();
        let context = encoding::fields(&[account, region]);
        Ok(domain.newest().seal(Purpose::TenantRoot, &context, root.expose(), &mut self.drbg))
    }

    /// Hands a tenant's roots, the newest last, to the isolate that said hello.
    pub fn admit(&mut self, hello: &Hello<'_>, sealed_roots: &[Vec<u8>]) -> Result<Admission> {
        let Hello { account, region, public, component } = *hello;
        check_tenant(account, region)?;
        let domain = self.domain.as_ref().ok_or(Error::Locked)?;
        if component.len() != 32 || sealed_roots.is_empty() || sealed_roots.len() > ROOTS {
            return Err(Error::Invalid);
        }
        let context = encoding::fields(&[account, region]);
        let mut contents = Zeroizing::new(Vec::with_capacity(512 + sealed_roots.len() * 32));
        let certificate = self.issuer.issue(&Certificate { account, region, public, component });
        contents.extend_from_slice(&context);
        encoding::put(&mut contents, &certificate);
        contents.extend_from_slice(self.issuer.verifier().as_bytes());
        for sealed in sealed_roots {
            let root = domain.open(Purpose::TenantRoot, &context, sealed)?;
            contents.extend_from_slice(Secret::from_slice(&root).ok_or(Error::Foreign)?.expose());
        }
        let parcel = parcel::send(public, ADMISSION, &contents, &mut self.drbg)?;
        Ok(Admission { parcel, certificate })
    }

    /// Forgets the domain keys.
    pub fn seal(&mut self) {
        self.domain = None;
    }

    fn open_domain(&mut self, keys: Vec<SealingKey>) -> Result<()> {
        let domain = SealingKeys::new(keys)?;
        self.drbg.mix(domain.newest().secret());
        self.domain = Some(domain);
        Ok(())
    }
}

/// A tenant's roots that may be in use at once: the vector of them must never be grown, since what
/// it left behind would have to be wiped.
const ROOTS: usize = 32;
