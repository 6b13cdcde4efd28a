//! The calls, each with arguments that are mostly right and often not.

use super::{
    admission,
    draw::Draw,
    isolates::{
        Isolate,
        tenant::exports::keycell::isolate::{
            cipher::{Algorithm, Side},
            types::{self, Binding},
        },
    },
    operators,
    world::{Credential, Key, Message, Tag, World},
};

/// A call, and whether it was served.
type Call = fn(&mut World, &mut Draw<'_>) -> bool;

/// Every function of both worlds.
pub(super) const CALLS: [(&str, Call); 30] = [
    ("sealing.hello", admission::hello),
    ("sealing.unseal", admission::unseal),
    ("sealing.seal", admission::seal),
    ("keys.generate", generate),
    ("keys.reseal", operators::reseal_key),
    ("cipher.encrypt", encrypt),
    ("cipher.decrypt", decrypt),
    ("cipher.re-encrypt", re_encrypt),
    ("data-keys.random", random),
    ("data-keys.generate", generate_data_key),
    ("data-keys.generate-sealed", generate_sealed_data_key),
    ("credentials.create", create),
    ("credentials.adopt", adopt),
    ("credentials.reseal", operators::reseal_credential),
    ("credentials.confirm", confirm),
    ("credentials.signing-key", signing_key),
    ("notary.tag", tag),
    ("notary.check", check),
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
    /// The right bytes, mostly; else changed ones, or anything at all.
    pub(super) fn some(&self, draw: &mut Draw<'_>, right: &[u8]) -> Vec<u8> {
        let mut bytes = right.to_vec();
        match draw.byte() % 48 {
            0 | 1 => return draw.of(&self.pool).clone(),
            2 => return draw.bytes(200),
            3 if !bytes.is_empty() => {
                let at = draw.below(bytes.len());
                bytes[at] ^= 1 << (draw.byte() % 8);
            }
            4 => bytes.truncate(draw.below(bytes.len() + 1)),
            5 => bytes.extend(draw.bytes(40)),
            _ => {}
        }
        bytes
    }

    pub(super) fn generate(&mut self, number: usize, binding: &Binding) -> bool {
        let Isolate { store, world } = &mut self.tenants[number].isolate;
        let made = world.keycell_isolate_keys().call_generate(store, binding).expect("no trap");
        let Ok(made) = made else { return false };
        assert!(self.is_home(number, binding), "a key was made for another tenant");
        let sealed = made.sealed.clone();
        let tenant = self.tenants[number].serves;
        self.learn_key(Key { tenant, sealed, binding: binding.clone() });
        self.saw(&made.sealed);
        self.saw(&made.material_id);
        true
    }

    pub(super) fn adopt(&mut self, number: usize, id: &[u8]) -> bool {
        let secret = self.fresh_secret();
        let Isolate { store, world } = &mut self.tenants[number].isolate;
        let credentials = world.keycell_isolate_credentials();
        let sealed = credentials.call_adopt(store, id, &secret).expect("no trap");
        let Ok(sealed) = sealed else { return false };
        self.secrets.learn("the secret of an access key", &secret);
        self.saw(&sealed);
        let tenant = self.tenants[number].serves;
        self.credentials.push(Credential { tenant, id: id.to_vec(), sealed, secret });
        true
    }

    fn is_home(&self, number: usize, binding: &Binding) -> bool {
        let home = &self.tenants[self.tenants[number].serves];
        binding.account == home.account.as_bytes() && binding.region == home.region.as_bytes()
    }

    /// A key to use in that tenant, its parts not always belonging together.
    fn side(&self, number: usize, draw: &mut Draw<'_>) -> Side {
        let tenant = self.tenants[number].serves;
        let own: Vec<&Key> = self.keys.iter().filter(|key| key.tenant == tenant).collect();
        let key = if draw.rarely(8) { draw.of(&self.keys) } else { draw.of(&own) };
        let sealed = self.some(draw, &key.sealed);
        let mut binding = key.binding.clone();
        match draw.byte() % 32 {
            0 => binding = draw.of(&self.keys).binding.clone(),
            1 => binding.multi_region = !binding.multi_region,
            2 => binding.key_id = self.some(draw, &key.binding.key_id),
            3 => binding.region = self.some(draw, &key.binding.region),
            4 => binding.account = self.some(draw, &key.binding.account),
            _ => {}
        }
        let context: &[u8] = draw.of(&["", "a", "b"]).as_bytes();
        let algorithm = Algorithm::SymmetricDefault;
        Side { key: types::Key { sealed, binding }, algorithm, context: self.some(draw, context) }
    }

    /// Whoever used a side must have used a key of that tenant, whole.
    fn check_side(&self, number: usize, side: &Side) {
        let types::Key { sealed, binding } = &side.key;
        let tenant = self.tenants[number].serves;
        let is_it =
            |key: &Key| key.tenant == tenant && key.sealed == *sealed && key.binding == *binding;
        let binding_of = |key: &Key| (key.tenant, key.binding.clone());
        let known: Vec<_> =
            self.keys.iter().filter(|key| key.sealed == *sealed).map(binding_of).collect();
        assert!(
            self.keys.iter().any(is_it),
            "what is no key of tenant {number} was used as one: {binding:?}, known as {known:?}"
        );
    }

    fn sent(
        &mut self,
        tenant: usize,
        under: Side,
        ciphertext: Vec<u8>,
        plaintext: Option<Vec<u8>>,
    ) {
        self.saw(&ciphertext);
        self.messages.push(Message { tenant, under, ciphertext, plaintext });
    }

    /// A tenant, with a ciphertext and the key and context that it was made with, mostly.
    fn message(&self, draw: &mut Draw<'_>) -> (usize, Side, Vec<u8>) {
        let any = draw.below(self.tenants.len());
        if self.messages.is_empty() {
            return (any, self.side(any, draw), draw.of(&self.pool).clone());
        }
        let message = draw.of(&self.messages);
        let number = if draw.rarely(8) { any } else { message.tenant };
        let under = if draw.rarely(8) { self.side(number, draw) } else { message.under.clone() };
        let context = self.some(draw, &under.context);
        (number, Side { context, ..under }, self.some(draw, &message.ciphertext))
    }

    /// The message that was opened must have been made with this key and context.
    fn opened(&mut self, under: &Side, ciphertext: &[u8]) -> &mut Message {
        let message = self.messages.iter_mut().find(|message| {
            let (made, used) = (&message.under.key.binding, &under.key.binding);
            message.ciphertext == ciphertext
                && message.under.context == under.context
                && (&made.account, &made.key_id) == (&used.account, &used.key_id)
        });
        message.expect("a ciphertext was opened that was not made with this key and context")
    }
}

fn generate(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let key_id = *draw.of(&["first", "second", "third"]);
    let key_id = world.some(draw, key_id.as_bytes());
    let of = if draw.rarely(8) { draw.below(world.tenants.len()) } else { number };
    let mut binding = world.binding(of, &key_id);
    binding.multi_region = draw.rarely(4);
    world.generate(number, &binding)
}

fn encrypt(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let under = world.side(number, draw);
    let most = if draw.rarely(8) { 5000 } else { 100 };
    let plaintext = draw.bytes(most);
    let plaintext = world.some(draw, &plaintext);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let cipher = isolate.keycell_isolate_cipher();
    let Ok(ciphertext) = cipher.call_encrypt(store, &under, &plaintext).expect("no trap") else {
        return false;
    };
    world.check_side(number, &under);
    world.sent(number, under, ciphertext, Some(plaintext));
    true
}

fn decrypt(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let (number, under, ciphertext) = world.message(draw);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let cipher = isolate.keycell_isolate_cipher();
    let Ok(plaintext) = cipher.call_decrypt(store, &under, &ciphertext).expect("no trap") else {
        return false;
    };
    world.check_side(number, &under);
    let expected = world.opened(&under, &ciphertext).plaintext.get_or_insert(plaintext.clone());
    assert!(*expected == plaintext, "a ciphertext was opened to another plaintext");
    world.saw(&plaintext);
    true
}

fn re_encrypt(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let (number, source, ciphertext) = world.message(draw);
    let destination = world.side(number, draw);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let cipher = isolate.keycell_isolate_cipher();
    let moved = cipher.call_re_encrypt(store, &source, &ciphertext, &destination);
    let Ok(moved) = moved.expect("no trap") else { return false };
    world.check_side(number, &source);
    world.check_side(number, &destination);
    let plaintext = world.opened(&source, &ciphertext).plaintext.clone();
    world.sent(number, destination, moved, plaintext);
    true
}

fn random(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let length = draw.below(1200) as u32;
    let bytes = isolate.keycell_isolate_data_keys().call_random(store, length);
    let Ok(bytes) = bytes.expect("no trap") else { return false };
    world.saw(&bytes);
    true
}

fn generate_data_key(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let under = world.side(number, draw);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let length = draw.below(1200) as u32;
    let made = isolate.keycell_isolate_data_keys().call_generate(store, &under, length);
    let Ok(made) = made.expect("no trap") else { return false };
    world.check_side(number, &under);
    world.saw(&made.plaintext);
    world.sent(number, under, made.ciphertext, Some(made.plaintext));
    true
}

fn generate_sealed_data_key(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let under = world.side(number, draw);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let length = draw.below(1200) as u32;
    let made = isolate.keycell_isolate_data_keys().call_generate_sealed(store, &under, length);
    let Ok(ciphertext) = made.expect("no trap") else { return false };
    world.check_side(number, &under);
    world.sent(number, under, ciphertext, None);
    true
}

fn create(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let id = world.some(draw, b"AKIACREATED00000");
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let made = isolate.keycell_isolate_credentials().call_create(store, &id).expect("no trap");
    let Ok(made) = made else { return false };
    // Told this once, to its owner; nothing else may be told with it.
    world.secrets.search("credentials.create", &made.secret);
    world.secrets.learn("the secret of an access key", &made.secret);
    world.saw(&made.sealed);
    let (sealed, secret) = (made.sealed, made.secret);
    let tenant = world.tenants[number].serves;
    world.credentials.push(Credential { tenant, id, sealed, secret });
    true
}

fn adopt(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let id = world.some(draw, b"AKIAADOPTED00000");
    world.adopt(number, &id)
}

fn confirm(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let credential = draw.of(&world.credentials);
    let other = draw.below(world.tenants.len());
    let number = if draw.rarely(8) { other } else { credential.tenant };
    let (id, sealed) = (world.some(draw, &credential.id), world.some(draw, &credential.sealed));
    let secret = world.some(draw, &credential.secret);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let credentials = isolate.keycell_isolate_credentials();
    let confirmed = credentials.call_confirm(store, &id, &sealed, &secret).expect("no trap");
    let tenant = world.tenants[number].serves;
    let is_it = |known: &Credential| known.is(tenant, &id, &sealed) && known.secret == secret;
    let is_known = world.credentials.iter().any(is_it);
    assert!(confirmed.is_err() || is_known, "a wrong secret was confirmed");
    confirmed.is_ok()
}

fn signing_key(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let credential = draw.of(&world.credentials);
    let other = draw.below(world.tenants.len());
    let number = if draw.rarely(8) { other } else { credential.tenant };
    let (id, sealed) = (world.some(draw, &credential.id), world.some(draw, &credential.sealed));
    let (date, region) = (world.some(draw, b"20250101"), world.some(draw, b"us-east-1"));
    let service = world.some(draw, b"kms");
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let credentials = isolate.keycell_isolate_credentials();
    let key = credentials.call_signing_key(store, &id, &sealed, &date, &region, &service);
    let Ok(key) = key.expect("no trap") else { return false };
    let tenant = world.tenants[number].serves;
    let is_known = world.credentials.iter().any(|known| known.is(tenant, &id, &sealed));
    assert!(is_known, "what is no credential of this tenant was used as one");
    world.saw(&key);
    true
}

fn tag(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let (label, message) = (world.some(draw, b"label"), world.some(draw, b"message"));
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let tag = isolate.keycell_isolate_notary().call_tag(store, &label, &message);
    let Ok(tag) = tag.expect("no trap") else { return false };
    world.saw(&tag);
    let tenant = world.tenants[number].serves;
    world.tags.push(Tag { tenant, label, message, tag });
    true
}

fn check(world: &mut World, draw: &mut Draw<'_>) -> bool {
    if world.tags.is_empty() {
        return false;
    }
    let Tag { tenant, label, message, tag } = draw.of(&world.tags);
    let number = if draw.rarely(8) { draw.below(world.tenants.len()) } else { *tenant };
    let (label, message) = (world.some(draw, label), world.some(draw, message));
    let tag = world.some(draw, tag);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let checked = isolate.keycell_isolate_notary().call_check(store, &label, &message, &tag);
    let checked = checked.expect("no trap").is_ok();
    let tenant = world.tenants[number].serves;
    let is_known = world.tags.contains(&Tag { tenant, label, message, tag });
    assert!(!checked || is_known, "a forged tag was checked");
    checked
}

impl Credential {
    fn is(&self, tenant: usize, id: &[u8], sealed: &[u8]) -> bool {
        self.tenant == tenant && self.id == id && self.sealed == sealed
    }
}
