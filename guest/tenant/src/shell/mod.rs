//! WIT on one side, `keycell_core::tenant` on the other, and nothing in between.

extern crate alloc;

mod words;

use alloc::vec::Vec;

use keycell_core::{heap::Wiping, single::Single, tenant};

use bindings::exports::keycell::isolate::{
    agreement, cipher, credentials, data_keys, encapsulation, keys, mac, material, notary, sealing,
    signing, transfer, types,
};
use bindings::wasi::random::random::get_random_u64;
use types::Error;

mod bindings {
    #![expect(unsafe_code, reason = "generated from the WIT")]
    #![allow(missing_docs, clippy::all, reason = "generated from the WIT")]
    wit_bindgen::generate!({ path: "../../wit", world: "tenant", generate_all });
    use super::Isolate;
    export!(Isolate);
}

#[global_allocator]
static HEAP: Wiping = Wiping;

static TENANT: Single<tenant::Tenant> = Single::new(|| tenant::Tenant::new(get_random_u64));

struct Isolate;

impl sealing::Guest for Isolate {
    fn hello() -> Result<Vec<u8>, Error> {
        Ok(TENANT.get().hello()?.to_vec())
    }

    fn unseal(parcel: Vec<u8>) -> Result<(), Error> {
        Ok(TENANT.get().unseal(&parcel)?)
    }

    fn self_test() -> Result<(), Error> {
        Ok(TENANT.get().self_test()?)
    }

    fn seal() {
        TENANT.get().seal();
    }
}

impl keys::Guest for Isolate {
    fn generate(binding: types::Binding) -> Result<types::SealedMaterial, Error> {
        Ok(TENANT.get().generate(&binding.into())?.into())
    }

    fn public_key(key: types::Key) -> Result<Vec<u8>, Error> {
        key.lend(|key| TENANT.get().public_key(key))
    }

    fn reseal(key: types::Key) -> Result<Vec<u8>, Error> {
        key.lend(|key| TENANT.get().reseal(key))
    }
}

impl cipher::Guest for Isolate {
    fn encrypt(under: cipher::Side, plaintext: Vec<u8>) -> Result<Vec<u8>, Error> {
        under.lend(|side| TENANT.get().encrypt(side, &plaintext))
    }

    fn decrypt(under: cipher::Side, ciphertext: Vec<u8>) -> Result<Vec<u8>, Error> {
        under.lend(|side| Ok(core::mem::take(&mut *TENANT.get().decrypt(side, &ciphertext)?)))
    }

    fn re_encrypt(
        source: cipher::Side,
        ciphertext: Vec<u8>,
        destination: cipher::Side,
    ) -> Result<Vec<u8>, Error> {
        source.lend(|from| {
            Ok(destination.lend(|to| TENANT.get().re_encrypt(from, &ciphertext, to)))
        })?
    }
}

impl data_keys::Guest for Isolate {
    fn random(length: u32) -> Result<Vec<u8>, Error> {
        Ok(core::mem::take(&mut *TENANT.get().random(length)?))
    }

    fn generate(under: cipher::Side, length: u32) -> Result<data_keys::DataKey, Error> {
        under.lend(|side| Ok(TENANT.get().generate_data_key(side, length)?.into()))
    }

    fn generate_pair(under: cipher::Side, spec: types::KeySpec) -> Result<data_keys::Pair, Error> {
        under.lend(|side| {
            let made = TENANT.get().generate_data_key_pair(side, spec.into())?;
            let (public_key, private_key) = (made.public_key, made.private_key.into());
            Ok(data_keys::Pair { public_key, private_key })
        })
    }

    fn generate_sealed(under: cipher::Side, length: u32) -> Result<Vec<u8>, Error> {
        under.lend(|side| Ok(TENANT.get().generate_data_key(side, length)?.ciphertext))
    }

    fn generate_sealed_pair(
        under: cipher::Side,
        spec: types::KeySpec,
    ) -> Result<data_keys::SealedPair, Error> {
        under.lend(|side| {
            let made = TENANT.get().generate_data_key_pair(side, spec.into())?;
            let (public_key, private_key) = (made.public_key, made.private_key.ciphertext);
            Ok(data_keys::SealedPair { public_key, private_key })
        })
    }
}

impl signing::Guest for Isolate {
    fn sign(
        key: types::Key,
        algorithm: signing::Algorithm,
        message: signing::Message,
    ) -> Result<Vec<u8>, Error> {
        key.lend(|key| TENANT.get().sign(key, algorithm.into(), message.lend()))
    }

    fn verify(
        key: types::Key,
        algorithm: signing::Algorithm,
        message: signing::Message,
        signature: Vec<u8>,
    ) -> Result<(), Error> {
        key.lend(|key| TENANT.get().verify(key, algorithm.into(), message.lend(), &signature))
    }
}

impl mac::Guest for Isolate {
    fn generate(key: types::Key, message: Vec<u8>) -> Result<Vec<u8>, Error> {
        key.lend(|key| TENANT.get().generate_mac(key, &message))
    }

    fn verify(key: types::Key, message: Vec<u8>, mac: Vec<u8>) -> Result<(), Error> {
        key.lend(|key| TENANT.get().verify_mac(key, &message, &mac))
    }
}

impl agreement::Guest for Isolate {
    fn derive(key: types::Key, peer: Vec<u8>) -> Result<Vec<u8>, Error> {
        key.lend(|key| Ok(core::mem::take(&mut *TENANT.get().derive(key, &peer)?)))
    }
}

impl encapsulation::Guest for Isolate {
    fn encapsulate(key: types::Key) -> Result<encapsulation::Encapsulated, Error> {
        key.lend(|key| {
            let mut made = TENANT.get().encapsulate(key)?;
            let shared_secret = core::mem::take(&mut *made.shared_secret);
            Ok(encapsulation::Encapsulated { shared_secret, ciphertext: made.ciphertext })
        })
    }

    fn decapsulate(key: types::Key, ciphertext: Vec<u8>) -> Result<Vec<u8>, Error> {
        key.lend(|key| Ok(core::mem::take(&mut *TENANT.get().decapsulate(key, &ciphertext)?)))
    }
}

impl material::Guest for Isolate {
    fn invite(spec: types::KeySpec, target: types::Binding) -> Result<material::Invitation, Error> {
        let made = TENANT.get().invite(spec.into(), &target.into())?;
        Ok(material::Invitation { public_key: made.public_key, sealed: made.sealed })
    }

    fn accept(
        invitation: Vec<u8>,
        spec: types::KeySpec,
        wrapping: material::Wrapping,
        wrapped: Vec<u8>,
        target: types::Binding,
    ) -> Result<types::SealedMaterial, Error> {
        let wrapped = tenant::Wrapped {
            invitation: &invitation,
            spec: spec.into(),
            wrapping: wrapping.into(),
            bytes: &wrapped,
        };
        Ok(TENANT.get().accept(&wrapped, &target.into())?.into())
    }
}

impl transfer::Guest for Isolate {
    fn send_plaintext(
        source: cipher::Side,
        ciphertext: Vec<u8>,
        to: transfer::Certificate,
        destination: types::Binding,
        context: types::Context,
    ) -> Result<Vec<u8>, Error> {
        let destination = destination.into();
        source.lend(|side| {
            TENANT.get().send_plaintext(side, &ciphertext, &to, &destination, &context)
        })
    }

    fn receive_plaintext(
        parcel: Vec<u8>,
        from: transfer::Certificate,
        destination: cipher::Side,
    ) -> Result<Vec<u8>, Error> {
        destination.lend(|side| TENANT.get().receive_plaintext(&parcel, &from, side))
    }

    fn send_key(
        key: types::Key,
        to: transfer::Certificate,
        target: types::Binding,
    ) -> Result<Vec<u8>, Error> {
        let target = target.into();
        key.lend(|key| TENANT.get().send_key(key, &to, &target))
    }

    fn receive_key(
        parcel: Vec<u8>,
        from: transfer::Certificate,
        target: types::Binding,
    ) -> Result<types::SealedMaterial, Error> {
        Ok(TENANT.get().receive_key(&parcel, &from, &target.into())?.into())
    }
}

impl credentials::Guest for Isolate {
    fn create(id: Vec<u8>) -> Result<credentials::AccessKey, Error> {
        let mut made = TENANT.get().create_access_key(&id)?;
        let secret = core::mem::take(&mut *made.secret);
        Ok(credentials::AccessKey { secret, sealed: made.sealed })
    }

    fn adopt(id: Vec<u8>, secret: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(TENANT.get().adopt_access_key(&id, &secret)?)
    }

    fn reseal(id: Vec<u8>, sealed: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(TENANT.get().reseal_access_key(&id, &sealed)?)
    }

    fn confirm(id: Vec<u8>, sealed: Vec<u8>, secret: Vec<u8>) -> Result<(), Error> {
        Ok(TENANT.get().confirm_access_key(&id, &sealed, &secret)?)
    }

    fn signing_key(
        id: Vec<u8>,
        sealed: Vec<u8>,
        date: Vec<u8>,
        region: Vec<u8>,
        service: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        let scope = tenant::Scope { date: &date, region: &region, service: &service };
        Ok(TENANT.get().signing_key(&id, &sealed, &scope)?.to_vec())
    }
}

impl notary::Guest for Isolate {
    fn tag(label: Vec<u8>, message: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(TENANT.get().tag(&label, &message)?)
    }

    fn check(label: Vec<u8>, message: Vec<u8>, tag: Vec<u8>) -> Result<(), Error> {
        Ok(TENANT.get().check(&label, &message, &tag)?)
    }
}

/// A defect traps: the host drops the instance.
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
