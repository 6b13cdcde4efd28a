//! The command line: one file a subcommand.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

mod account;
mod compile;
mod operator;
mod serve;
mod trail;
mod version;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use tracing::Level;
use tracing_subscriber::{filter::Targets, prelude::*};

/// A self-hosted key management service: the AWS KMS API, one isolate per tenant.
#[derive(Parser)]
#[command(name = "keycell", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service
    Serve(serve::Arguments),
    /// Manage accounts and their root credentials
    Account(account::Arguments),
    /// Look after the running service: its seal, its root keys, its isolates
    Operator(operator::Arguments),
    /// Read the audit trail
    Trail(trail::Arguments),
    /// Compile the components for this machine, so that the service starts at once
    Compile,
    /// Tell the version and the digests of the components
    Version(version::Arguments),
}

/// The data folder, for every subcommand that needs it.
#[derive(clap::Args)]
struct DataFolder {
    /// The data folder
    #[arg(long = "data", value_name = "DIR", default_value = "keycell-data")]
    path: PathBuf,
    /// The configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Runs what the arguments ask for. Exit status 1 if it fails, 2 if it is not understood.
pub fn run() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Account(arguments) => account::run(arguments),
        Command::Operator(arguments) => operator::run(arguments),
        Command::Trail(arguments) => trail::run(&arguments),
        Command::Compile => compile::run(),
        Command::Version(arguments) => version::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("keycell: {error}");
            let causes = std::iter::successors(error.source(), |error| error.source());
            causes.for_each(|cause| eprint!(": {cause}"));
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

/// The environment, as far as it is text.
fn environment() -> impl Iterator<Item = (String, String)> {
    let all = std::env::vars_os();
    all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Log lines for operators, on standard error: `KEYCELL_LOG` tells how many, and
/// `KEYCELL_LOG_FORMAT` whether each is a JSON object.
fn start_log(default: Level) {
    let filter = std::env::var("KEYCELL_LOG").ok().and_then(|asked| asked.parse().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(default));
    let log = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match std::env::var("KEYCELL_LOG_FORMAT").as_deref() {
        Ok("json") => log.with(lines.json().flatten_event(true)).init(),
        Ok(_) | Err(_) => log.with(lines).init(),
    }
}
