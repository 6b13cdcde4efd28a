//! Between two tenants' isolates, through a host that mixes up parcels, certificates and places.

use super::{
    draw::Draw,
    isolates::{
        Isolate,
        tenant::exports::keycell::isolate::{
            cipher::{Algorithm, Side},
            types::{self, Binding},
        },
    },
    world::{Load, Transit, World},
};

impl World {
    /// A certificate of that tenant's isolate, mostly.
    fn certificate(&self, number: usize, draw: &mut Draw<'_>) -> Vec<u8> {
        let any = &draw.of(&self.certificates).0;
        let own = self.tenants[number].certificate.as_ref();
        let right = if draw.rarely(10) { any } else { own.unwrap_or(any) };
        self.some(draw, right)
    }

    /// What is sent must go to a certified isolate of the tenant that it is for.
    fn is_addressed(&self, to: &[u8], target: &Binding) -> bool {
        let known = self.certificates.iter().find(|(certificate, _)| certificate == to);
        let (_, tenant) = known.expect("something was sent to nobody who is certified");
        let home = &self.tenants[*tenant];
        target.account == home.account.as_bytes() && target.region == home.region.as_bytes()
    }

    /// A parcel that is under way, for whom it is mostly, and from whom mostly.
    fn under_way(
        &self,
        draw: &mut Draw<'_>,
        suits: impl Fn(&Load) -> bool,
    ) -> Option<(usize, Transit)> {
        let suitable: Vec<_> = self.transits.iter().filter(|known| suits(&known.load)).collect();
        if suitable.is_empty() {
            return None;
        }
        let right = draw.of(&suitable);
        let transit = if draw.rarely(12) { draw.of(&self.transits) } else { right };
        let holds =
            |tenant: &super::world::Tenant| tenant.certificate.as_ref() == Some(&transit.to);
        let holder = self.tenants.iter().position(holds);
        let any = draw.below(self.tenants.len());
        let number = if draw.rarely(10) { any } else { holder.unwrap_or(any) };
        let other = &draw.of(&self.certificates).0;
        let from = if draw.rarely(10) { other } else { &transit.from };
        let (from, bytes) = (self.some(draw, from), self.some(draw, &transit.bytes));
        Some((number, Transit { bytes, from, ..transit.clone() }))
    }

    /// What was opened must have been sent to this isolate, by that one, for this key and context.
    fn arrived(
        &self,
        number: usize,
        taken: &Transit,
        target: &Binding,
        suits: impl Fn(&Load) -> bool,
    ) -> &Transit {
        let own = self.tenants[number].certificate.as_ref();
        let is_it = |known: &&Transit| {
            known.bytes == taken.bytes
                && known.from == taken.from
                && Some(&known.to) == own
                && known.destination.key.binding == *target
                && suits(&known.load)
        };
        let known = self.transits.iter().find(is_it);
        known.expect("a parcel was opened by somebody else, or for something else")
    }
    fn depart(
        &mut self,
        number: usize,
        bytes: Vec<u8>,
        to: Vec<u8>,
        destination: Side,
        load: Load,
    ) {
        let from = self.tenants[number].certificate.clone().expect("whoever sends was admitted");
        self.saw(&bytes);
        self.transits.push(Transit { bytes, from, to, destination, load });
    }
}

pub(super) fn send_plaintext(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let (number, source, ciphertext) = world.message(draw);
    let receiver = draw.below(world.tenants.len());
    let to = world.certificate(receiver, draw);
    let destination = world.side(receiver, draw);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let sent = isolate.keycell_isolate_transfer().call_send_plaintext(
        store,
        &source,
        &ciphertext,
        &to,
        &destination.key.binding,
        &destination.context,
    );
    let Ok(bytes) = sent.expect("no trap") else { return false };
    let plaintext = world.opened(number, &source, &ciphertext).plaintext.clone();
    let is_addressed = world.is_addressed(&to, &destination.key.binding);
    assert!(is_addressed, "a plaintext was sent to another tenant than its key's");
    world.depart(number, bytes, to, destination, Load::Plaintext(plaintext));
    true
}

pub(super) fn receive_plaintext(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let Some((number, taken)) = world.under_way(draw, is_plaintext) else { return false };
    let other = world.side(number, draw);
    let destination = if draw.rarely(10) { other } else { taken.destination.clone() };
    let context = world.some(draw, &destination.context);
    let destination = Side { context, ..destination };
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let transfer = isolate.keycell_isolate_transfer();
    let made = transfer.call_receive_plaintext(store, &taken.bytes, &taken.from, &destination);
    let Ok(ciphertext) = made.expect("no trap") else { return false };
    let known = world.arrived(number, &taken, &destination.key.binding, is_plaintext);
    assert!(known.destination.context == destination.context, "it was sent for another context");
    let Load::Plaintext(plaintext) = known.load.clone() else { panic!("it is a plaintext") };
    world.sent(number, destination, ciphertext, plaintext);
    true
}

pub(super) fn send_key(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let is_single = draw.rarely(8);
    let key = world.key(number, draw, |binding| binding.multi_region != is_single);
    let receiver = draw.below(world.tenants.len());
    let to = world.certificate(receiver, draw);
    let region = world.some(draw, world.tenants[receiver].region.as_bytes());
    let target = match draw.byte() % 16 {
        13 => draw.of(&world.keys).binding.clone(),
        14 => Binding { multi_region: false, region, ..key.binding.clone() },
        15 => Binding { key_id: b"other".to_vec(), region, ..key.binding.clone() },
        _ => Binding { region, ..key.binding.clone() },
    };
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let sent = isolate.keycell_isolate_transfer().call_send_key(store, &key, &to, &target);
    let Ok(bytes) = sent.expect("no trap") else { return false };
    let material = world.used(number, &key, key.binding.usage);
    assert!(key.binding.multi_region, "a key of one Region was sent");
    assert!(key.binding.account == target.account, "a key was sent to another account");
    let replica = Binding { region: target.region.clone(), ..key.binding };
    assert_eq!(replica, target, "a key was sent to become another");
    assert!(world.is_addressed(&to, &target), "a key was sent to another tenant than its own");
    let key = types::Key { sealed: Vec::new(), binding: target };
    let (algorithm, context) = (Algorithm::SymmetricDefault, Vec::new());
    world.depart(number, bytes, to, Side { key, algorithm, context }, Load::Key(material));
    true
}

pub(super) fn receive_key(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let Some((number, taken)) = world.under_way(draw, is_key) else { return false };
    let target = taken.destination.key.binding.clone();
    let target = match draw.byte() % 32 {
        29 => draw.of(&world.keys).binding.clone(),
        30 => Binding { multi_region: !target.multi_region, ..target },
        31 => Binding { key_id: world.some(draw, &target.key_id), ..target },
        _ => target,
    };
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let transfer = isolate.keycell_isolate_transfer();
    let made = transfer.call_receive_key(store, &taken.bytes, &taken.from, &target);
    let Ok(made) = made.expect("no trap") else { return false };
    let known = world.arrived(number, &taken, &target, is_key);
    let Load::Key(material) = known.load.clone() else { panic!("it is a key") };
    assert!(world.is_home(number, &target), "a key was taken in for another tenant");
    let tenant = world.tenants[number].serves;
    let arrived = world.learn_key(tenant, made.sealed.clone(), &target);
    assert!(arrived == material, "another key has arrived than was sent");
    world.saw(&made.sealed);
    world.saw(&made.material_id);
    true
}

fn is_plaintext(load: &Load) -> bool {
    matches!(load, Load::Plaintext(_))
}

fn is_key(load: &Load) -> bool {
    matches!(load, Load::Key(_))
}
