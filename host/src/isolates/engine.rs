//! The engine that runs isolates, and what every isolate is limited to.

use std::{sync::Arc, time::Instant};

use sha2::{Digest, Sha256};
use wasmtime::{
    Config, Engine, Store, StoreLimits, StoreLimitsBuilder,
    component::{Component, HasSelf, Linker},
};

use crate::wire::hex;

use super::{
    bindings::tenant::wasi::random::random,
    time::{Budget, Meter, TICK},
};

/// A component, compiled, with the digest that names it in records and certificates.
#[derive(Clone)]
pub struct Compiled {
    /// Ready to instantiate.
    pub component: Component,
    /// SHA-256 of the component's bytes.
    pub digest: [u8; 32],
    /// The same, as 64 hexadecimal digits.
    pub digest_text: String,
}

/// What an isolate's store holds on the host's side: its limits and nothing else.
pub struct Limits {
    memory: StoreLimits,
    time: Meter,
}

/// The engine with the one function that isolates may import.
#[derive(Clone)]
pub struct Machine {
    engine: Engine,
    linker: Arc<Linker<Limits>>,
}

impl Machine {
    /// An engine whose time runs: a thread of its own counts epochs until the engine is gone.
    pub fn new() -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config
            .concurrency_support(false)
            .wasm_wide_arithmetic(true)
            .wasm_relaxed_simd(true)
            .wasm_memory64(false)
            .wasm_multi_memory(false)
            .wasm_tail_call(false)
            .epoch_interruption(true)
            .max_wasm_stack(STACK)
            .memory_init_cow(false)
            .memory_reservation(4 << 30)
            .memory_guard_size(GUARD)
            .wasm_backtrace_max_frames(None)
            .cranelift_opt_level(wasmtime::OptLevel::Speed);
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        random::add_to_linker::<_, HasSelf<Limits>>(&mut linker, |limits| limits)?;
        let weak = engine.weak();
        std::thread::Builder::new().name("keycell-epoch".into()).spawn(move || {
            let mut next = Instant::now();
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                // After a pause of the whole machine no ticks are made up for.
                next = (next + TICK).max(Instant::now());
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        })?;
        Ok(Self { engine, linker: Arc::new(linker) })
    }

    /// Compiles a component.
    pub fn compile(&self, bytes: &[u8]) -> wasmtime::Result<Compiled> {
        let component = Component::from_binary(&self.engine, bytes)?;
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        Ok(Compiled { component, digest, digest_text: hex(&digest) })
    }

    /// A fresh store: one for each instance, never used again.
    pub fn store(&self) -> Store<Limits> {
        let memory = StoreLimitsBuilder::new()
            .memory_size(MEMORY)
            .instances(8)
            .memories(1)
            .tables(8)
            .table_elements(4096)
            .build();
        let limits = Limits { memory, time: Meter::new(Budget::Short) };
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| &mut limits.memory);
        store.set_hostcall_fuel(HOSTCALL_FUEL);
        store.epoch_deadline_callback(|mut store| store.data_mut().time.look());
        store
    }

    /// What components are linked with.
    pub fn linker(&self) -> &Linker<Limits> {
        &self.linker
    }
}

/// Sets the time that the next call may use; if that is not enough, it traps.
pub fn limit_time(store: &mut Store<Limits>, budget: Budget) {
    store.data_mut().time = Meter::new(budget);
    store.set_epoch_deadline(1);
}

/// The one import: 64 bits from the kernel, in no buffer that stays.
impl random::Host for Limits {
    fn get_random_u64(&mut self) -> u64 {
        getrandom::u64().expect("getrandom(2) does not fail once the kernel has booted")
    }
}

/// Linear memory, in bytes. A tenant isolate starts with 1.1 MiB, most of it untouched stack.
const MEMORY: usize = 16 << 20;
/// The native stack that a call may use, in bytes.
const STACK: usize = 512 << 10;
/// Behind the 4 GiB of a 32-bit memory, so that no access needs a bounds check.
const GUARD: u64 = 32 << 20;
/// What the results of one call may make the host allocate, in bytes: the largest are a ciphertext
/// of 6 KiB and a data key pair.
const HOSTCALL_FUEL: usize = 128 << 10;
