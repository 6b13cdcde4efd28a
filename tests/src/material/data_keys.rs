//! Keys for use outside. Their callers are told them: nothing of a KMS key may be in them.

use super::{draw::Draw, isolates::Isolate, keys::spec_to_make, world::World};

pub(super) fn random(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let length = draw.below(1200) as u32;
    let bytes = isolate.keycell_isolate_data_keys().call_random(store, length);
    let Ok(bytes) = bytes.expect("no trap") else { return false };
    world.saw(&bytes);
    true
}

pub(super) fn generate(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let under = world.side(number, draw);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let length = draw.below(1200) as u32;
    let made = isolate.keycell_isolate_data_keys().call_generate(store, &under, length);
    let Ok(made) = made.expect("no trap") else { return false };
    world.saw(&made.plaintext);
    world.sent(number, under, made.ciphertext, Some(made.plaintext));
    true
}

pub(super) fn generate_sealed(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let under = world.side(number, draw);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let length = draw.below(1200) as u32;
    let made = isolate.keycell_isolate_data_keys().call_generate_sealed(store, &under, length);
    let Ok(ciphertext) = made.expect("no trap") else { return false };
    world.sent(number, under, ciphertext, None);
    true
}

pub(super) fn generate_pair(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let (under, spec) = (world.side(number, draw), spec_to_make(draw));
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let made = isolate.keycell_isolate_data_keys().call_generate_pair(store, &under, spec);
    let Ok(made) = made.expect("no trap") else { return false };
    world.saw(&made.public_key);
    world.saw(&made.private_key.plaintext);
    let private = made.private_key;
    world.sent(number, under, private.ciphertext, Some(private.plaintext));
    true
}

pub(super) fn generate_sealed_pair(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let (under, spec) = (world.side(number, draw), spec_to_make(draw));
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let made = isolate.keycell_isolate_data_keys().call_generate_sealed_pair(store, &under, spec);
    let Ok(made) = made.expect("no trap") else { return false };
    world.saw(&made.public_key);
    world.sent(number, under, made.private_key, None);
    true
}
