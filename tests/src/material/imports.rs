//! Material made elsewhere. The test plays the owner of the material, too.

use aes_kw::{KeyInit, KwpAes256};
use keycell_core::{families::rsa, material::Material, random::Drbg};

use super::{
    draw::Draw,
    isolates::{
        Isolate,
        tenant::exports::keycell::isolate::{
            material::Wrapping,
            types::{Binding, KeySpec},
        },
    },
    words::{RSA, SPECS, native_encryption, native_spec, steps},
    world::{Invited, World},
};

/// A wrapping key takes long to make: mostly what is asked for is none.
pub(super) fn invite(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let is_other = draw.rarely(8);
    let of = if is_other { draw.below(world.tenants.len()) } else { number };
    let target = draw.of(&world.keys).binding.clone();
    let (account, region) = (world.tenants[of].account, world.tenants[of].region);
    let target = Binding { account: account.into(), region: region.into(), ..target };
    let spec = *draw.of(&SPECS);
    let spec = if draw.rarely(8) { KeySpec::Rsa2048 } else { spec };
    if RSA.contains(&spec) && spec != KeySpec::Rsa2048 {
        return false;
    }
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let made = isolate.keycell_isolate_material().call_invite(store, spec, &target);
    let Ok(made) = made.expect("no trap") else { return false };
    assert!(world.is_home(number, &target), "an invitation was made for another tenant's key");
    world.saw(&made.public_key);
    world.saw(&made.sealed);
    let tenant = world.tenants[number].serves;
    world.learn_invitation(tenant, made, spec, &target);
    true
}

pub(super) fn accept(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let any = draw.below(world.tenants.len());
    let invited = draw.of(&world.invitations).clone();
    let number = if draw.rarely(8) { any } else { invited.tenant };
    let other = draw.of(&world.invitations).target.clone();
    let target = if draw.rarely(8) { other } else { invited.target.clone() };
    let material = *draw.of(&[target.spec, invited.target.spec]);
    let stock = &world.stock;
    let material = stock.import(native_spec(material)).unwrap_or(stock.wrapping()).to_vec();
    let wrapping = *draw.of(&WRAPPINGS);
    let wrapped = wrap(&invited, wrapping, &material, &mut world.drbg);
    let wrapped = world.some(draw, &wrapped.unwrap_or_default());
    let wrapping = if draw.rarely(8) { *draw.of(&WRAPPINGS) } else { wrapping };
    let spec = if draw.rarely(16) { *draw.of(&SPECS) } else { invited.spec };
    let sealed = world.some(draw, &invited.sealed);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let interface = isolate.keycell_isolate_material();
    let made = interface.call_accept(store, &sealed, spec, wrapping, &wrapped, &target);
    let Ok(made) = made.expect("no trap") else { return false };
    let tenant = world.tenants[number].serves;
    let is_invited = world.invitations.iter().any(|known| {
        (known.tenant, known.spec) == (tenant, spec)
            && known.sealed == sealed
            && known.target == target
    });
    assert!(is_invited, "material was taken in that nobody had invited, or as another key's");
    let expected = Material::import(native_spec(target.spec), &material).expect("it is sound");
    let imported = world.learn_key(tenant, made.sealed.clone(), &target);
    assert!(*imported == expected[..], "other material was taken in than was sent");
    world.saw(&made.sealed);
    world.saw(&made.material_id);
    true
}

/// Wraps material for whoever made the invitation; `None` if it is too long.
fn wrap(
    invited: &Invited,
    wrapping: Wrapping,
    material: &[u8],
    drbg: &mut Drbg,
) -> Option<Vec<u8>> {
    let key = rsa::PrivateKey::from_stored(native_spec(invited.spec), &invited.private);
    let key = key.expect("it opens");
    let (is_two_steps, algorithm) = steps(wrapping);
    let algorithm = native_encryption(algorithm);
    if !is_two_steps {
        return key.encrypt(algorithm, material, drbg).ok();
    }
    let between = drbg.secret();
    let mut wrapped = vec![0; material.len().next_multiple_of(8) + 8];
    let cipher = KwpAes256::new(between.expose().into());
    cipher.wrap_key(material, &mut wrapped).expect("there is room");
    let first = key.encrypt(algorithm, between.expose(), drbg).expect("32 bytes fit");
    Some([first, wrapped].concat())
}

const WRAPPINGS: [Wrapping; 4] = [
    Wrapping::RsaesOaepSha1,
    Wrapping::RsaesOaepSha256,
    Wrapping::RsaAesKeyWrapSha1,
    Wrapping::RsaAesKeyWrapSha256,
];
