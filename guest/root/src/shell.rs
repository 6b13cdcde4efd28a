//! WIT on one side, `keycell_core::root` on the other, and nothing in between.

extern crate alloc;

use alloc::vec::Vec;

use keycell_core::{heap::Wiping, quorum, root, single::Single};

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

    fn initialise(threshold: u8, operators: Vec<Vec<u8>>) -> Result<domain::Founding, Error> {
        Ok(ROOT.get().initialise(threshold, &operators)?.into())
    }

    fn unseal(sealed_domain: Vec<u8>, share: Vec<u8>) -> Result<domain::Progress, domain::Refused> {
        Ok(ROOT.get().unseal(&sealed_domain, &share)?.into())
    }

    fn rekey(
        quorum: Vec<Vec<u8>>,
        threshold: u8,
        operators: Vec<Vec<u8>>,
    ) -> Result<domain::Founding, domain::Refused> {
        Ok(ROOT.get().rekey(&quorum, threshold, &operators)?.into())
    }

    fn confirm(sealed_domain: Vec<u8>, quorum: Vec<Vec<u8>>) -> Result<(), domain::Refused> {
        Ok(ROOT.get().confirm(&sealed_domain, &quorum)?)
    }

    fn rotate() -> Result<Vec<u8>, Error> {
        Ok(ROOT.get().rotate()?)
    }

    fn retire() -> Result<Vec<u8>, Error> {
        Ok(ROOT.get().retire()?)
    }

    fn adopt(sealed_domain: Vec<u8>) -> Result<(), Error> {
        Ok(ROOT.get().adopt(&sealed_domain)?)
    }

    fn reseal(account: Vec<u8>, region: Vec<u8>, sealed_root: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(ROOT.get().reseal(&account, &region, &sealed_root)?)
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

impl From<root::Founding> for domain::Founding {
    fn from(founding: root::Founding) -> Self {
        let root::Founding { sealed_domain, shares } = founding;
        Self { sealed_domain, shares }
    }
}

impl From<quorum::Progress> for domain::Progress {
    fn from(progress: quorum::Progress) -> Self {
        let quorum::Progress { have, need } = progress;
        Self { have, need }
    }
}

impl From<quorum::Refused> for domain::Refused {
    fn from(refused: quorum::Refused) -> Self {
        use quorum::Unfit;
        match refused {
            quorum::Refused::Share { at, why } => {
                let why = match why {
                    Unfit::Unreadable => domain::Unfit::Unreadable,
                    Unfit::Damaged => domain::Unfit::Damaged,
                    Unfit::Foreign => domain::Unfit::Foreign,
                    Unfit::Forged => domain::Unfit::Forged,
                    Unfit::Repeated => domain::Unfit::Repeated,
                };
                Self::Share(domain::UnfitShare { at, why })
            }
            quorum::Refused::Incomplete(progress) => Self::Incomplete(progress.into()),
            quorum::Refused::Other(error) => Self::Other(error.into()),
        }
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
