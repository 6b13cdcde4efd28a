//! `keycell`: arguments in, one subcommand run.

mod cli;

use std::process::ExitCode;

/// What is freed is wiped: bodies, plaintexts and secrets pass through buffers that nobody else
/// wipes.
#[global_allocator]
static HEAP: zeroizing_alloc::ZeroAlloc<mimalloc::MiMalloc> =
    zeroizing_alloc::ZeroAlloc(mimalloc::MiMalloc);

fn main() -> ExitCode {
    cli::run()
}
