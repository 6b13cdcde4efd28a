//! Calls about the domain keys and who unseals them. The test holds all operators' keys.

use keycell_core::{
    domain::SealedDomain,
    parcel::{UNSEAL_KEY, send},
    quorum::agreement,
    sealed::SealingKey,
    secret::Secret,
    shamir::{self, Share},
};

use super::{
    draw::Draw,
    isolates::{
        Isolate,
        root::exports::keycell::isolate::domain::{self, Progress, Refused},
        tenant::exports::keycell::isolate::types,
    },
    world::{Founding, World},
};

impl World {
    /// Founds a service for the first few operators.
    pub(super) fn initialise(&mut self, threshold: u8, operators: &[Vec<u8>]) -> bool {
        let Isolate { store, world } = &mut self.root;
        let founding = world.keycell_isolate_domain().call_initialise(store, threshold, operators);
        let Ok(founding) = founding.expect("no trap") else { return false };
        self.learn_founding(founding);
        true
    }

    /// The public keys of the first operators.
    pub(super) fn publics(&self, count: usize) -> Vec<Vec<u8>> {
        self.operators.iter().take(count).map(|operator| operator.public().to_vec()).collect()
    }

    /// Brings a quorum of a founding to the root isolate.
    pub(super) fn unseal_with(&mut self, founding: &Founding) -> bool {
        let parcels = self.parcels(founding, UNSEAL_KEY);
        let results = parcels.iter().map(|parcel| {
            let Isolate { store, world } = &mut self.root;
            let domain = world.keycell_isolate_domain();
            domain.call_unseal(store, &founding.sealed_domain, parcel).expect("no trap")
        });
        let last = results.last().expect("a founding has shares");
        last.is_ok_and(|Progress { have, need }| have == need)
    }

    /// A quorum, each share on its way to the root isolate.
    fn parcels(&mut self, founding: &Founding, info: &[u8]) -> Vec<Vec<u8>> {
        let Isolate { store, world } = &mut self.root;
        let reception = world.keycell_isolate_domain().call_reception(store).expect("no trap");
        let shares = founding.shares.iter().take(founding.need);
        shares
            .map(|share| send(&reception, info, share, &mut self.drbg).expect("a public key"))
            .collect()
    }

    /// The operators open what they were given, and with it the domain keys.
    fn learn_founding(&mut self, founding: domain::Founding) {
        let domain::Founding { sealed_domain, shares } = founding;
        self.saw(&sealed_domain);
        shares.iter().for_each(|share| self.saw(share));
        let pairs = self.operators.iter().zip(&shares);
        let opened = pairs.map(|(own, share)| own.open(UNSEAL_KEY, share).expect("its own"));
        let shares: Vec<Vec<u8>> = opened.map(|share| share.to_vec()).collect();
        let need = SealedDomain::parse(&sealed_domain).expect("a domain").charter.threshold;
        let need = usize::from(need);
        let unseal = match shares.as_slice() {
            [whole] => Secret::from_slice(whole).expect("32 bytes"),
            shares => {
                let quorum = shares.iter().take(need).map(|share| Share::decode(share));
                let quorum = quorum.collect::<Result<Vec<_>, _>>().expect("proper shares");
                let values = shares.iter().map(|share| Share::decode(share).expect("a share"));
                values.for_each(|share| {
                    self.secrets.learn("a share of an unseal key", share.value.expose());
                });
                shamir::combine(&quorum).expect("a quorum")
            }
        };
        self.secrets.learn("an unseal key", unseal.expose());
        let unseal = *unseal.expose();
        self.learn_domain(Founding { sealed_domain, shares, need, unseal });
    }

    /// The domain keys that the operators of a founding can open.
    fn learn_domain(&mut self, founding: Founding) {
        let unseal = SealingKey::new(Secret::new(&founding.unseal));
        let sealed = SealedDomain::parse(&founding.sealed_domain).expect("a domain");
        let keys = sealed.open(&unseal).expect("its own unseal key");
        for key in keys.all() {
            self.secrets.learn("a domain key", key.secret().expose());
        }
        self.domains.push(keys);
        self.foundings.push(founding);
    }

    /// A sealed domain that the root isolate has made for the operators of now.
    fn learn_sealed(&mut self, sealed_domain: Vec<u8>) {
        self.saw(&sealed_domain);
        let set = SealedDomain::parse(&sealed_domain).expect("a domain").set;
        let is_of = |founding: &&Founding| {
            SealedDomain::parse(&founding.sealed_domain).expect("a domain").set == set
        };
        let known = self.foundings.iter().find(is_of).expect("some operators can open it");
        let Founding { shares, need, unseal, .. } = known.clone();
        self.learn_domain(Founding { sealed_domain, shares, need, unseal });
    }
}

pub(super) fn initialise(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let publics = world.publics(4);
    match draw.byte() % 16 {
        0 => world.initialise(1, &publics[..1]),
        1 => world.initialise(2, &publics[..3]),
        2 => world.initialise(4, &publics),
        3 => world.initialise(2, &[publics[0].clone(), publics[0].clone()]),
        4 => world.initialise(3, &publics[..2]),
        5 => world.initialise(1, &publics),
        6 => world.initialise(draw.byte(), &[]),
        _ => world.initialise(1, &[vec![0; draw.below(40)]]),
    }
}

/// Mostly all shares of a quorum, one of them changed now and then.
pub(super) fn unseal(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let founding = draw.of(&world.foundings).clone();
    let sealed_domain = world.some(draw, &founding.sealed_domain);
    let mut is_open = false;
    for parcel in world.parcels(&founding, UNSEAL_KEY) {
        let parcel = world.some(draw, &parcel);
        let Isolate { store, world: root } = &mut world.root;
        let unsealed = root.keycell_isolate_domain().call_unseal(store, &sealed_domain, &parcel);
        let unsealed = unsealed.expect("no trap");
        is_open = matches!(unsealed, Ok(Progress { have, need }) if have == need);
    }
    let known = |founding: &Founding| founding.sealed_domain == sealed_domain;
    assert!(!is_open || world.foundings.iter().any(known), "a strange domain key was opened");
    is_open
}

/// Mostly with the quorum of the service's first founding, and mostly for this use.
pub(super) fn rekey(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let count = 2 + draw.below(3);
    let publics = world.publics(count);
    let last = world.foundings.last().expect("there is one").clone();
    let founding = if draw.rarely(3) { world.foundings[0].clone() } else { last };
    let (agreed, others) = (agreement(2, &publics), agreement(2, &publics[1..]));
    let info = if draw.rarely(8) { UNSEAL_KEY.to_vec() } else { agreed };
    let info = if draw.rarely(8) { others } else { info };
    let parcels = world.parcels(&founding, &info);
    let parcels: Vec<_> = parcels.iter().map(|parcel| world.some(draw, parcel)).collect();
    let Isolate { store, world: root } = &mut world.root;
    let founding = root.keycell_isolate_domain().call_rekey(store, &parcels, 2, &publics);
    let Ok(founding) = founding.expect("no trap") else { return false };
    assert!(info == agreement(2, &publics), "a quorum has agreed to something else");
    world.learn_founding(founding);
    true
}

pub(super) fn confirm(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let last = world.foundings.last().expect("there is one").clone();
    let founding = if draw.rarely(4) { draw.of(&world.foundings).clone() } else { last };
    let parcels = world.parcels(&founding, UNSEAL_KEY);
    let parcels: Vec<_> = parcels.iter().map(|parcel| world.some(draw, parcel)).collect();
    let Isolate { store, world: root } = &mut world.root;
    let domain = root.keycell_isolate_domain();
    let confirmed = domain.call_confirm(store, &founding.sealed_domain, &parcels);
    match confirmed.expect("no trap") {
        Ok(()) => true,
        Err(Refused::Share(_) | Refused::Incomplete(_) | Refused::Other(_)) => false,
    }
}

pub(super) fn rotate(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let Isolate { store, world: root } = &mut world.root;
    let sealed = root.keycell_isolate_domain().call_rotate(store).expect("no trap");
    let Ok(sealed) = sealed else { return false };
    world.learn_sealed(sealed.clone());
    draw.rarely(3) || world.adopt_domain(&sealed)
}

pub(super) fn retire(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let Isolate { store, world: root } = &mut world.root;
    let sealed = root.keycell_isolate_domain().call_retire(store).expect("no trap");
    let Ok(sealed) = sealed else { return false };
    world.learn_sealed(sealed.clone());
    !draw.rarely(8) || world.adopt_domain(&sealed)
}

pub(super) fn adopt(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let founding = draw.of(&world.foundings).sealed_domain.clone();
    let sealed_domain = world.some(draw, &founding);
    world.adopt_domain(&sealed_domain)
}

impl World {
    fn adopt_domain(&mut self, sealed_domain: &[u8]) -> bool {
        let Isolate { store, world } = &mut self.root;
        let adopted = world.keycell_isolate_domain().call_adopt(store, sealed_domain);
        let known = |founding: &Founding| founding.sealed_domain == sealed_domain;
        let adopted = adopted.expect("no trap").is_ok();
        assert!(!adopted || self.foundings.iter().any(known), "a strange domain was adopted");
        adopted
    }
}

pub(super) fn reseal_root(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let (number, other) = (draw.below(world.tenants.len()), draw.below(world.tenants.len()));
    let of = if draw.rarely(8) { other } else { number };
    let sealed = draw.of(&world.tenants[of].sealed_roots).clone();
    let sealed = world.some(draw, &sealed);
    let (account, region) = (world.tenants[number].account, world.tenants[number].region);
    let Isolate { store, world: root } = &mut world.root;
    let domain = root.keycell_isolate_domain();
    let moved = domain.call_reseal(store, account.as_bytes(), region.as_bytes(), &sealed);
    let Ok(moved) = moved.expect("no trap") else { return false };
    assert!(world.tenants[number].sealed_roots.contains(&sealed), "a foreign root was resealed");
    world.saw(&moved);
    world.tenants[number].sealed_roots.push(moved);
    true
}

pub(super) fn reseal_key(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let (number, key) = (draw.below(world.tenants.len()), draw.of(&world.keys).clone());
    let number = if draw.rarely(4) { number } else { key.tenant };
    let sealed = world.some(draw, &key.sealed);
    let binding = key.binding.clone();
    let asked = types::Key { sealed: sealed.clone(), binding };
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let moved = isolate.keycell_isolate_keys().call_reseal(store, &asked).expect("no trap");
    let Ok(moved) = moved else { return false };
    let tenant = world.tenants[number].serves;
    let is_it = |known: &super::world::Key| {
        known.tenant == tenant && known.sealed == sealed && known.binding == asked.binding
    };
    assert!(world.keys.iter().any(is_it), "a foreign key was resealed");
    world.saw(&moved);
    world.keys.push(super::world::Key { sealed: moved, ..key });
    true
}

pub(super) fn reseal_credential(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let (number, known) = (draw.below(world.tenants.len()), draw.of(&world.credentials).clone());
    let number = if draw.rarely(4) { number } else { known.tenant };
    let (id, sealed) = (world.some(draw, &known.id), world.some(draw, &known.sealed));
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let moved = isolate.keycell_isolate_credentials().call_reseal(store, &id, &sealed);
    let Ok(moved) = moved.expect("no trap") else { return false };
    let tenant = world.tenants[number].serves;
    let is_it = |known: &super::world::Credential| {
        known.tenant == tenant && known.id == id && known.sealed == sealed
    };
    assert!(world.credentials.iter().any(is_it), "a foreign credential was resealed");
    world.saw(&moved);
    world.credentials.push(super::world::Credential { sealed: moved, ..known });
    true
}
