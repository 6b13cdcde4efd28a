//! Two accounts, four tenants, one root isolate, and an operator who keeps account of everything.

use std::rc::Rc;

use keycell_core::{certificate::Verifier, parcel::Receiver, random::Drbg, sealed::SealingKeys};

use super::{
    isolates::{
        Isolate, Machine, next, replay, root,
        tenant::{
            self,
            exports::keycell::isolate::{
                cipher::Side,
                signing,
                types::{self, Binding, KeySpec, KeyUsage},
            },
        },
    },
    learn::verifier,
    secrets::Secrets,
    stock::Stock,
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
    pub(super) signatures: Vec<Signature>,
    pub(super) macs: Vec<Mac>,
    pub(super) encapsulations: Vec<Encapsulation>,
    pub(super) invitations: Vec<Invited>,
    pub(super) transits: Vec<Transit>,
    /// All that the root isolate has issued, and for which tenant.
    pub(super) certificates: Vec<(Vec<u8>, usize)>,
    /// Checks the certificates of this start.
    pub(super) verifier: Verifier,
    pub(super) operators: Vec<Receiver>,
    pub(super) drbg: Drbg,
    state: u64,
    pub(super) domains: Vec<SealingKeys>,
    /// Each with the tenant that it belongs to.
    pub(super) roots: Vec<(usize, SealingKeys)>,
    pub(super) stock: Rc<Stock>,
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
    /// The one that came with what opened the isolate.
    pub(super) certificate: Option<Vec<u8>>,
    /// Whose roots the isolate holds: a host that mixes up hellos makes one serve another tenant.
    pub(super) serves: usize,
}

/// Roots of the tenant `of`, for the isolate that said `hello`.
pub(super) struct Parcel {
    pub(super) bytes: Vec<u8>,
    pub(super) hello: Vec<u8>,
    pub(super) of: usize,
    pub(super) certificate: Vec<u8>,
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
    /// As it is sealed.
    pub(super) material: Rc<[u8]>,
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
    pub(super) material: Rc<[u8]>,
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

pub(super) struct Signature {
    pub(super) tenant: usize,
    pub(super) key: types::Key,
    pub(super) material: Rc<[u8]>,
    pub(super) algorithm: signing::Algorithm,
    pub(super) message: signing::Message,
    pub(super) signature: Vec<u8>,
}

pub(super) struct Mac {
    pub(super) tenant: usize,
    pub(super) key: types::Key,
    pub(super) material: Rc<[u8]>,
    pub(super) message: Vec<u8>,
    pub(super) mac: Vec<u8>,
}

pub(super) struct Encapsulation {
    pub(super) tenant: usize,
    pub(super) key: types::Key,
    pub(super) material: Rc<[u8]>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) secret: Vec<u8>,
}

/// A wrapping key of `tenant` for the material of `target`.
#[derive(Clone)]
pub(super) struct Invited {
    pub(super) tenant: usize,
    pub(super) spec: KeySpec,
    pub(super) target: Binding,
    pub(super) sealed: Vec<u8>,
    pub(super) private: Rc<[u8]>,
}

/// A parcel between two tenants' isolates.
#[derive(Clone)]
pub(super) struct Transit {
    pub(super) bytes: Vec<u8>,
    pub(super) from: Vec<u8>,
    pub(super) to: Vec<u8>,
    /// The key that it goes to, and the context; of a key that is sent only the binding counts.
    pub(super) destination: Side,
    pub(super) load: Load,
}

#[derive(Clone)]
pub(super) enum Load {
    /// As in a [`Message`].
    Plaintext(Option<Vec<u8>>),
    Key(Rc<[u8]>),
}

impl World {
    /// A founded service whose tenants are admitted.
    pub(super) fn new(machine: &Machine, stock: &Rc<Stock>) -> Self {
        let mut drbg = replay(OPERATOR);
        let tenants = TENANTS.iter().zip(1..).map(|((account, region), seed)| Tenant {
            isolate: machine.tenant(seed),
            account,
            region,
            sealed_roots: Vec::new(),
            hello: None,
            parcels: Vec::new(),
            certificate: None,
            serves: 0,
        });
        let mut world = Self {
            root: machine.root(ROOT),
            tenants: tenants.collect(),
            secrets: stock.secrets.clone(),
            pool: Vec::new(),
            foundings: Vec::new(),
            keys: Vec::new(),
            credentials: Vec::new(),
            messages: Vec::new(),
            tags: Vec::new(),
            signatures: Vec::new(),
            macs: Vec::new(),
            encapsulations: Vec::new(),
            invitations: Vec::new(),
            transits: Vec::new(),
            certificates: Vec::new(),
            verifier: verifier(),
            operators: (0..4).map(|_| Receiver::new(&mut drbg)).collect(),
            drbg,
            state: OPERATOR,
            domains: Vec::new(),
            roots: Vec::new(),
            stock: stock.clone(),
            call: "the start",
        };
        world.learn_what_isolates_start_with();
        assert!(world.initialise(1, &world.publics(1)));
        for number in 0..TENANTS.len() {
            assert!(world.create_tenant(number));
            assert!(world.readmit(number));
            assert!(world.generate(number, &world.binding(number, b"first")));
            assert!(world.adopt(number, b"AKIAFIRST0000000"));
            world.plant(number, stock);
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
}

const TENANTS: [(&str, &str); 4] = [
    ("111122223333", "us-east-1"),
    ("111122223333", "eu-west-1"),
    ("444455556666", "us-east-1"),
    ("111122223333", "global"),
];
/// Seeds; those of the tenants' isolates count from 1.
const OPERATOR: u64 = 1 << 32;
pub(super) const ROOT: u64 = 1 << 33;
