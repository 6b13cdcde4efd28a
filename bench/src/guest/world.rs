//! One tenant twice: natively, and as an isolate. Both know the same tenant root, so that keys made
//! natively, which is faster, are good on both sides.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use keycell::arn::{AccountId, KeyId, Region};
use keycell::isolates::{self, Components, Isolates, Options, Place, TenantId};
use keycell_core::binding::Binding;
use keycell_core::parcel::{Receiver, UNSEAL_KEY, send};
use keycell_core::random::Drbg;
use keycell_core::root::{Hello, Root};
use keycell_core::tenant::Tenant;
use tokio::runtime::{Builder, Runtime};

use super::kinds::{self, Kind};
use crate::{Failure, Result};

/// The service's isolates, their like outside, and one tenant of both.
pub(super) struct World {
    root: Root,
    pub(super) isolates: Arc<Isolates>,
    pub(super) native: RefCell<Tenant>,
    pub(super) guest: Arc<isolates::Tenant>,
    runtime: Runtime,
}

/// A tenant that is not started yet.
pub(super) struct Stored {
    pub(super) id: TenantId,
    pub(super) sealed_root: Vec<u8>,
}

/// A key for both sides.
pub(super) struct Key {
    pub(super) sealed: Vec<u8>,
    pub(super) native: Binding,
    pub(super) guest: isolates::Binding,
}

impl World {
    pub(super) fn new() -> Result<Self> {
        let (mut root, mut drbg) = (Root::new(entropy), Drbg::new(entropy));
        let operator = Receiver::new(&mut drbg);
        let founding = root.initialise(1, &[operator.public().to_vec()])?;
        let share = founding.shares.first().ok_or_else(|| Failure::new("no share came out"))?;
        let unseal_key = operator.open(UNSEAL_KEY, share)?;
        let isolates = Arc::new(Isolates::new(&Components::built_in(), 1, &Options::default())?);
        let share = send(&isolates.reception()?, UNSEAL_KEY, &unseal_key, &mut drbg)?;
        isolates
            .unseal(&founding.sealed_domain, &share)
            .map_err(|_| Failure::new("not unsealed"))?;
        let stored = store(&mut root, 0)?;
        let native = RefCell::new(start(&mut root, &stored)?);
        let guest = isolates.open(&stored.id, &[stored.sealed_root])?;
        let runtime = Builder::new_current_thread().build()?;
        Ok(Self { root, isolates, native, guest, runtime })
    }

    /// A key of the tenant that runs.
    pub(super) fn key(&self, kind: Kind) -> Result<Key> {
        make(&mut self.native.borrow_mut(), self.guest.id(), kind)
    }

    /// Another tenant, and a symmetric key of it.
    pub(super) fn stored(&mut self, number: u32) -> Result<(Stored, Key)> {
        let stored = store(&mut self.root, number)?;
        let key = make(&mut start(&mut self.root, &stored)?, stored.id, kinds::SYMMETRIC)?;
        Ok((stored, key))
    }

    /// Short calls are over when they are first looked at; for the others this thread sleeps.
    pub(super) fn wait<T>(
        &self,
        call: impl Future<Output = std::result::Result<T, isolates::Failure>>,
    ) -> Result<T> {
        let mut call = pin!(call);
        let result = match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => self.runtime.block_on(call),
        };
        Ok(result?)
    }
}

impl Key {
    pub(super) fn native(&self) -> keycell_core::tenant::Key<'_> {
        keycell_core::tenant::Key { sealed: &self.sealed, binding: &self.native }
    }

    pub(super) fn guest(&self) -> isolates::Key<'_> {
        isolates::Key { sealed: &self.sealed, binding: self.guest }
    }
}

fn store(root: &mut Root, number: u32) -> Result<Stored> {
    let parse = |text: String| text.parse::<AccountId>();
    let account = parse(format!("{number:012}")).expect("twelve digits");
    let id = TenantId::of(account, region());
    let sealed_root = root.create_tenant(account.as_str().as_bytes(), REGION.as_bytes())?;
    Ok(Stored { id, sealed_root })
}

/// Starts a tenant natively.
fn start(root: &mut Root, stored: &Stored) -> Result<Tenant> {
    let mut tenant = Tenant::new(entropy);
    let public = tenant.hello()?;
    let (account, region) = (stored.id.account.as_str().as_bytes(), REGION.as_bytes());
    let hello = Hello { account, region, public: &public, component: &[0; 32] };
    let admission = root.admit(&hello, std::slice::from_ref(&stored.sealed_root))?;
    tenant.unseal(&admission.parcel)?;
    Ok(tenant)
}

fn make(tenant: &mut Tenant, id: TenantId, kind: Kind) -> Result<Key> {
    let native = Binding {
        account: id.account.as_str().into(),
        region: REGION.into(),
        key_id: KEY_ID.into(),
        spec: kind.native.0,
        usage: kind.native.1,
        multi_region: false,
    };
    let guest = isolates::Binding {
        account: id.account,
        place: Place::Region(region()),
        key_id: KEY_ID.parse::<KeyId>().expect("the id is a UUID"),
        spec: kind.guest.0,
        usage: kind.guest.1,
        multi_region: false,
    };
    let sealed = tenant.generate(&native)?.sealed;
    Ok(Key { sealed, native, guest })
}

fn region() -> Region {
    REGION.parse().expect("the Region is well formed")
}

fn entropy() -> u64 {
    getrandom::u64().expect("getrandom(2) does not fail once the kernel has booted")
}

const REGION: &str = "eu-central-1";
const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
