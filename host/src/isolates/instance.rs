//! One instance of a component: called until it traps, and never again after that.

use wasmtime::{Store, Trap};

use crate::hygiene;

use super::{
    TenantId,
    bindings::{
        root::Root as RootWorld,
        tenant::{Tenant as TenantWorld, exports::keycell::isolate::types::Error},
    },
    engine::{Compiled, Limits, Machine, limit_time},
    memory::{Owner, made_for},
    time::Budget,
};

/// Why a call to an isolate gave no answer.
#[derive(Debug)]
pub enum Failure {
    /// The isolate said no.
    Refused(Refusal),
    /// The isolate broke down, or took too long; it is gone.
    Trapped(wasmtime::Error),
    /// The service is sealed: there is no domain key.
    Sealed,
    /// Too many calls wait already.
    Busy,
    /// This thread's stack cannot be kept as the level of memory demands.
    Unprotected(std::io::Error),
}

/// The refusals of `types.wit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No root yet.
    Locked,
    /// Sealed bytes, binding, purpose or root do not belong together.
    Foreign,
    /// The key's spec or usage does not allow this operation.
    Unsupported,
    /// An argument is out of range or malformed.
    Invalid,
    /// The ciphertext, signature, MAC, wrapped material, credential or tag does not verify.
    Unverified,
    /// A self-test has failed.
    Failed,
}

/// An instance with its store.
pub struct Instance<W> {
    store: Store<Limits>,
    world: W,
    keep: hygiene::Keep,
}

/// What a call returns on wasmtime's side.
pub type Outcome<T, E> = wasmtime::Result<Result<T, E>>;

impl Instance<TenantWorld> {
    /// A locked tenant isolate.
    pub fn tenant(machine: &Machine, compiled: &Compiled, id: TenantId) -> Result<Self, Failure> {
        Self::make(machine, Owner::Tenant(id), |store| {
            TenantWorld::instantiate(store, &compiled.component, machine.linker())
        })
    }
}

impl Instance<RootWorld> {
    /// A sealed root isolate.
    pub fn root(machine: &Machine, compiled: &Compiled) -> Result<Self, Failure> {
        Self::make(machine, Owner::Root, |store| {
            RootWorld::instantiate(store, &compiled.component, machine.linker())
        })
    }
}

impl<W> Instance<W> {
    fn make(
        machine: &Machine,
        owner: Owner,
        instantiate: impl FnOnce(&mut Store<Limits>) -> wasmtime::Result<W>,
    ) -> Result<Self, Failure> {
        let keep = machine.keep();
        hygiene::protect_stack(keep).map_err(Failure::Unprotected)?;
        let mut store = machine.store();
        limit_time(&mut store, Budget::Short);
        let world = made_for(owner, || hygiene::scrubbed(|| instantiate(&mut store)))?;
        Ok(Self { store, world, keep })
    }

    /// One short call.
    pub fn call<T, E: Into<Refusal>>(
        &mut self,
        run: impl FnOnce(&W, &mut Store<Limits>) -> Outcome<T, E>,
    ) -> Result<T, Failure> {
        self.call_within(Budget::Short, run)
    }

    /// One call. After [`Failure::Trapped`] the instance must be dropped: its caller owns it.
    ///
    /// What the call leaves on this thread's stack and in its registers is wiped.
    pub fn call_within<T, E: Into<Refusal>>(
        &mut self,
        budget: Budget,
        run: impl FnOnce(&W, &mut Store<Limits>) -> Outcome<T, E>,
    ) -> Result<T, Failure> {
        hygiene::protect_stack(self.keep).map_err(Failure::Unprotected)?;
        limit_time(&mut self.store, budget);
        let called = hygiene::scrubbed(|| run(&self.world, &mut self.store));
        if called.is_err() {
            hygiene::scrub_signal_stack();
        }
        called?.map_err(|error| Failure::Refused(error.into()))
    }
}

impl Failure {
    /// Whether the call was stopped because it took longer than any call of its kind should.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Trapped(error) => error.downcast_ref() == Some(&Trap::Interrupt),
            Self::Refused(_) | Self::Sealed | Self::Busy | Self::Unprotected(_) => false,
        }
    }
}

impl From<wasmtime::Error> for Failure {
    fn from(error: wasmtime::Error) -> Self {
        Self::Trapped(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "the isolate refused the call: {refusal:?}"),
            Self::Trapped(error) => write!(f, "the isolate trapped: {error:#}"),
            Self::Sealed => f.write_str("the service is sealed"),
            Self::Busy => f.write_str("too many calls wait for this tenant's isolate"),
            Self::Unprotected(error) => write!(f, "no stack to call an isolate from: {error}"),
        }
    }
}

impl std::error::Error for Failure {}

/// The two worlds have each its own generated copy of the same variant.
macro_rules! refusals {
    ($($error:ty)*) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                match error {
                    <$error>::Locked => Self::Locked,
                    <$error>::Foreign => Self::Foreign,
                    <$error>::Unsupported => Self::Unsupported,
                    <$error>::Invalid => Self::Invalid,
                    <$error>::Unverified => Self::Unverified,
                    <$error>::Failed => Self::Failed,
                }
            }
        }
    )*};
}

refusals! { Error super::bindings::root::exports::keycell::isolate::types::Error }

/// For calls that cannot be refused.
impl From<std::convert::Infallible> for Refusal {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
