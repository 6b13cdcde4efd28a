//! WIT on one side, `keycell_core::tenant` on the other, and nothing in between.

extern crate alloc;

use alloc::vec::Vec;

use keycell_core::{binding, heap::Wiping, single::Single, tenant};

use bindings::exports::keycell::isolate::{
    cipher, credentials, data_keys, keys, notary, sealing, types,
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
    fn hello() -> Vec<u8> {
        TENANT.get().hello().to_vec()
    }

    fn unseal(parcel: Vec<u8>) -> Result<(), Error> {
        Ok(TENANT.get().unseal(&parcel)?)
    }

    fn seal() {
        TENANT.get().seal();
    }
}

impl keys::Guest for Isolate {
    fn generate(binding: types::Binding) -> Result<types::SealedMaterial, Error> {
        let made = TENANT.get().generate(&binding.into())?;
        let (sealed, material_id) = (made.sealed, made.material_id.to_vec());
        Ok(types::SealedMaterial { sealed, material_id })
    }

    fn reseal(key: types::Key) -> Result<Vec<u8>, Error> {
        let binding = key.binding.into();
        Ok(TENANT.get().reseal(&tenant::Key { sealed: &key.sealed, binding: &binding })?)
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
        under.lend(|side| {
            let mut made = TENANT.get().generate_data_key(side, length)?;
            let plaintext = core::mem::take(&mut *made.plaintext);
            Ok(data_keys::DataKey { plaintext, ciphertext: made.ciphertext })
        })
    }

    fn generate_sealed(under: cipher::Side, length: u32) -> Result<Vec<u8>, Error> {
        under.lend(|side| Ok(TENANT.get().generate_data_key(side, length)?.ciphertext))
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

impl cipher::Side {
    fn lend<T>(
        self,
        run: impl FnOnce(&tenant::Side<'_>) -> keycell_core::error::Result<T>,
    ) -> Result<T, Error> {
        let binding = self.key.binding.into();
        let key = tenant::Key { sealed: &self.key.sealed, binding: &binding };
        Ok(run(&tenant::Side { key, context: &self.context })?)
    }
}

impl From<types::Binding> for binding::Binding {
    fn from(binding: types::Binding) -> Self {
        let types::Binding { account, region, key_id, spec, usage, multi_region } = binding;
        let spec = match spec {
            types::KeySpec::Symmetric => binding::KeySpec::Symmetric,
        };
        let usage = match usage {
            types::KeyUsage::EncryptDecrypt => binding::KeyUsage::EncryptDecrypt,
        };
        Self { account, region, key_id, spec, usage, multi_region }
    }
}

impl From<keycell_core::error::Error> for Error {
    fn from(error: keycell_core::error::Error) -> Self {
        use keycell_core::error::Error as Core;
        match error {
            Core::Locked => Error::Locked,
            Core::Foreign => Error::Foreign,
            Core::Unsupported => Error::Unsupported,
            Core::Invalid => Error::Invalid,
            Core::Unverified => Error::Unverified,
        }
    }
}

/// A defect traps: the host drops the instance.
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
