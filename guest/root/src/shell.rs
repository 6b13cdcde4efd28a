//! WIT on one side, `keycell_core::root` on the other, and nothing in between.

extern crate alloc;

use alloc::vec::Vec;

use keycell_core::{heap::Wiping, root, single::Single};

use bindings::exports::keycell::isolate::{domain, types::Error};
use bindings::wasi::random::random::get_random_u64;

mod bindings {
    #![expect(unsafe_code, reason = "generated from the WIT")]
    #![allow(missing_docs, clippy::all, reason = "generated from the WIT")]
    wit_bindgen::generate!({ path: "../../wit", world: "root", generate_all });
    use super::Isolate;
    export!(Isolate);
}

#[global_allocator]
static HEAP: Wiping = Wiping;

static ROOT: Single<root::Root> = Single::new(|| root::Root::new(get_random_u64));

struct Isolate;

impl domain::Guest for Isolate {
    fn reception() -> Vec<u8> {
        ROOT.get().reception().to_vec()
    }

    fn initialise(operators: Vec<Vec<u8>>) -> Result<domain::Founding, Error> {
        let root::Founding { sealed_domain, shares } = ROOT.get().initialise(&operators)?;
        Ok(domain::Founding { sealed_domain, shares })
    }

    fn unseal(sealed_domain: Vec<u8>, shares: Vec<Vec<u8>>) -> Result<(), Error> {
        Ok(ROOT.get().unseal(&sealed_domain, &shares)?)
    }

    fn create_tenant(account: Vec<u8>, region: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(ROOT.get().create_tenant(&account, &region)?)
    }

    fn admit(
        account: Vec<u8>,
        region: Vec<u8>,
        sealed_roots: Vec<Vec<u8>>,
        hello: Vec<u8>,
        component: Vec<u8>,
    ) -> Result<domain::Admission, Error> {
        let hello = root::Hello {
            account: &account,
            region: &region,
            public: &hello,
            component: &component,
        };
        let root::Admission { parcel, certificate } = ROOT.get().admit(&hello, &sealed_roots)?;
        Ok(domain::Admission { parcel, certificate })
    }

    fn seal() {
        ROOT.get().seal();
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
            Core::Failed => Error::Failed,
        }
    }
}

/// A defect traps: the host drops the instance.
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
