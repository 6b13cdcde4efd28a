//! The calls, each with arguments that are mostly right and often not.

use std::rc::Rc;

use super::{
    admission, agreement, ciphers, credentials, data_keys,
    draw::Draw,
    encapsulation, imports,
    isolates::tenant::exports::keycell::isolate::types::{self, Binding, KeyUsage},
    keys, mac, operators, signing, transfer,
    words::{SPECS, USAGES},
    world::{Key, World},
};

/// A call, and whether it was served.
type Call = fn(&mut World, &mut Draw<'_>) -> bool;

/// Every function of both worlds.
pub(super) const CALLS: [(&str, Call); 47] = [
    ("sealing.hello", admission::hello),
    ("sealing.unseal", admission::unseal),
    ("sealing.self-test", admission::self_test),
    ("sealing.seal", admission::seal),
    ("keys.generate", keys::generate),
    ("keys.public-key", keys::public_key),
    ("keys.reseal", operators::reseal_key),
    ("cipher.encrypt", ciphers::encrypt),
    ("cipher.decrypt", ciphers::decrypt),
    ("cipher.re-encrypt", ciphers::re_encrypt),
    ("data-keys.random", data_keys::random),
    ("data-keys.generate", data_keys::generate),
    ("data-keys.generate-pair", data_keys::generate_pair),
    ("data-keys.generate-sealed", data_keys::generate_sealed),
    ("data-keys.generate-sealed-pair", data_keys::generate_sealed_pair),
    ("signing.sign", signing::sign),
    ("signing.verify", signing::verify),
    ("mac.generate", mac::generate),
    ("mac.verify", mac::verify),
    ("agreement.derive", agreement::derive),
    ("encapsulation.encapsulate", encapsulation::encapsulate),
    ("encapsulation.decapsulate", encapsulation::decapsulate),
    ("material.invite", imports::invite),
    ("material.accept", imports::accept),
    ("transfer.send-plaintext", transfer::send_plaintext),
    ("transfer.receive-plaintext", transfer::receive_plaintext),
    ("transfer.send-key", transfer::send_key),
    ("transfer.receive-key", transfer::receive_key),
    ("credentials.create", credentials::create),
    ("credentials.adopt", credentials::adopt),
    ("credentials.reseal", operators::reseal_credential),
    ("credentials.confirm", credentials::confirm),
    ("credentials.signing-key", credentials::signing_key),
    ("notary.tag", credentials::tag),
    ("notary.check", credentials::check),
    ("domain.reception", admission::reception),
    ("domain.initialise", operators::initialise),
    ("domain.unseal", operators::unseal),
    ("domain.rekey", operators::rekey),
    ("domain.confirm", operators::confirm),
    ("domain.rotate", operators::rotate),
    ("domain.retire", operators::retire),
    ("domain.adopt", operators::adopt),
    ("domain.reseal", operators::reseal_root),
    ("domain.create-tenant", admission::create_tenant),
    ("domain.admit", admission::admit),
    ("domain.seal", admission::seal_root),
];

impl World {
    /// The right bytes, mostly (and where nothing more is drawn); else changed ones, or anything
    /// at all.
    pub(super) fn some(&self, draw: &mut Draw<'_>, right: &[u8]) -> Vec<u8> {
        let mut bytes = right.to_vec();
        match draw.byte() % 48 {
            42 | 43 => return draw.of(&self.pool).clone(),
            44 => return draw.bytes(200),
            45 if !bytes.is_empty() => {
                let at = draw.below(bytes.len());
                bytes[at] ^= 1 << (draw.byte() % 8);
            }
            46 => bytes.truncate(draw.below(bytes.len() + 1)),
            47 => bytes.extend(draw.bytes(40)),
            _ => {}
        }
        bytes
    }

    /// Whether what is bound so belongs to the tenant that this isolate serves.
    pub(super) fn is_home(&self, number: usize, binding: &Binding) -> bool {
        let home = &self.tenants[self.tenants[number].serves];
        binding.account == home.account.as_bytes() && binding.region == home.region.as_bytes()
    }

    /// A key to use in that tenant, its parts not always belonging together.
    pub(super) fn key(
        &self,
        number: usize,
        draw: &mut Draw<'_>,
        suits: impl Fn(&Binding) -> bool,
    ) -> types::Key {
        let tenant = self.tenants[number].serves;
        let is_own = |key: &&Key| key.tenant == tenant && suits(&key.binding);
        let own: Vec<&Key> = self.keys.iter().filter(is_own).collect();
        let any = draw.of(&self.keys);
        let key = if draw.rarely(10) || own.is_empty() { any } else { draw.of(&own) };
        self.mixed(draw, key)
    }

    fn mixed(&self, draw: &mut Draw<'_>, key: &Key) -> types::Key {
        let sealed = self.some(draw, &key.sealed);
        let mut binding = key.binding.clone();
        match draw.byte() % 48 {
            41 => binding = draw.of(&self.keys).binding.clone(),
            42 => binding.multi_region = !binding.multi_region,
            43 => binding.key_id = self.some(draw, &key.binding.key_id),
            44 => binding.region = self.some(draw, &key.binding.region),
            45 => binding.account = self.some(draw, &key.binding.account),
            46 => binding.spec = *draw.of(&SPECS),
            47 => binding.usage = *draw.of(&USAGES),
            _ => {}
        }
        types::Key { sealed, binding }
    }

    /// Whoever used a key must have used one of that tenant, whole, for what it is made for.
    /// Returns its material.
    pub(super) fn used(&self, number: usize, key: &types::Key, usage: KeyUsage) -> Rc<[u8]> {
        let types::Key { sealed, binding } = key;
        let tenant = self.tenants[number].serves;
        let is_it =
            |key: &&Key| key.tenant == tenant && key.sealed == *sealed && key.binding == *binding;
        let known = self.keys.iter().find(is_it);
        let known = known.unwrap_or_else(|| {
            let same = self.keys.iter().filter(|key| key.sealed == *sealed);
            let same: Vec<_> = same.map(|key| (key.tenant, &key.binding)).collect();
            panic!("what is no key of tenant {tenant} was used as one: {binding:?}, is {same:?}")
        });
        assert_eq!(binding.usage, usage, "a key was used for what it is not made for");
        known.material.clone()
    }
}
