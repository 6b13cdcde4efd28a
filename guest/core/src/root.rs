//! The root isolate: the only place where domain keys are in the clear. It seals tenant roots, and
//! hands them over to isolates, sealed to their keys.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::{
    binding::check_tenant,
    certificate::{Certificate, Issuer},
    domain::{Charter, SealedDomain},
    encoding,
    error::{Error, Result},
    parcel::{self, Receiver, UNSEAL_KEY},
    quorum::{Progress, Quorum, Refused, Unfit, agreement},
    random::{Drbg, Entropy},
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
    self_test::{Health, Tests},
    shamir,
    tenant::ADMISSION,
};

/// The isolate: sealed until its operators' unseal key has come.
pub struct Root {
    drbg: Drbg,
    health: Health,
    reception: Receiver,
    issuer: Issuer,
    gathered: Option<Quorum>,
    unsealed: Option<Unsealed>,
}

/// The unseal key stays, so that new domain keys can be sealed under it without its operators.
struct Unsealed {
    unseal: SealingKey,
    charter: Charter,
    domain: SealingKeys,
}

/// What an operator keeps, and what the service stores.
pub struct Founding {
    /// The domain keys under the new unseal key.
    pub sealed_domain: Vec<u8>,
    /// The shares of the unseal key, each encrypted to an operator's public key; the whole of it if
    /// there is one operator.
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
    /// A sealed isolate, with the keys that it uses until the next start. If its self-tests fail it
    /// is never unsealed.
    pub fn new(entropy: Entropy) -> Self {
        Self::with_tests(entropy, Tests::GROUND)
    }

    /// The same with other self-tests: to see what becomes of an isolate whose tests fail.
    pub fn with_tests(entropy: Entropy, tests: Tests) -> Self {
        let mut health = Health::new(tests);
        health.check_transfer();
        let mut drbg = Drbg::new(entropy);
        let reception = Receiver::new(&mut drbg);
        let issuer = Issuer::new(&mut drbg);
        Self { drbg, health, reception, issuer, gathered: None, unsealed: None }
    }

    /// Where unseal keys and their shares are sent. Another one after each sealing, so that what
    /// was sent before does not unseal again.
    pub fn reception(&self) -> [u8; 32] {
        *self.reception.public()
    }

    /// Makes a domain key under a new unseal key, and opens it. `threshold` of the operators will
    /// unseal; a single operator holds the whole unseal key.
    pub fn initialise(&mut self, threshold: u8, operators: &[Vec<u8>]) -> Result<Founding> {
        self.health.check()?;
        let keys = Vec::from([SealingKey::new(self.drbg.secret())]);
        let (founding, unseal, charter) = self.found(threshold, operators, &keys)?;
        self.open_domain(Unsealed { unseal, charter, domain: SealingKeys::new(keys)? });
        Ok(founding)
    }

    /// Takes one share, encrypted to [`Root::reception`], and opens the domain keys once there are
    /// enough. Shares that came before are kept, whatever is wrong with this one.
    pub fn unseal(
        &mut self,
        sealed_domain: &[u8],
        parcel: &[u8],
    ) -> core::result::Result<Progress, Refused> {
        self.health.check()?;
        let sealed = SealedDomain::parse(sealed_domain)?;
        let refused = |why| Refused::Share { at: 0, why };
        let share = self.reception.open(UNSEAL_KEY, parcel);
        let share = share.map_err(|_| refused(Unfit::Unreadable))?;
        let gathered =
            self.gathered.take().filter(|known| known.is_of(&sealed.set, &sealed.charter));
        let gathered = self
            .gathered
            .insert(gathered.unwrap_or_else(|| Quorum::new(sealed.set, sealed.charter.clone())));
        let Some(unseal) = gathered.take(&share).map_err(refused)? else {
            return Ok(gathered.progress());
        };
        self.gathered = None;
        let domain = sealed.open(&unseal)?;
        let need = sealed.charter.threshold;
        self.open_domain(Unsealed { unseal, charter: sealed.charter, domain });
        Ok(Progress { have: need, need })
    }

    /// Seals the same domain keys under a new unseal key for other operators. A quorum of the
    /// present ones must agree: each of its shares comes in a parcel for exactly this change (see
    /// [`agreement`]). Nothing changes here until the new operators [`confirm`](Root::confirm).
    pub fn rekey(
        &mut self,
        quorum: &[Vec<u8>],
        threshold: u8,
        operators: &[Vec<u8>],
    ) -> core::result::Result<Founding, Refused> {
        let unsealed = self.unsealed.as_ref().ok_or(Error::Locked)?;
        let present = Quorum::new(*unsealed.unseal.id(), unsealed.charter.clone());
        self.reach(present, &agreement(threshold, operators), quorum)?;
        let unsealed = self.unsealed.take().ok_or(Error::Locked)?;
        let founding = self.found(threshold, operators, unsealed.domain.all());
        self.unsealed = Some(unsealed);
        Ok(founding?.0)
    }

    /// Proves that a quorum of the new operators opens what [`Root::rekey`] has sealed, and uses
    /// their unseal key from now on. It must hold the domain keys of now.
    pub fn confirm(
        &mut self,
        sealed_domain: &[u8],
        quorum: &[Vec<u8>],
    ) -> core::result::Result<(), Refused> {
        let sealed = SealedDomain::parse(sealed_domain)?;
        let new = Quorum::new(sealed.set, sealed.charter.clone());
        let unseal = self.reach(new, UNSEAL_KEY, quorum)?;
        let domain = sealed.open(&unseal)?;
        let unsealed = self.unsealed.as_mut().ok_or(Error::Locked)?;
        let ids = |keys: &SealingKeys| keys.all().iter().map(|key| *key.id()).collect::<Vec<_>>();
        if ids(&domain) != ids(&unsealed.domain) {
            return Err(Error::Foreign.into());
        }
        unsealed.unseal = unseal;
        unsealed.charter = sealed.charter;
        Ok(())
    }

    /// The domain keys and a new one, sealed for the same operators. It is used once it is stored
    /// and [adopted](Root::adopt).
    pub fn rotate(&mut self) -> Result<Vec<u8>> {
        let Unsealed { unseal, charter, domain } = self.unsealed.as_ref().ok_or(Error::Locked)?;
        if domain.all().len() >= DOMAIN_KEYS {
            return Err(Error::Unsupported);
        }
        let copy = |key: &SealingKey| SealingKey::new(Secret::new(key.secret().expose()));
        let mut keys: Vec<_> = domain.all().iter().map(copy).collect();
        keys.push(SealingKey::new(self.drbg.secret()));
        Ok(charter.seal(unseal, &keys, &mut self.drbg))
    }

    /// The newest domain key alone, sealed for the same operators: for the time when nothing is
    /// sealed under the others any more. It takes effect when it is [adopted](Root::adopt).
    pub fn retire(&mut self) -> Result<Vec<u8>> {
        let Unsealed { unseal, charter, domain } = self.unsealed.as_ref().ok_or(Error::Locked)?;
        let newest = domain.newest().secret().expose();
        let newest = SealingKey::new(Secret::new(newest));
        Ok(charter.seal(unseal, &[newest], &mut self.drbg))
    }

    /// Uses the domain keys of a sealed domain that [`Root::rotate`] or [`Root::retire`] has made
    /// and that is stored by now. The newest key of now must be among them: there is no way back.
    pub fn adopt(&mut self, sealed_domain: &[u8]) -> Result<()> {
        let sealed = SealedDomain::parse(sealed_domain)?;
        let unsealed = self.unsealed.as_mut().ok_or(Error::Locked)?;
        let domain = sealed.open(&unsealed.unseal)?;
        let newest = unsealed.domain.newest().id();
        if sealed.charter != unsealed.charter || !domain.all().iter().any(|key| key.id() == newest)
        {
            return Err(Error::Foreign);
        }
        self.drbg.mix(domain.newest().secret());
        unsealed.domain = domain;
        Ok(())
    }

    /// A new tenant root, sealed.
    pub fn create_tenant(&mut self, account: &[u8], region: &[u8]) -> Result<Vec<u8>> {
        check_tenant(account, region)?;
        let domain = &self.unsealed.as_ref().ok_or(Error::Locked)?.domain;
        let root = self.drbg.secret();
        let context = encoding::fields(&[account, region]);
        Ok(domain.newest().seal(Purpose::TenantRoot, &context, root.expose(), &mut self.drbg))
    }

    /// The same tenant root under the newest domain key; one that is there already stays as it is.
    pub fn reseal(&mut self, account: &[u8], region: &[u8], sealed_root: &[u8]) -> Result<Vec<u8>> {
        check_tenant(account, region)?;
        let domain = &self.unsealed.as_ref().ok_or(Error::Locked)?.domain;
        let context = encoding::fields(&[account, region]);
        domain.reseal(Purpose::TenantRoot, &context, sealed_root, &mut self.drbg)
    }

    /// Hands a tenant's roots, the newest last, to the isolate that said hello.
    pub fn admit(&mut self, hello: &Hello<'_>, sealed_roots: &[Vec<u8>]) -> Result<Admission> {
        let Hello { account, region, public, component } = *hello;
        check_tenant(account, region)?;
        let domain = &self.unsealed.as_ref().ok_or(Error::Locked)?.domain;
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

    /// Forgets the domain keys, the unseal key and the shares that have come.
    pub fn seal(&mut self) {
        self.gathered = None;
        self.unsealed = None;
        self.reception = Receiver::new(&mut self.drbg);
    }

    /// Seals domain keys under a new unseal key, and hands that out.
    fn found(
        &mut self,
        threshold: u8,
        operators: &[Vec<u8>],
        keys: &[SealingKey],
    ) -> Result<(Founding, SealingKey, Charter)> {
        let drbg = &mut self.drbg;
        let unseal = SealingKey::new(drbg.secret());
        if let (1, [operator]) = (threshold, operators) {
            let key = parcel::send(operator, UNSEAL_KEY, unseal.secret().expose(), drbg)?;
            let charter = Charter::whole();
            let sealed_domain = charter.seal(&unseal, keys, drbg);
            let shares = Vec::from([key]);
            return Ok((Founding { sealed_domain, shares }, unseal, charter));
        }
        let count = u8::try_from(operators.len()).map_err(|_| Error::Invalid)?;
        shamir::check_numbers(threshold, count)?;
        let others = |own: &Vec<u8>| operators.iter().filter(|other| *other == own).count();
        if operators.iter().any(|operator| others(operator) > 1) {
            return Err(Error::Invalid);
        }
        let split = shamir::split(unseal.secret(), *unseal.id(), threshold, count, drbg)?;
        let shares = split.iter().zip(operators);
        let shares = shares
            .map(|(share, operator)| parcel::send(operator, UNSEAL_KEY, &share.encode(), drbg))
            .collect::<Result<_>>()?;
        let fingerprints = split.iter().map(shamir::Share::fingerprint).collect();
        let charter = Charter { threshold, fingerprints };
        let sealed_domain = charter.seal(&unseal, keys, drbg);
        Ok((Founding { sealed_domain, shares }, unseal, charter))
    }

    /// The unseal key of a quorum that came at once.
    fn reach(
        &self,
        mut quorum: Quorum,
        info: &[u8],
        parcels: &[Vec<u8>],
    ) -> core::result::Result<SealingKey, Refused> {
        for (at, parcel) in (0..u32::from(shamir::MOST)).zip(parcels) {
            let refused = |why| Refused::Share { at, why };
            let share = self.reception.open(info, parcel);
            let share = share.map_err(|_| refused(Unfit::Unreadable))?;
            if let Some(key) = quorum.take(&share).map_err(refused)? {
                return Ok(key);
            }
        }
        Err(Refused::Incomplete(quorum.progress()))
    }

    fn open_domain(&mut self, unsealed: Unsealed) {
        self.drbg.mix(unsealed.domain.newest().secret());
        self.unsealed = Some(unsealed);
    }
}

/// A tenant's roots that may be in use at once: the vector of them must never be grown, since what
/// it left behind would have to be wiped.
const ROOTS: usize = 32;
/// Domain keys that may be in use at once: rotations that were begun and not finished.
const DOMAIN_KEYS: usize = 32;
