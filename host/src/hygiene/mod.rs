//! Where secrets must not stay or be seen outside of isolates' linear memory: stacks, registers,
//! core files and other processes. Linear memory itself is the affair of `isolates::memory`.

mod mappings;
mod scrub;
mod stack;

use std::io;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, dumpable_behavior, getrlimit, set_dumpable_behavior,
    setrlimit,
};

pub use mappings::{Mapping, mapping_at};
pub use scrub::{scrub_signal_stack, scrubbed};
pub use stack::{CALL_STACK, Keep, LOCKED_STACK, protect_stack};

/// From now on no core file is written of this process, and no process of the same user may look
/// into it. Read back, not assumed.
///
/// `KEYCELL_TEST_DUMPABLE=1` in the environment does the opposite. It is for tests only: they prove
/// by a core file that isolate memory is in none, whoever dumps it.
pub fn close_process() -> io::Result<()> {
    let core = getrlimit(Resource::Core);
    if std::env::var_os("KEYCELL_TEST_DUMPABLE").is_some_and(|value| value == "1") {
        tracing::warn!("KEYCELL_TEST_DUMPABLE is set: this process may be dumped");
        set_dumpable_behavior(DumpableBehavior::Dumpable)?;
        let raised = Rlimit { current: core.maximum, maximum: core.maximum };
        return Ok(setrlimit(Resource::Core, raised)?);
    }
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let is_closed = getrlimit(Resource::Core).current == Some(0)
        && dumpable_behavior()? == DumpableBehavior::NotDumpable;
    if is_closed { Ok(()) } else { Err(io::Error::other("the process can still be dumped")) }
}
