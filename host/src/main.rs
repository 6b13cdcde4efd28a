//! `keycell`: arguments in, one subcommand run.

mod cli;

use std::process::ExitCode;

/// What is freed is wiped: bodies, plaintexts and secrets pass through buffers that nobody else wipes.
#[global_allocator]
static HEAP: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    cli::run()
}
