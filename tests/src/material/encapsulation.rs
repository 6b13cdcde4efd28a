//! Shared secrets of ML-KEM.

use super::{
    draw::Draw,
    isolates::{
        Isolate,
        tenant::exports::keycell::isolate::types::{Binding, KeyUsage},
    },
    world::{Encapsulation, World},
};

pub(super) fn encapsulate(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let key = world.key(number, draw, is_encapsulation);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let made = isolate.keycell_isolate_encapsulation().call_encapsulate(store, &key);
    let Ok(made) = made.expect("no trap") else { return false };
    let material = world.used(number, &key, KeyUsage::Encapsulation);
    world.saw(&made.shared_secret);
    world.saw(&made.ciphertext);
    let (ciphertext, secret) = (made.ciphertext, made.shared_secret);
    let tenant = number;
    world.encapsulations.push(Encapsulation { tenant, key, material, ciphertext, secret });
    true
}

pub(super) fn decapsulate(world: &mut World, draw: &mut Draw<'_>) -> bool {
    if world.encapsulations.is_empty() {
        return false;
    }
    let made = draw.of(&world.encapsulations);
    let number = if draw.rarely(8) { draw.below(world.tenants.len()) } else { made.tenant };
    let is_other = draw.rarely(8);
    let key = if is_other { world.key(number, draw, is_encapsulation) } else { made.key.clone() };
    let ciphertext = world.some(draw, &made.ciphertext);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let encapsulation = isolate.keycell_isolate_encapsulation();
    let opened = encapsulation.call_decapsulate(store, &key, &ciphertext).expect("no trap");
    let Ok(secret) = opened else { return false };
    let material = world.used(number, &key, KeyUsage::Encapsulation);
    for made in &world.encapsulations {
        // Whatever else has the right length is answered with a secret that nobody knows.
        let is_it = made.material == material && made.ciphertext == ciphertext;
        assert_eq!(made.secret == secret, is_it, "it is another ciphertext's secret");
    }
    world.saw(&secret);
    true
}

fn is_encapsulation(binding: &Binding) -> bool {
    binding.usage == KeyUsage::Encapsulation
}
