//! Two accounts, four tenants, one root isolate, and an operator who keeps account of everything.

use hpke::{Kem as _, Serializable, kem::X25519HkdfSha256};
use keycell_core::{
    certificate::{Issuer, Verifier},
    encoding::fields,
    parcel::Receiver,
    random::Drbg,
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
};

use super::{
    isolates::{
        Isolate, Machine, next, replay, root,
        tenant::{
            self,
            exports::keycell::isolate::{
                cipher::Side,
                types::{Binding, KeySpec, KeyUsage},
            },
        },
    },
    secrets::Secrets,
};

pub(super) struct World {
    pub(super) root: Isolate<root::Root>,
    pub(super) tenants: Vec<Tenant>,
    pub(super) secrets: Secrets,
    /// Everything that any call has returned.
    pub(super) pool: Vec<Vec<u8>>,
    pub(super) foundings: Vec<Founding>,
    pub(super) keys: Vec<Key>,
    pub(super) credentials: Vec<Credential>,
    pub(super) messages: Vec<Message>,
    pub(super) tags: Vec<Tag>,
    /// Checks the certificates of this start.
    pub(super) verifier: Verifier,
    pub(super) operators: Vec<Receiver>,
    pub(super) drbg: Drbg,
    state: u64,
    pub(super) domains: Vec<SealingKeys>,
    roots: Vec<SealingKeys>,
    call: &'static str,
}

/// A tenant's isolate, and what was sealed for it.
pub(super) struct Tenant {
    pub(super) isolate: Isolate<tenant::Tenant>,
    pub(super) account: &'static str,
    pub(super) region: &'static str,
    pub(super) sealed_roots: Vec<Vec<u8>>,
    pub(super) hello: Option<Vec<u8>>,
    pub(super) parcels: Vec<Parcel>,
    /// Whose roots the isolate holds: a host that mixes up hellos makes one serve another tenant.
    pub(super) serves: usize,
}

/// Roots of the tenant `of`, for the isolate that said `hello`.
pub(super) struct Parcel {
    pub(super) bytes: Vec<u8>,
    pub(super) hello: Vec<u8>,
    pub(super) of: usize,
}

/// Domain keys, and who opens them.
#[derive(Clone)]
pub(super) struct Founding {
    pub(super) sealed_domain: Vec<u8>,
    pub(super) shares: Vec<Vec<u8>>,
    /// How many of the shares it takes.
    pub(super) need: usize,
    pub(super) unseal: [u8; 32],
}

#[derive(Clone)]
pub(super) struct Key {
    pub(super) tenant: usize,
    pub(super) sealed: Vec<u8>,
    pub(super) binding: Binding,
}

#[derive(Clone)]
pub(super) struct Credential {
    pub(super) tenant: usize,
    pub(super) id: Vec<u8>,
    pub(super) sealed: Vec<u8>,
    pub(super) secret: Vec<u8>,
}

/// A ciphertext, and what is known of it. The plaintext of a sealed data key is not.
pub(super) struct Message {
    pub(super) tenant: usize,
    pub(super) under: Side,
    pub(super) ciphertext: Vec<u8>,
    pub(super) plaintext: Option<Vec<u8>>,
}

#[derive(PartialEq)]
pub(super) struct Tag {
    pub(super) tenant: usize,
    pub(super) label: Vec<u8>,
    pub(super) message: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl World {
    /// A founded service whose tenants are admitted.
    pub(super) fn new(machine: &Machine) -> Self {
        let mut drbg = replay(OPERATOR);
        let tenants = TENANTS.iter().zip(1..).map(|((account, region), seed)| Tenant {
            isolate: machine.tenant(seed),
            account,
            region,
            sealed_roots: Vec::new(),
            hello: None,
            parcels: Vec::new(),
            serves: 0,
        });
        let mut world = Self {
            root: machine.root(ROOT),
            tenants: tenants.collect(),
            secrets: Secrets::default(),
            pool: Vec::new(),
            foundings: Vec::new(),
            keys: Vec::new(),
            credentials: Vec::new(),
            messages: Vec::new(),
            tags: Vec::new(),
            verifier: verifier(),
            operators: (0..4).map(|_| Receiver::new(&mut drbg)).collect(),
            drbg,
            state: OPERATOR,
            domains: Vec::new(),
            roots: Vec::new(),
            call: "the start",
        };
        world.learn_what_isolates_start_with();
        assert!(world.initialise(1, &world.publics(1)));
        for number in 0..TENANTS.len() {
            assert!(world.create_tenant(number));
            assert!(world.readmit(number));
            assert!(world.generate(number, &world.binding(number, b"first")));
            assert!(world.adopt(number, b"AKIAFIRST0000000"));
        }
        world
    }

    pub(super) fn begin(&mut self, call: &'static str) {
        self.call = call;
    }

    /// Takes note of a result, in which no secret may be.
    pub(super) fn saw(&mut self, bytes: &[u8]) {
        self.secrets.search(self.call, bytes);
        self.pool.push(bytes.to_vec());
    }

    /// Printable characters that nothing else consists of.
    pub(super) fn fresh_secret(&mut self) -> Vec<u8> {
        (0..40).map(|_| b'!' + (next(&mut self.state) % 94) as u8).collect()
    }

    pub(super) fn binding(&self, number: usize, key_id: &[u8]) -> Binding {
        Binding {
            account: self.tenants[number].account.into(),
            region: self.tenants[number].region.into(),
            key_id: key_id.to_vec(),
            spec: KeySpec::Symmetric,
            usage: KeyUsage::EncryptDecrypt,
            multi_region: false,
        }
    }

    pub(super) fn learn_root(&mut self, number: usize, sealed: Vec<u8>) {
        let tenant = &mut self.tenants[number];
        let context = fields(&[tenant.account.as_bytes(), tenant.region.as_bytes()]);
        let root = open(&self.domains, Purpose::TenantRoot, &context, &sealed);
        self.secrets.learn("a tenant root", &root);
        self.roots.push(sealing_keys(root.first_chunk().expect("32 bytes")));
        tenant.sealed_roots.push(sealed);
    }

    pub(super) fn learn_key(&mut self, key: Key) {
        let Binding { account, region, key_id, multi_region, .. } = key.binding.clone();
        let binding = keycell_core::binding::Binding {
            account,
            region,
            key_id,
            spec: keycell_core::binding::KeySpec::Symmetric,
            usage: keycell_core::binding::KeyUsage::EncryptDecrypt,
            multi_region,
        };
        let material = open(&self.roots, Purpose::Key, &binding.encode(), &key.sealed);
        self.secrets.learn("the material of a key", &material);
        self.keys.push(key);
    }

    /// The keys that isolates make for themselves at their start, from the same random bits.
    fn learn_what_isolates_start_with(&mut self) {
        let mut drbg = replay(ROOT);
        let (private, public) = X25519HkdfSha256::gen_keypair_with_rng(&mut drbg);
        let Isolate { store, world } = &mut self.root;
        let reception = world.keycell_isolate_domain().call_reception(store).expect("no trap");
        assert_eq!(public.to_bytes().as_slice(), reception, "the root isolate started otherwise");
        self.secrets.learn("the root isolate's private key", &private.to_bytes());
        self.secrets.learn("the key that signs certificates", drbg.secret().expose());
        for (tenant, seed) in self.tenants.iter_mut().zip(1..) {
            let (private, public) = X25519HkdfSha256::gen_keypair_with_rng(&mut replay(seed));
            let Isolate { store, world } = &mut tenant.isolate;
            let hello = world.keycell_isolate_sealing().call_hello(store).expect("no trap");
            let hello = hello.expect("healthy");
            assert_eq!(public.to_bytes().as_slice(), hello, "the isolate started otherwise");
            self.secrets.learn("an isolate's private key", &private.to_bytes());
            tenant.hello = Some(hello);
        }
    }
}

/// Of the root isolate's key for certificates, which is the second key that it makes.
fn verifier() -> Verifier {
    let mut drbg = replay(ROOT);
    Receiver::new(&mut drbg);
    Issuer::new(&mut drbg).verifier()
}

/// What an isolate sealed, which must open as it says.
fn open(keys: &[SealingKeys], purpose: Purpose, context: &[u8], sealed: &[u8]) -> Vec<u8> {
    let opened = keys.iter().find_map(|keys| keys.open(purpose, context, sealed).ok());
    opened.unwrap_or_else(|| panic!("what was returned is not sealed as {purpose:?}")).to_vec()
}

fn sealing_keys(secret: &[u8; 32]) -> SealingKeys {
    SealingKeys::new(vec![SealingKey::new(Secret::new(secret))]).expect("one key is enough")
}

const TENANTS: [(&str, &str); 4] = [
    ("111122223333", "us-east-1"),
    ("111122223333", "eu-west-1"),
    ("444455556666", "us-east-1"),
    ("111122223333", "global"),
];
/// Seeds; those of the tenants' isolates count from 1.
const OPERATOR: u64 = 1 << 32;
const ROOT: u64 = 1 << 33;
