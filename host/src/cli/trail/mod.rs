//! `keycell trail`: reads the audit trail, whether the server runs or not.

mod search;
mod tail;

use std::io::Write;

use clap::Subcommand;

use super::{DataFolder, Result};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the last records, one a line
    Tail(tail::Arguments),
    /// Print the records that have all that is asked for, newest first
    Search(search::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> Result {
    match &arguments.command {
        Command::Tail(arguments) => tail::run(arguments),
        Command::Search(arguments) => search::run(arguments),
    }
}

/// Prints a line for each; false if nobody reads them any more.
fn print<L: AsRef<[u8]>>(lines: &[L]) -> Result<bool> {
    let mut out = std::io::stdout().lock();
    let mut write = || -> std::io::Result<()> {
        for line in lines {
            out.write_all(line.as_ref())?;
            out.write_all(b"\n")?;
        }
        out.flush()
    };
    match write() {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}
