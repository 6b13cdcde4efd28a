//! Shared secrets of curves.

use keycell_core::{families::curves, material::Material};

use super::{
    draw::Draw,
    isolates::{Isolate, tenant::exports::keycell::isolate::types::KeyUsage},
    words::native_spec,
    world::World,
};

pub(super) fn derive(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let key = world.key(number, draw, |binding| binding.usage == KeyUsage::KeyAgreement);
    let spec = native_spec(key.binding.spec);
    // Somebody else on the same curve, mostly.
    let suits = |other: &&super::world::Key| other.binding.spec == key.binding.spec;
    let others: Vec<_> = world.keys.iter().filter(suits).collect();
    let other = if others.is_empty() { &world.keys[0] } else { *draw.of(&others) };
    let native = native_spec(other.binding.spec);
    let other = Material::from_stored(native, &other.material, b"").expect("it opens");
    let peer = world.some(draw, &other.public_key().unwrap_or_default());
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let derived = isolate.keycell_isolate_agreement().call_derive(store, &key, &peer);
    let Ok(secret) = derived.expect("no trap") else { return false };
    let material = world.used(number, &key, KeyUsage::KeyAgreement);
    let native = curves::PrivateKey::from_stored(spec, &material).expect("it opens");
    assert!(*native.derive(&peer).expect("it derives") == secret, "it is another key's secret");
    world.saw(&secret);
    true
}
