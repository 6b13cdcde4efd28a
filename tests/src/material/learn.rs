//! What the test knows of what isolates seal: it holds the unseal key, and so opens everything.

use std::rc::Rc;

use hpke::{Kem as _, Serializable, kem::X25519HkdfSha256};
use keycell_core::{
    certificate::{Issuer, Verifier},
    encoding::fields,
    parcel::Receiver,
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
};

use super::{
    isolates::{
        Isolate, replay,
        tenant::exports::keycell::isolate::{
            material::Invitation,
            types::{Binding, KeySpec},
        },
    },
    stock::Stock,
    words::{SPECS, invitation_context, native_binding, native_spec, usages},
    world::{Invited, Key, ROOT, World},
};

impl World {
    pub(super) fn learn_root(&mut self, number: usize, sealed: Vec<u8>) {
        let tenant = &mut self.tenants[number];
        let context = fields(&[tenant.account.as_bytes(), tenant.region.as_bytes()]);
        let root = open(self.domains.iter(), Purpose::TenantRoot, &context, &sealed);
        self.secrets.learn("a tenant root", &root);
        self.roots.push((number, sealing_keys(root.first_chunk().expect("32 bytes"))));
        tenant.sealed_roots.push(sealed);
    }

    /// Takes note of a key that `tenant` has sealed; returns its material.
    pub(super) fn learn_key(
        &mut self,
        tenant: usize,
        sealed: Vec<u8>,
        binding: &Binding,
    ) -> Rc<[u8]> {
        let context = native_binding(binding).encode();
        let roots = self.roots.iter().map(|(_, keys)| keys);
        let material: Rc<[u8]> = open(roots, Purpose::Key, &context, &sealed).into();
        self.secrets.learn_key(native_spec(binding.spec), &material);
        let (binding, known) = (binding.clone(), material.clone());
        self.keys.push(Key { tenant, sealed, binding, material });
        known
    }

    pub(super) fn learn_invitation(
        &mut self,
        tenant: usize,
        made: Invitation,
        spec: KeySpec,
        target: &Binding,
    ) {
        let (context, sealed) = (invitation_context(spec, target), made.sealed);
        let roots = self.roots.iter().map(|(_, keys)| keys);
        let private: Rc<[u8]> = open(roots, Purpose::WrappingKey, &context, &sealed).into();
        self.secrets.learn_key(native_spec(spec), &private);
        let target = target.clone();
        self.invitations.push(Invited { tenant, spec, target, sealed, private });
    }

    /// Gives a tenant keys of all specs and usages, and invitations for all that can be imported,
    /// as its isolate would have sealed them.
    pub(super) fn plant(&mut self, number: usize, stock: &Stock) {
        let is_own = |(_, (tenant, _)): &(usize, &(usize, SealingKeys))| *tenant == number;
        let root = self.roots.iter().enumerate().rev().find(is_own);
        let (root, _) = root.expect("the tenant was created");
        for (place, spec) in SPECS.into_iter().enumerate() {
            let native = native_spec(spec);
            for usage in usages(spec) {
                let key_id = format!("{spec:?} for {usage:?}");
                let mut binding = self.binding(number, key_id.as_bytes());
                (binding.spec, binding.usage) = (spec, usage);
                binding.multi_region = (place + number).is_multiple_of(2);
                if let Some(stored) = stock.of(native, number) {
                    let context = native_binding(&binding).encode();
                    let newest = self.roots[root].1.newest();
                    let sealed = newest.seal(Purpose::Key, &context, stored, &mut self.drbg);
                    let (tenant, material) = (number, stored.into());
                    let target = binding.clone();
                    self.keys.push(Key { tenant, sealed, binding: target, material });
                }
                if stock.import(native).is_some() {
                    let context = invitation_context(KeySpec::Rsa2048, &binding);
                    let (newest, stored) = (self.roots[root].1.newest(), stock.wrapping());
                    let purpose = Purpose::WrappingKey;
                    let sealed = newest.seal(purpose, &context, stored, &mut self.drbg);
                    let (tenant, spec, private) = (number, KeySpec::Rsa2048, stored.into());
                    let target = binding;
                    self.invitations.push(Invited { tenant, spec, target, sealed, private });
                }
            }
        }
    }

    /// The keys that isolates make for themselves at their start, from the same random bits.
    pub(super) fn learn_what_isolates_start_with(&mut self) {
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
pub(super) fn verifier() -> Verifier {
    let mut drbg = replay(ROOT);
    Receiver::new(&mut drbg);
    Issuer::new(&mut drbg).verifier()
}

/// What an isolate sealed, which must open as it says.
fn open<'a>(
    keys: impl Iterator<Item = &'a SealingKeys>,
    purpose: Purpose,
    context: &[u8],
    sealed: &[u8],
) -> Vec<u8> {
    let opened = keys.into_iter().find_map(|keys| keys.open(purpose, context, sealed).ok());
    opened.unwrap_or_else(|| panic!("what was returned is not sealed as {purpose:?}")).to_vec()
}

fn sealing_keys(secret: &[u8; 32]) -> SealingKeys {
    SealingKeys::new(vec![SealingKey::new(Secret::new(secret))]).expect("one key is enough")
}
