//! The components as an embedder runs them: bindings made from the WIT, and one import.

use std::cell::Cell;

use keycell::isolates::Components;
use keycell_core::random::Drbg;
use wasmtime::{
    Config, Engine, Store,
    component::{Component, HasSelf, Linker},
};

pub(super) mod tenant {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "tenant",
        additional_derives: [PartialEq],
    });
}

pub(super) mod root {
    wasmtime::component::bindgen!({ path: "../wit", world: "root" });
}

use tenant::wasi::random::random;

/// An instance in a store of its own.
pub(super) struct Isolate<W> {
    pub(super) store: Store<Host>,
    pub(super) world: W,
}

/// What both kinds of isolates are made from.
pub(super) struct Machine {
    engine: Engine,
    linker: Linker<Host>,
    tenant: Component,
    root: Component,
}

impl Machine {
    pub(super) fn new() -> Self {
        let mut config = Config::new();
        config.wasm_wide_arithmetic(true).wasm_relaxed_simd(true);
        let engine = Engine::new(&config).expect("the engine takes the configuration");
        let mut linker = Linker::new(&engine);
        random::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host).expect("one import");
        let components = Components::built_in();
        let compile = |bytes: &[u8]| Component::from_binary(&engine, bytes).expect("it compiles");
        let (tenant, root) = (compile(&components.tenant), compile(&components.root));
        Self { engine, linker, tenant, root }
    }

    pub(super) fn tenant(&self, seed: u64) -> Isolate<tenant::Tenant> {
        let mut store = Store::new(&self.engine, Host(seed));
        let world = tenant::Tenant::instantiate(&mut store, &self.tenant, &self.linker);
        Isolate { world: world.expect("it has all its imports"), store }
    }

    pub(super) fn root(&self, seed: u64) -> Isolate<root::Root> {
        let mut store = Store::new(&self.engine, Host(seed));
        let world = root::Root::instantiate(&mut store, &self.root, &self.linker);
        Isolate { world: world.expect("it has all its imports"), store }
    }
}

/// The host's side of an isolate: a generator whose every bit the test knows.
pub(super) struct Host(u64);

impl random::Host for Host {
    fn get_random_u64(&mut self) -> u64 {
        next(&mut self.0)
    }
}

/// The generator of an isolate that was started with this seed, as it is right after its start.
pub(super) fn replay(seed: u64) -> Drbg {
    thread_local! { static STATE: Cell<u64> = const { Cell::new(0) } }
    STATE.set(seed);
    Drbg::new(|| {
        let mut state = STATE.get();
        let word = next(&mut state);
        STATE.set(state);
        word
    })
}

/// SplitMix64.
pub(super) fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
