//! Access keys, and what the service itself vouches for.

use super::{
    draw::Draw,
    isolates::Isolate,
    world::{Credential, Tag, World},
};

impl World {
    pub(super) fn adopt(&mut self, number: usize, id: &[u8]) -> bool {
        let secret = self.fresh_secret();
        let Isolate { store, world } = &mut self.tenants[number].isolate;
        let credentials = world.keycell_isolate_credentials();
        let sealed = credentials.call_adopt(store, id, &secret).expect("no trap");
        let Ok(sealed) = sealed else { return false };
        self.secrets.learn("the secret of an access key", &secret);
        self.saw(&sealed);
        let tenant = self.tenants[number].serves;
        self.credentials.push(Credential { tenant, id: id.to_vec(), sealed, secret });
        true
    }
}

pub(super) fn create(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let id = world.some(draw, b"AKIACREATED00000");
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let made = isolate.keycell_isolate_credentials().call_create(store, &id).expect("no trap");
    let Ok(made) = made else { return false };
    // Told this once, to its owner; nothing else may be told with it.
    world.secrets.search("credentials.create", &made.secret);
    world.secrets.learn("the secret of an access key", &made.secret);
    world.saw(&made.sealed);
    let (sealed, secret) = (made.sealed, made.secret);
    let tenant = world.tenants[number].serves;
    world.credentials.push(Credential { tenant, id, sealed, secret });
    true
}

pub(super) fn adopt(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let id = world.some(draw, b"AKIAADOPTED00000");
    world.adopt(number, &id)
}

pub(super) fn confirm(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let credential = draw.of(&world.credentials);
    let other = draw.below(world.tenants.len());
    let number = if draw.rarely(8) { other } else { credential.tenant };
    let (id, sealed) = (world.some(draw, &credential.id), world.some(draw, &credential.sealed));
    let secret = world.some(draw, &credential.secret);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let credentials = isolate.keycell_isolate_credentials();
    let confirmed = credentials.call_confirm(store, &id, &sealed, &secret).expect("no trap");
    let tenant = world.tenants[number].serves;
    let is_it = |known: &Credential| known.is(tenant, &id, &sealed) && known.secret == secret;
    let is_known = world.credentials.iter().any(is_it);
    assert!(confirmed.is_err() || is_known, "a wrong secret was confirmed");
    confirmed.is_ok()
}

pub(super) fn signing_key(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let credential = draw.of(&world.credentials);
    let other = draw.below(world.tenants.len());
    let number = if draw.rarely(8) { other } else { credential.tenant };
    let (id, sealed) = (world.some(draw, &credential.id), world.some(draw, &credential.sealed));
    let (date, region) = (world.some(draw, b"20250101"), world.some(draw, b"us-east-1"));
    let service = world.some(draw, b"kms");
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let credentials = isolate.keycell_isolate_credentials();
    let key = credentials.call_signing_key(store, &id, &sealed, &date, &region, &service);
    let Ok(key) = key.expect("no trap") else { return false };
    let tenant = world.tenants[number].serves;
    let is_known = world.credentials.iter().any(|known| known.is(tenant, &id, &sealed));
    assert!(is_known, "what is no credential of this tenant was used as one");
    world.saw(&key);
    true
}

pub(super) fn tag(world: &mut World, draw: &mut Draw<'_>) -> bool {
    let number = draw.below(world.tenants.len());
    let (label, message) = (world.some(draw, b"label"), world.some(draw, b"message"));
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let tag = isolate.keycell_isolate_notary().call_tag(store, &label, &message);
    let Ok(tag) = tag.expect("no trap") else { return false };
    world.saw(&tag);
    let tenant = world.tenants[number].serves;
    world.tags.push(Tag { tenant, label, message, tag });
    true
}

pub(super) fn check(world: &mut World, draw: &mut Draw<'_>) -> bool {
    if world.tags.is_empty() {
        return false;
    }
    let Tag { tenant, label, message, tag } = draw.of(&world.tags);
    let number = if draw.rarely(8) { draw.below(world.tenants.len()) } else { *tenant };
    let (label, message) = (world.some(draw, label), world.some(draw, message));
    let tag = world.some(draw, tag);
    let Isolate { store, world: isolate } = &mut world.tenants[number].isolate;
    let checked = isolate.keycell_isolate_notary().call_check(store, &label, &message, &tag);
    let checked = checked.expect("no trap").is_ok();
    let tenant = world.tenants[number].serves;
    let is_known = world.tags.contains(&Tag { tenant, label, message, tag });
    assert!(!checked || is_known, "a forged tag was checked");
    checked
}

impl Credential {
    fn is(&self, tenant: usize, id: &[u8], sealed: &[u8]) -> bool {
        self.tenant == tenant && self.id == id && self.sealed == sealed
    }
}
