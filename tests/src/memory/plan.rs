//! A service that is made natively, so that all its secrets are known: its domain, its tenants, and
//! keys of every spec. A holder is told what isolates would have sealed, and no more.

use keycell_core::{
    algorithm::{Encryption, Wrapping},
    binding::{Binding, KeySpec, KeyUsage},
    cipher::Use,
    domain::SealedDomain,
    encoding,
    families::{curves, ed25519, rsa},
    material::{Family, Material, Symmetric},
    parcel::{Receiver, UNSEAL_KEY, send},
    random::Drbg,
    root::Root,
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
};
use serde_json::{Value, json};

use crate::kit::{decode, encode};

use super::{
    material::{key_patterns, root_patterns, sealing},
    patterns::Patterns,
};

/// What is told, and what is known.
pub(super) struct Plan {
    /// For the holder.
    pub(super) told: Value,
    /// The unseal key and the domain keys.
    pub(super) service: Patterns,
    /// Roots of tenants, and keys.
    pub(super) tenants: Patterns,
    unseal: Vec<u8>,
    roots: Vec<SealingKeys>,
    drbg: Drbg,
}

/// A key of one of the tenants, as the holder names it.
#[derive(Clone, Copy)]
struct Place {
    tenant: usize,
    spec: KeySpec,
    usage: KeyUsage,
    number: usize,
    multi_region: bool,
}

impl Plan {
    pub(super) fn new() -> Self {
        let mut drbg = Drbg::new(entropy);
        let (mut root, operator) = (Root::new(entropy), Receiver::new(&mut drbg));
        let founding = root.initialise(1, &[operator.public().to_vec()]).expect("a public key");
        let unseal = operator.open(UNSEAL_KEY, &founding.shares[0]).expect("its own").to_vec();
        let domain = SealedDomain::parse(&founding.sealed_domain).expect("a domain");
        let secret = Secret::from_slice(&unseal).expect("32 bytes");
        let domain = domain.open(&SealingKey::new(secret)).expect("it opens");
        let mut service = sealing("unseal key", &unseal);
        for key in domain.all() {
            service.extend(sealing("domain key", key.secret().expose()));
        }

        let (mut tenants, mut roots, mut told) = (Patterns::default(), Vec::new(), Vec::new());
        for (account, region) in TENANTS {
            let mut own = Vec::new();
            let sealed: Vec<_> = (0..2)
                .map(|_| {
                    let (account, region) = (account.as_bytes(), region.as_bytes());
                    let sealed = root.create_tenant(account, region).expect("unsealed");
                    let context = encoding::fields(&[account, region]);
                    let opened = domain.open(Purpose::TenantRoot, &context, &sealed);
                    let opened = opened.expect("it opens");
                    tenants.extend(root_patterns("root", &opened));
                    own.push(SealingKey::new(Secret::from_slice(&opened).expect("32 bytes")));
                    encode(sealed)
                })
                .collect();
            roots.push(SealingKeys::new(own).expect("two are enough"));
            told.push(json!({"account": account, "region": region, "roots": sealed}));
        }
        let told = json!({"domain": encode(&founding.sealed_domain), "tenants": told});
        let mut plan = Self { told, service, tenants, unseal, roots, drbg };
        plan.told["keys"] = plan.keys();
        plan.told["imports"] = plan.imports();
        plan.told["generate"] = plan.to_generate();
        plan
    }

    /// The unseal key on its way to the holder's root isolate.
    pub(super) fn share(&mut self, reception: &[u8]) -> Vec<u8> {
        send(reception, UNSEAL_KEY, &self.unseal, &mut self.drbg).expect("a public key")
    }

    /// What isolates keep of each spec after a key was used, wherever it came from: how the name
    /// begins, and what is in it.
    pub(super) fn cached() -> Vec<(String, &'static str)> {
        let kept = |spec| match Family::of(spec) {
            Family::Symmetric => "inner state for keycell message",
            Family::Mac => "HMAC key",
            Family::Rsa => "RSA p",
            Family::Curve => "scalar",
            Family::Ed25519 => "Ed25519 seed",
            Family::MlDsa => "ML-DSA seed",
            Family::MlKem => "ML-KEM d",
        };
        let of_keys = KeySpec::ALL.into_iter().map(|spec| (label(spec, ""), kept(spec)));
        of_keys.chain([("domain key".to_owned(), ""), ("root".to_owned(), "")]).collect()
    }

    /// What the holder's isolates have made.
    pub(super) fn made(&self, made: &Value) -> Patterns {
        let mut patterns = Patterns::default();
        for key in list(&made["keys"]) {
            let place = Place::read(key);
            let context = place.binding().encode();
            let opened = self.open(&place, Purpose::Key, &context, &decode(&key["sealed"]));
            patterns.extend(key_patterns(&label(place.spec, "made"), place.spec, &opened));
        }
        for invitation in list(&made["invitations"]) {
            let place = Place::read(invitation);
            let context = wrapping_context(&place);
            let sealed = decode(&invitation["sealed"]);
            let opened = self.open(&place, Purpose::WrappingKey, &context, &sealed);
            patterns.extend(key_patterns("a wrapping key", KeySpec::Rsa2048, &opened));
        }
        for pair in list(&made["pairs"]) {
            let place = Place::read(&pair["under"]);
            let (binding, sealed) = (place.binding(), decode(&pair["under"]["sealed"]));
            let stored = self.open(&place, Purpose::Key, &binding.encode(), &sealed);
            let material = Symmetric::new(&stored, &binding.key_id).expect("32 bytes");
            let under = Use { material: &material, binding: &binding, context: b"" };
            let private = under.decrypt(&decode(&pair["ciphertext"])).expect("it opens");
            let spec = spec(&pair["spec"]);
            let stored = from_pkcs8(spec, &private);
            patterns.extend(key_patterns(&label(spec, "a sealed pair"), spec, &stored));
        }
        patterns
    }

    fn open(&self, place: &Place, purpose: Purpose, context: &[u8], sealed: &[u8]) -> Vec<u8> {
        self.roots[place.tenant].open(purpose, context, sealed).expect("it opens").to_vec()
    }

    /// Seals a key as an isolate would have, and takes note of all that is secret in it.
    fn seal(&mut self, place: &Place, stored: &[u8], origin: &str) -> Value {
        let name = label(place.spec, origin);
        self.tenants.extend(key_patterns(&name, place.spec, stored));
        let (root, context) = (self.roots[place.tenant].newest(), place.binding().encode());
        let sealed = root.seal(Purpose::Key, &context, stored, &mut self.drbg);
        let mut told = place.told();
        told["sealed"] = json!(encode(sealed));
        told
    }

    /// Of each spec one for each usage, every other one a multi-Region key; and one key elsewhere.
    fn keys(&mut self) -> Value {
        let mut keys = Vec::new();
        for (number, (spec, usage)) in all().enumerate() {
            let multi_region = number.is_multiple_of(2);
            let stored = Material::generate(spec, &mut self.drbg).expect("a spec of KMS");
            let place = Place { tenant: 0, spec, usage, number, multi_region };
            keys.push(self.seal(&place, &stored, "stored"));
        }
        let (spec, usage) = (KeySpec::Symmetric, KeyUsage::EncryptDecrypt);
        let stored = Material::generate(spec, &mut self.drbg).expect("a spec of KMS");
        let place = Place { tenant: 2, spec, usage, number: 900, multi_region: false };
        keys.push(self.seal(&place, &stored, "elsewhere"));
        keys.into()
    }

    /// Material on its way in, wrapped to a key that an isolate would have made.
    fn imports(&mut self) -> Value {
        let wrapping = rsa::PrivateKey::generate(KeySpec::Rsa2048, &mut self.drbg);
        let wrapping = wrapping.expect("a spec of RSA");
        let stored = wrapping.stored();
        self.tenants.extend(key_patterns("the wrapping key", KeySpec::Rsa2048, &stored));
        let mut imports = Vec::new();
        for (number, (spec, usage)) in all().enumerate() {
            let Some((material, two_steps)) = material(spec, &mut self.drbg) else { continue };
            let place = Place { tenant: 0, spec, usage, number: 100 + number, multi_region: false };
            let imported = Material::import(spec, &material).expect("it is sound");
            self.tenants.extend(key_patterns(&label(spec, "imported"), spec, &imported));
            let algorithm = Encryption::OaepSha256;
            let (way, wrapped) = if two_steps {
                let between = self.drbg.secret();
                self.tenants.add("the key between", between.expose());
                let first = wrapping.encrypt(algorithm, between.expose(), &mut self.drbg);
                let second = wrap(between.expose(), &material);
                let first = first.expect("32 bytes fit");
                (Wrapping::AesKeyWrapSha256, [first, second].concat())
            } else {
                let wrapped = wrapping.encrypt(algorithm, &material, &mut self.drbg);
                (Wrapping::OaepSha256, wrapped.expect("it is short"))
            };
            let (root, context) = (self.roots[place.tenant].newest(), wrapping_context(&place));
            let sealed = root.seal(Purpose::WrappingKey, &context, &stored, &mut self.drbg);
            let mut told = place.told();
            told["invitation"] = json!(encode(sealed));
            told["wrapped"] = json!(encode(wrapped));
            told["twoSteps"] = json!(way == Wrapping::AesKeyWrapSha256);
            imports.push(told);
        }
        imports.into()
    }

    /// Long RSA keys take an isolate seconds to make.
    fn to_generate(&self) -> Value {
        let places = all().enumerate().map(|(number, (spec, usage))| Place {
            tenant: 0,
            spec,
            usage,
            number: 200 + number,
            multi_region: false,
        });
        let is_long = |spec| matches!(spec, KeySpec::Rsa3072 | KeySpec::Rsa4096);
        places.filter(|place| !is_long(place.spec)).map(|place| place.told()).collect()
    }
}

impl Place {
    fn binding(&self) -> Binding {
        let (account, region) = TENANTS[self.tenant];
        let (account, region) = (account.as_bytes().to_vec(), region.as_bytes().to_vec());
        let Self { spec, usage, multi_region, .. } = *self;
        Binding { account, region, key_id: self.id().into_bytes(), spec, usage, multi_region }
    }

    fn id(&self) -> String {
        match self.multi_region {
            true => format!("mrk-{:032x}", self.number),
            false => format!("00000000-0000-4000-8000-{:012x}", self.number),
        }
    }

    fn told(&self) -> Value {
        json!({
            "tenant": self.tenant,
            "spec": self.spec as u8,
            "usage": self.usage as u8,
            "number": self.number,
            "id": self.id(),
            "multiRegion": self.multi_region,
        })
    }

    fn read(told: &Value) -> Self {
        let number = |name: &str| told[name].as_u64().expect("a number") as usize;
        Self {
            tenant: number("tenant"),
            spec: spec(&told["spec"]),
            usage: USAGES[number("usage") - 1],
            number: number("number"),
            multi_region: told["multiRegion"].as_bool().expect("yes or no"),
        }
    }
}

/// All specs with all that they may be used for.
fn all() -> impl Iterator<Item = (KeySpec, KeyUsage)> {
    let usages = |spec: KeySpec| USAGES.into_iter().filter(move |usage| spec.allows(*usage));
    KeySpec::ALL.into_iter().flat_map(move |spec| usages(spec).map(move |usage| (spec, usage)))
}

/// What a key of this spec is imported as, and whether it is wrapped in two steps.
fn material(spec: KeySpec, drbg: &mut Drbg) -> Option<(Vec<u8>, bool)> {
    match Family::of(spec) {
        Family::Symmetric | Family::Mac => {
            Some((Material::generate(spec, drbg).expect("a spec of KMS").to_vec(), false))
        }
        Family::Rsa if spec == KeySpec::Rsa2048 => {
            let key = rsa::PrivateKey::generate(spec, drbg).expect("a spec of RSA");
            Some((key.to_pkcs8().to_vec(), true))
        }
        Family::Curve | Family::Ed25519 => {
            let (_, private) = Material::generate_pair(spec, drbg).expect("a spec of pairs");
            Some((private.to_vec(), true))
        }
        Family::Rsa | Family::MlDsa | Family::MlKem => None,
    }
}

fn from_pkcs8(spec: KeySpec, der: &[u8]) -> Vec<u8> {
    let stored = match Family::of(spec) {
        Family::Rsa => rsa::PrivateKey::from_pkcs8(spec, der).map(|key| key.stored()),
        Family::Curve => curves::PrivateKey::from_pkcs8(spec, der).map(|key| key.stored()),
        _ => ed25519::PrivateKey::from_pkcs8(spec, der).map(|key| key.stored()),
    };
    stored.expect("it is sound").to_vec()
}

/// AES key wrap with padding (RFC 5649).
fn wrap(key: &[u8; 32], material: &[u8]) -> Vec<u8> {
    let mut wrapped = vec![0; material.len().next_multiple_of(8) + 8];
    let cipher = <aes_kw::KwpAes256 as aes_kw::KeyInit>::new(key.into());
    cipher.wrap_key(material, &mut wrapped).expect("there is room");
    wrapped
}

/// What the seal of a wrapping key authenticates: see `guest/core/src/tenant/keys.rs`.
fn wrapping_context(target: &Place) -> Vec<u8> {
    let mut context = target.binding().encode();
    context.push(KeySpec::Rsa2048 as u8);
    context
}

fn label(spec: KeySpec, origin: &str) -> String {
    format!("{spec:?}, {origin}")
}

fn spec(number: &Value) -> KeySpec {
    KeySpec::ALL[number.as_u64().expect("a number") as usize - 1]
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn entropy() -> u64 {
    getrandom::u64().expect("the kernel has random bits")
}

/// The one in whose isolate keys are used, a Region for replicas, and another account.
const TENANTS: [(&str, &str); 3] =
    [("111122223333", "us-east-1"), ("111122223333", "eu-west-1"), ("444455556666", "us-east-1")];
/// In the order of their numbers.
const USAGES: [KeyUsage; 5] = [
    KeyUsage::EncryptDecrypt,
    KeyUsage::SignVerify,
    KeyUsage::Mac,
    KeyUsage::KeyAgreement,
    KeyUsage::Encapsulation,
];
