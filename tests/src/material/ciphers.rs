//! Encryption.

use std::rc::Rc;

use super::{
    draw::Draw,
    isolates::{
        Isolate,
        tenant::exports::keycell::isolate::{
            cipher::{Algorithm, Side},
            types::{Binding, KeySpec, KeyUsage},
        },
    },
    world::{Message, World},
};

impl World {
    /// A key to encrypt with in that tenant, its parts not always belonging together.
    pub(super) fn side(&self, number: usize, draw: &mut Draw<'_>) -> Side {
        let is_wanted = draw.rarely(3);
        let suits = |binding: &Binding| {
            let is_symmetric = binding.spec == KeySpec::Symmetric;
            binding.usage == KeyUsage::EncryptDecrypt && is_symmetric != is_wanted
        };
        let key = self.key(number, draw, suits);
        let oaep = [Algorithm::RsaesOaepSha1, Algorithm::RsaesOaepSha256];
        let is_symmetric = (key.binding.spec == KeySpec::Symmetric) != draw.rarely(24);
        let (algorithm, context): (_, &[u8]) = match is_symmetric {
            true => (Algorithm::SymmetricDefault, draw.of(&["", "a", "b"]).as_bytes()),
            false => (*draw.of(&oaep), &[]),
        };
        Side { key, algorithm, context: self.some(draw, context) }
    }

    /// Whoever encrypted or decrypted must have used such a key; returns its material.
    pub(super) fn used_side(&self, number: usize, side: &Side) -> Rc<[u8]> {
        let material = self.used(number, &side.key, KeyUsage::EncryptDecrypt);
        let is_symmetric = side.key.binding.spec == KeySpec::Symmetric;
        let is_suitable = is_symmetric == (side.algorithm == Algorithm::SymmetricDefault);
        assert!(is_suitable, "a key was used with an algorithm that is not its own");
        assert!(is_symmetric || side.context.is_empty(), "a context was taken and not bound");
        material
    }

    pub(super) fn sent(
        &mut self,
        tenant: usize,
        under: Side,
        ciphertext: Vec<u8>,
        plaintext: Option<Vec<u8>>,
    ) {
        let material = self.used_side(tenant, &under);
        self.saw(&ciphertext);
        self.messages.push(Message { tenant, under, material, ciphertext, plaintext });
    }

    /// A tenant, with a ciphertext and the key and context that it was made with, mostly.
    pub(super) fn message(&self, draw: &mut Draw<'_>) -> (usize, Side, Vec<u8>) {
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
    pub(super) fn opened(
        &mut self,
        number: usize,
        under: &Side,
        ciphertext: &[u8],
    ) -> &mut Message {
        let material = self.used_side(number, under);
        let message = self.messages.iter_mut().find(|message| {
            let (made, used) = (&message.under.key.binding, &under.key.binding);
            // Under RSA nothing is authenticated beside the plaintext.
            let is_bound = used.spec != KeySpec::Symmetric
                || (message.under.context == under.context
                    && (&made.account, &made.key_id) == (&used.account, &used.key_id));
            message.ciphertext == ciphertext
                && message.material == material
                && message.under.algorithm == under.algorithm
                && is_bound
        });
        message.expect("a ciphertext was opened that was not made with this key and context")
    }
}

pub(super) fn encrypt(world: &mut World, draw: &mut Draw<'_>) -> bool {
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
    world.sent(number, under, ciphertext, Some(plaintext));
    true
}

pub(super) fn decrypt(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let (number, under, ciphertext) = world.message(draw);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let cipher = isolate.keycell_isolate_cipher();
    let Ok(plaintext) = cipher.call_decrypt(store, &under, &ciphertext).expect("no trap") else {
        return false;
    };
    let message = world.opened(number, &under, &ciphertext);
    let expected = message.plaintext.get_or_insert(plaintext.clone());
    assert!(*expected == plaintext, "a ciphertext was opened to another plaintext");
    world.saw(&plaintext);
    true
}

pub(super) fn re_encrypt(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let (number, source, ciphertext) = world.message(draw);
    let destination = world.side(number, draw);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let cipher = isolate.keycell_isolate_cipher();
    let moved = cipher.call_re_encrypt(store, &source, &ciphertext, &destination);
    let Ok(moved) = moved.expect("no trap") else { return false };
    let plaintext = world.opened(number, &source, &ciphertext).plaintext.clone();
    world.sent(number, destination, moved, plaintext);
    true
}
