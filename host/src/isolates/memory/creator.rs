//! The engine's source of linear memories.
#![expect(unsafe_code, reason = "the engine trusts that memory is as it was told")]

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use super::{
    Level, Levels,
    living::Registry,
    mapping::{GUARD, Mapping, RESERVED},
};

/// Makes linear memories at the best of a few levels that can be had.
pub struct Creator {
    levels: Levels,
    registry: Arc<Registry>,
    fallbacks: AtomicU64,
}

/// A linear memory.
struct Memory {
    mapping: Mapping,
    level: Level,
    creator: Arc<Creator>,
}

/// The same as a trait that the engine takes: memories keep their creator.
pub struct Shared(Arc<Creator>);

impl Creator {
    /// A creator for an engine, which keeps the registry.
    pub fn shared(levels: Levels, registry: Arc<Registry>) -> Arc<Shared> {
        Arc::new(Shared(Arc::new(Self { levels, registry, fallbacks: AtomicU64::new(0) })))
    }

    /// Makes `size` bytes accessible at the best level from `level` on; returns that level.
    fn extend(&self, mapping: &mut Mapping, size: usize, level: Level) -> std::io::Result<Level> {
        let mut refused = None;
        for level in self.levels.from(level).iter() {
            match mapping.extend(size, level) {
                Ok(()) => {
                    if let Some(error) = refused {
                        self.tell(level, &error);
                    }
                    return Ok(level);
                }
                Err(error) => refused = Some(error),
            }
        }
        Err(refused.unwrap_or_else(|| std::io::ErrorKind::OutOfMemory.into()))
    }

    /// Loudly, but a log is no place for thousands of the same line.
    fn tell(&self, level: Level, error: &std::io::Error) {
        let count = self.fallbacks.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_power_of_two() {
            let wanted = self.levels.wanted();
            tracing::error!(
                count,
                "isolates have memory at level {level} instead of {wanted}: {error}"
            );
        }
    }
}

// SAFETY: a memory has all the address space that is asked for, or is not made; the guards before
// and behind it are never accessible; its base never moves; its bytes are zero when they become
// accessible, since they come from the kernel.
unsafe impl MemoryCreator for Shared {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        _: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        if reserved != Some(RESERVED) || guard != GUARD {
            return Err("the engine counts on other reservations than are made".to_owned());
        }
        let creator = self.0.clone();
        let make = || -> std::io::Result<Memory> {
            let mut mapping = Mapping::reserve()?;
            let level = creator.extend(&mut mapping, minimum, creator.levels.wanted())?;
            creator.registry.add(mapping.base().addr(), minimum, level);
            Ok(Memory { mapping, level, creator: creator.clone() })
        };
        match make() {
            Ok(memory) => Ok(Box::new(memory)),
            Err(error) => Err(format!("there is no memory for an isolate: {error}")),
        }
    }
}

// SAFETY: the base is that of the mapping, which neither moves nor shrinks and is accessible as far
// as `byte_size` says.
unsafe impl LinearMemory for Memory {
    fn byte_size(&self) -> usize {
        self.mapping.accessible()
    }

    fn byte_capacity(&self) -> usize {
        RESERVED
    }

    fn grow_to(&mut self, size: usize) -> wasmtime::Result<()> {
        self.level = self.creator.extend(&mut self.mapping, size, self.level)?;
        let (base, size) = (self.mapping.base().addr(), self.mapping.accessible());
        self.creator.registry.add(base, size, self.level);
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.mapping.base()
    }
}

/// Out of the registry before the address can become another's.
impl Drop for Memory {
    fn drop(&mut self) {
        self.creator.registry.remove(self.mapping.base().addr());
    }
}
