//! Making keys, and telling their public halves.

use keycell_core::material::Material;

use super::{
    draw::Draw,
    isolates::{
        Isolate,
        tenant::exports::keycell::isolate::types::{Binding, KeySpec},
    },
    words::{RSA, SPECS, USAGES, native_spec, usages},
    world::World,
};

impl World {
    pub(super) fn generate(&mut self, number: usize, binding: &Binding) -> bool {
        let Isolate { store, world } = &mut self.tenants[number].isolate;
        let made = world.keycell_isolate_keys().call_generate(store, binding).expect("no trap");
        let Ok(made) = made else { return false };
        assert!(self.is_home(number, binding), "a key was made for another tenant");
        let tenant = self.tenants[number].serves;
        self.learn_key(tenant, made.sealed.clone(), binding);
        self.saw(&made.sealed);
        self.saw(&made.material_id);
        true
    }
}

/// A spec; RSA keys take long to make.
pub(super) fn spec_to_make(draw: &mut Draw<'_>) -> KeySpec {
    let spec = *draw.of(&SPECS);
    match RSA.contains(&spec) {
        true if draw.rarely(4) => KeySpec::Rsa2048,
        true => KeySpec::P256,
        false => spec,
    }
}

pub(super) fn generate(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let key_id = *draw.of(&["first", "second", "third"]);
    let key_id = world.some(draw, key_id.as_bytes());
    let of = if draw.rarely(8) { draw.below(world.tenants.len()) } else { number };
    let mut binding = world.binding(of, &key_id);
    binding.spec = spec_to_make(draw);
    let usages = usages(binding.spec);
    binding.usage = if draw.rarely(8) { *draw.of(&USAGES) } else { *draw.of(&usages) };
    binding.multi_region = draw.rarely(3);
    world.generate(number, &binding)
}

pub(super) fn public_key(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let key = world.key(number, draw, |_| true);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let told = isolate.keycell_isolate_keys().call_public_key(store, &key).expect("no trap");
    let Ok(told) = told else { return false };
    let material = world.used(number, &key, key.binding.usage);
    let spec = native_spec(key.binding.spec);
    let native = Material::from_stored(spec, &material, &key.binding.key_id).expect("it opens");
    assert!(native.public_key().as_ref() == Ok(&told), "the public half is of another key");
    world.saw(&told);
    true
}
