//! A tenant's isolate in this process, run by the host's own code, and an operator who knows the
//! unseal key and so the tenant's root: who can put keys of their own choosing into the isolate.

use std::sync::{Arc, LazyLock, Mutex};

use keycell::{
    arn::{AccountId, Region},
    isolates::{
        Binding, Components, Failure, Isolates, Key, KeySpec, KeyUsage, Options, Place, Refusal,
        Tenant, TenantId,
    },
};
use keycell_core::{
    binding,
    domain::SealedDomain,
    encoding::fields,
    parcel::{Receiver, UNSEAL_KEY},
    random::Drbg,
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
};

/// The isolate and its root.
pub(crate) struct Keeper {
    pub(crate) tenant: Arc<Tenant>,
    root: SealingKeys,
    drbg: Mutex<Drbg>,
    /// Lives as long as the tenant's isolate is called.
    _isolates: Arc<Isolates>,
}

/// A sealed key that is kept here.
pub(crate) struct Kept {
    pub(crate) sealed: Vec<u8>,
    pub(crate) binding: Binding,
}

/// One for all tests: the components are compiled once.
pub(crate) fn keeper() -> &'static Keeper {
    static KEEPER: LazyLock<Keeper> = LazyLock::new(Keeper::found);
    &KEEPER
}

impl Keeper {
    fn found() -> Self {
        let isolates = Isolates::new(&Components::built_in(), 2, &Options::default());
        let isolates = Arc::new(isolates.expect("the components are in order"));
        let operator = Receiver::new(&mut drbg());
        let founding = isolates.initialise(operator.public()).expect("a public key");
        let [share] = founding.shares.as_slice() else { panic!("one operator, one share") };
        let unseal = operator.open(UNSEAL_KEY, share).expect("it was sent to the operator");
        let domain = SealedDomain::parse(&founding.sealed_domain).expect("it is well-formed");
        let domain = domain.open(&sealing_key(&unseal)).expect("its own unseal key");
        let id = TenantId::of(account(), region());
        let sealed = isolates.create_root(&id).expect("the service is unsealed");
        let context = fields(&[ACCOUNT.as_bytes(), REGION.as_bytes()]);
        let root = domain.open(Purpose::TenantRoot, &context, &sealed).expect("its own domain");
        let root = SealingKeys::new(vec![sealing_key(&root)]).expect("one key is enough");
        let tenant = isolates.open(&id, &[sealed]).expect("its own root");
        Self { tenant, root, drbg: Mutex::new(drbg()), _isolates: isolates }
    }

    /// A key that the isolate makes.
    pub(crate) async fn generate(&self, spec: KeySpec, usage: KeyUsage) -> Kept {
        let binding = binding(spec, usage);
        let sealed = self.tenant.generate(binding).await.expect("the isolate serves").sealed;
        Kept { sealed, binding }
    }

    /// A key of the operator's, in the form that is stored.
    pub(crate) fn put(&self, spec: KeySpec, usage: KeyUsage, stored: &[u8]) -> Kept {
        let binding = binding(spec, usage);
        let context = native(&binding).encode();
        let drbg = &mut *self.drbg.lock().expect("no panic while it is locked");
        let sealed = self.root.newest().seal(Purpose::Key, &context, stored, drbg);
        Kept { sealed, binding }
    }
}

impl Kept {
    pub(crate) fn key(&self) -> Key<'_> {
        Key { sealed: &self.sealed, binding: self.binding }
    }
}

/// What a key of this tenant is bound to.
pub(crate) fn binding(spec: KeySpec, usage: KeyUsage) -> Binding {
    Binding {
        account: account(),
        place: Place::Region(region()),
        key_id: KEY_ID.parse().expect("a key id"),
        spec,
        usage,
        multi_region: false,
    }
}

/// The value of a call, or none if the isolate refuses what it was given. Nothing else may go
/// wrong.
#[track_caller]
pub(crate) fn taken<T>(outcome: Result<T, Failure>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(Failure::Refused(Refusal::Unverified | Refusal::Invalid | Refusal::Foreign)) => None,
        Err(failure) => panic!("{failure:?}"),
    }
}

/// The same in the words of the guest's core.
fn native(binding: &Binding) -> binding::Binding {
    binding::Binding {
        account: ACCOUNT.into(),
        region: REGION.into(),
        key_id: KEY_ID.into(),
        spec: native_spec(binding.spec),
        usage: native_usage(binding.usage),
        multi_region: binding.multi_region,
    }
}

/// The same in the words of the guest's core.
fn native_spec(spec: KeySpec) -> binding::KeySpec {
    use binding::KeySpec as Native;
    match spec {
        KeySpec::Symmetric => Native::Symmetric,
        KeySpec::Hmac224 => Native::Hmac224,
        KeySpec::Hmac256 => Native::Hmac256,
        KeySpec::Hmac384 => Native::Hmac384,
        KeySpec::Hmac512 => Native::Hmac512,
        KeySpec::Rsa2048 => Native::Rsa2048,
        KeySpec::Rsa3072 => Native::Rsa3072,
        KeySpec::Rsa4096 => Native::Rsa4096,
        KeySpec::P256 => Native::P256,
        KeySpec::P384 => Native::P384,
        KeySpec::P521 => Native::P521,
        KeySpec::Secp256k1 => Native::Secp256k1,
        KeySpec::Ed25519 => Native::Ed25519,
        KeySpec::MlDsa44 => Native::MlDsa44,
        KeySpec::MlDsa65 => Native::MlDsa65,
        KeySpec::MlDsa87 => Native::MlDsa87,
        KeySpec::MlKem512 => Native::MlKem512,
        KeySpec::MlKem768 => Native::MlKem768,
        KeySpec::MlKem1024 => Native::MlKem1024,
    }
}

fn native_usage(usage: KeyUsage) -> binding::KeyUsage {
    match usage {
        KeyUsage::EncryptDecrypt => binding::KeyUsage::EncryptDecrypt,
        KeyUsage::SignVerify => binding::KeyUsage::SignVerify,
        KeyUsage::Mac => binding::KeyUsage::Mac,
        KeyUsage::KeyAgreement => binding::KeyUsage::KeyAgreement,
        KeyUsage::Encapsulation => binding::KeyUsage::Encapsulation,
    }
}

fn sealing_key(secret: &[u8]) -> SealingKey {
    SealingKey::new(Secret::from_slice(secret).expect("32 bytes"))
}

/// Unpredictable bits.
pub(crate) fn drbg() -> Drbg {
    Drbg::new(|| getrandom::u64().expect("the system gives random bytes"))
}

fn account() -> AccountId {
    ACCOUNT.parse().expect("twelve digits")
}

fn region() -> Region {
    REGION.parse().expect("a Region")
}

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const REGION: &str = "us-east-1";
