//! The engine that runs isolates, and what every isolate is limited to.

use std::{path::PathBuf, sync::Arc, time::Instant};

use sha2::{Digest, Sha256};
use wasmtime::{
    Config, Engine, Store, StoreLimits, StoreLimitsBuilder,
    component::{Component, HasSelf, Linker},
};

use crate::{
    hygiene::{CALL_STACK, Keep},
    wire::hex,
};

use super::{
    bindings::tenant::wasi::random::random,
    memory::{Creator, GUARD, Level, Levels, RESERVED, Registry},
    native,
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
    /// What an instance's memory has at first, in bytes.
    pub memory: usize,
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
    keep: Keep,
    registry: Arc<Registry>,
    linker: Arc<Linker<Limits>>,
}

impl Machine {
    /// An engine whose time runs: a thread of its own counts epochs until the engine is gone. The
    /// levels of memory are those that work here.
    pub fn new(memory: &Levels) -> wasmtime::Result<Self> {
        let registry = Arc::new(Registry::default());
        let mut config = Config::new();
        config
            .concurrency_support(false)
            .wasm_wide_arithmetic(true)
            .wasm_relaxed_simd(true)
            .wasm_memory64(false)
            .wasm_multi_memory(false)
            .wasm_tail_call(false)
            .epoch_interruption(true)
            .max_wasm_stack(CALL_STACK)
            .memory_init_cow(false)
            .with_host_memory(Creator::shared(memory.clone(), registry.clone()))
            .memory_reservation(u64::try_from(RESERVED)?)
            .memory_guard_size(u64::try_from(GUARD)?)
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
        let keep = match memory.wanted() {
            Level::Off => Keep::Undumpable,
            Level::Locked | Level::Secret if memory.is_order() => Keep::Locked,
            Level::Locked | Level::Secret => Keep::LockedIfPossible,
        };
        Ok(Self { engine, keep, registry, linker: Arc::new(linker) })
    }

    /// How the stacks of threads are kept that call instances.
    pub fn keep(&self) -> Keep {
        self.keep
    }

    /// The memories that are there.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Writes native images of components beside the executable.
    pub fn write_images(&self, components: &[&[u8]]) -> wasmtime::Result<Vec<PathBuf>> {
        native::write(&self.engine, components)
    }

    /// Compiles a component, or loads what was compiled before.
    pub fn compile(&self, bytes: &[u8]) -> wasmtime::Result<Compiled> {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let component = native::component(&self.engine, bytes, &digest)?;
        let resources = component.resources_required();
        let pages = resources.and_then(|resources| resources.max_initial_memory_size);
        let memory = usize::try_from(pages.unwrap_or(0))?.saturating_mul(64 << 10);
        Ok(Compiled { component, digest, digest_text: hex(&digest), memory })
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
/// What the results of one call may make the host allocate, in bytes: the largest are a ciphertext
/// of 6 KiB and a data key pair.
const HOSTCALL_FUEL: usize = 128 << 10;
