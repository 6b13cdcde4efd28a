//! `keycell operator`: looks after the running service, through its Unix socket.

mod isolates;

use clap::Subcommand;

use super::{Result, start_log};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the isolates that live, and where in the process their memory is
    Isolates(isolates::Arguments),
}

pub(super) fn run(arguments: Arguments) -> Result {
    start_log("warn");
    match arguments.command {
        Command::Isolates(arguments) => isolates::run(&arguments),
    }
}
