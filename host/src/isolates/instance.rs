//! One instance of a component: called until it traps, and never again after that.

use wasmtime::Store;

use super::{
    bindings::{
        root::Root as RootWorld,
        tenant::{Tenant as TenantWorld, exports::keycell::isolate::types::Error},
    },
    engine::{Compiled, Limits, Machine, limit_time},
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
}

/// What a call returns on wasmtime's side.
pub type Outcome<T, E> = wasmtime::Result<Result<T, E>>;

impl Instance<TenantWorld> {
    /// A locked tenant isolate.
    pub fn tenant(machine: &Machine, compiled: &Compiled) -> Result<Self, Failure> {
        let mut store = machine.store();
        limit_time(&mut store, Budget::Short);
        let world = TenantWorld::instantiate(&mut store, &compiled.component, machine.linker())?;
        Ok(Self { store, world })
    }
}

impl Instance<RootWorld> {
    /// A sealed root isolate.
    pub fn root(machine: &Machine, compiled: &Compiled) -> Result<Self, Failure> {
        let mut store = machine.store();
        limit_time(&mut store, Budget::Short);
        let world = RootWorld::instantiate(&mut store, &compiled.component, machine.linker())?;
        Ok(Self { store, world })
    }
}

impl<W> Instance<W> {
    /// One short call.
    pub fn call<T, E: Into<Refusal>>(
        &mut self,
        run: impl FnOnce(&W, &mut Store<Limits>) -> Outcome<T, E>,
    ) -> Result<T, Failure> {
        self.call_within(Budget::Short, run)
    }

    /// One call. After [`Failure::Trapped`] the instance must be dropped: its caller owns it.
    pub fn call_within<T, E: Into<Refusal>>(
        &mut self,
        budget: Budget,
        run: impl FnOnce(&W, &mut Store<Limits>) -> Outcome<T, E>,
    ) -> Result<T, Failure> {
        limit_time(&mut self.store, budget);
        run(&self.world, &mut self.store)?.map_err(|error| Failure::Refused(error.into()))
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
