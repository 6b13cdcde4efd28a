//! Calls that open and seal isolates: the whole of world `root`, and `sealing` of world `tenant`.

use super::{
    draw::Draw,
    isolates::Isolate,
    world::{Parcel, World},
};

impl World {
    /// An honest start of a tenant's isolate: with its newest root.
    pub(super) fn readmit(&mut self, number: usize) -> bool {
        let Some(sealed) = self.tenants[number].sealed_roots.last().cloned() else { return false };
        let hello = self.hello(number);
        let Some(parcel) = self.admit(number, number, &[sealed], &hello) else { return false };
        self.unseal(number, &parcel)
    }

    pub(super) fn hello(&mut self, number: usize) -> Vec<u8> {
        let Isolate { store, world } = &mut self.tenants[number].isolate;
        let hello = world.keycell_isolate_sealing().call_hello(store).expect("no trap");
        let hello = hello.expect("healthy");
        self.saw(&hello);
        self.tenants[number].hello = Some(hello.clone());
        hello
    }

    /// Asks for `number`'s admission with a hello of the tenant `from`.
    pub(super) fn admit(
        &mut self,
        number: usize,
        from: usize,
        sealed_roots: &[Vec<u8>],
        hello: &[u8],
    ) -> Option<Vec<u8>> {
        let (account, region) = (self.tenants[number].account, self.tenants[number].region);
        let Isolate { store, world } = &mut self.root;
        let domain = world.keycell_isolate_domain();
        let (account, region) = (account.as_bytes(), region.as_bytes());
        let admission = domain
            .call_admit(store, account, region, sealed_roots, hello, &[7; 32])
            .expect("no trap")
            .ok()?;
        let own = &self.tenants[number].sealed_roots;
        assert!(sealed_roots.iter().all(|root| own.contains(root)), "a foreign root was admitted");
        self.verifier.check(&admission.certificate).expect("a certificate of this start");
        self.saw(&admission.parcel);
        self.saw(&admission.certificate);
        let (bytes, hello) = (admission.parcel.clone(), hello.to_vec());
        let certificate = admission.certificate;
        self.certificates.push((certificate.clone(), number));
        self.tenants[from].parcels.push(Parcel { bytes, hello, of: number, certificate });
        Some(admission.parcel)
    }

    pub(super) fn unseal(&mut self, number: usize, parcel: &[u8]) -> bool {
        let tenant = &mut self.tenants[number];
        let Isolate { store, world } = &mut tenant.isolate;
        let unsealed = world.keycell_isolate_sealing().call_unseal(store, parcel);
        let hello = tenant.hello.take();
        if unsealed.expect("no trap").is_err() {
            return false;
        }
        let answers =
            |known: &&Parcel| known.bytes == parcel && Some(&known.hello) == hello.as_ref();
        let known = tenant.parcels.iter().find(answers);
        let known = known.expect("a parcel was taken twice, or by a stranger");
        tenant.serves = known.of;
        tenant.certificate = Some(known.certificate.clone());
        true
    }

    pub(super) fn create_tenant(&mut self, number: usize) -> bool {
        let (account, region) = (self.tenants[number].account, self.tenants[number].region);
        let Isolate { store, world } = &mut self.root;
        let domain = world.keycell_isolate_domain();
        let sealed = domain.call_create_tenant(store, account.as_bytes(), region.as_bytes());
        let Ok(sealed) = sealed.expect("no trap") else { return false };
        self.learn_root(number, sealed.clone());
        self.saw(&sealed);
        true
    }
}

pub(super) fn hello(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    world.hello(number);
    true
}

pub(super) fn unseal(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let (any, other) = (draw.below(world.tenants.len()), draw.below(world.tenants.len()));
    // Mostly one that waits for a parcel that is there.
    let waiting = world.tenants.iter().position(|tenant| {
        let newest = tenant.parcels.last().map(|parcel| &parcel.hello);
        tenant.hello.is_some() && tenant.hello.as_ref() == newest
    });
    let number = if draw.rarely(3) { any } else { waiting.unwrap_or(any) };
    let from = if draw.rarely(3) { other } else { number };
    let newest = world.tenants[from].parcels.last().map(|parcel| parcel.bytes.clone());
    let parcel = world.some(draw, &newest.unwrap_or_default());
    world.unseal(number, &parcel)
}

/// Every test there is takes a good part of a second.
pub(super) fn self_test(world: &mut World, draw: &mut Draw<'_>) -> bool {
    if !draw.rarely(16) {
        return false;
    }
    let number = draw.below(world.tenants.len());
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    isolate.keycell_isolate_sealing().call_self_test(store).expect("no trap").is_ok()
}

pub(super) fn seal(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let tenant = &mut world.tenants[number];
    let Isolate { store, world: isolate } = &mut tenant.isolate;
    isolate.keycell_isolate_sealing().call_seal(store).expect("no trap");
    tenant.hello = None;
    // An isolate that stays sealed refuses all else: mostly it is opened again.
    draw.rarely(4) || world.readmit(number)
}

pub(super) fn reception(world: &mut World, _: &mut Draw<'_>) -> bool {
    let Isolate { store, world: root } = &mut world.root;
    let reception = root.keycell_isolate_domain().call_reception(store).expect("no trap");
    world.saw(&reception);
    true
}

pub(super) fn create_tenant(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    world.create_tenant(number)
}

/// Mixed up: whose roots, whose hello, which bytes.
pub(super) fn admit(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let other = draw.below(world.tenants.len());
    let of = if draw.rarely(4) { other } else { number };
    let from = if draw.rarely(4) { other } else { number };
    let count = 1 + draw.below(3);
    let roots = (0..count).map(|_| {
        let sealed = draw.of(&world.tenants[of].sealed_roots).clone();
        world.some(draw, &sealed)
    });
    let roots: Vec<_> = roots.collect();
    let hello = match world.tenants[from].hello.clone() {
        Some(hello) => hello,
        None => world.hello(from),
    };
    world.admit(number, from, &roots, &hello).is_some()
}

pub(super) fn seal_root(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let Isolate { store, world: root } = &mut world.root;
    root.keycell_isolate_domain().call_seal(store).expect("no trap");
    if draw.rarely(4) {
        return true;
    }
    // As operators do it after a restart, with the domain that the tenants belong to.
    let founding = world.foundings[0].clone();
    world.unseal_with(&founding)
}
