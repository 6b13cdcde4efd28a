//! MACs.

use super::{
    draw::Draw,
    isolates::{
        Isolate,
        tenant::exports::keycell::isolate::types::{Binding, KeyUsage},
    },
    world::{Mac, World},
};

pub(super) fn generate(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let key = world.key(number, draw, is_mac);
    let message = draw.bytes(100);
    let message = world.some(draw, &message);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let made = isolate.keycell_isolate_mac().call_generate(store, &key, &message);
    let Ok(mac) = made.expect("no trap") else { return false };
    let material = world.used(number, &key, KeyUsage::Mac);
    world.saw(&mac);
    world.macs.push(Mac { tenant: number, key, material, message, mac });
    true
}

pub(super) fn verify(world: &mut World, draw: &mut Draw<'_>) -> bool {
    if world.macs.is_empty() {
        return false;
    }
    let made = draw.of(&world.macs);
    let number = if draw.rarely(8) { draw.below(world.tenants.len()) } else { made.tenant };
    let key = if draw.rarely(8) { world.key(number, draw, is_mac) } else { made.key.clone() };
    let (message, mac) = (world.some(draw, &made.message), world.some(draw, &made.mac));
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let verified = isolate.keycell_isolate_mac().call_verify(store, &key, &message, &mac);
    if verified.expect("no trap").is_err() {
        return false;
    }
    let material = world.used(number, &key, KeyUsage::Mac);
    let is_known = world
        .macs
        .iter()
        .any(|made| made.material == material && made.message == message && made.mac == mac);
    assert!(is_known, "a MAC was verified that this key never made");
    true
}

fn is_mac(binding: &Binding) -> bool {
    binding.usage == KeyUsage::Mac
}
