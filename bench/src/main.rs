//! `keycell-bench`: measures what the README promises, and prints it as Markdown tables.
#![expect(clippy::print_stdout, reason = "the report is what this program is for")]
#![expect(clippy::print_stderr, reason = "progress goes beside the report, not into it")]

mod decide;
mod guest;
mod lookup;
mod trail;
mod wire;

mod client;
mod echo;
mod report;
mod requests;
mod scratch;
mod server;
mod sign;
mod subject;

use std::fmt;
use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// Measures Keycell.
#[derive(Parser)]
#[command(name = "keycell-bench")]
enum Command {
    /// Signed Encrypt over HTTP, beside a bare server that answers the same bytes.
    Wire(wire::Options),
    /// The same with the trail, beside the same service without it.
    Trail(trail::Options),
    /// Each call into an isolate, beside the same code outside; starts; idle isolates.
    Guest(guest::Options),
    /// Whether a caller may: large policies, beside the default one.
    Decide(decide::Options),
    /// The first page of lookups in a trail of millions of records.
    Lookup(lookup::Options),
    /// The bare server itself, as `wire` starts it.
    #[command(hide = true)]
    Echo(echo::Options),
}

fn main() -> ExitCode {
    let outcome = match Command::parse() {
        Command::Wire(options) => until_stopped(wire::run(&options)),
        Command::Trail(options) => until_stopped(trail::run(&options)),
        Command::Guest(options) => guest::run(&options),
        Command::Decide(options) => decide::run(&options),
        Command::Lookup(options) => lookup::run(&options),
        Command::Echo(options) => echo::run(options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("keycell-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Runs on one thread: the client is the cheaper for it, and leaves the other cores to the server.
/// A signal ends the run by way of `Drop`, so that no server outlives it.
fn until_stopped(run: impl Future<Output = Result<()>>) -> Result<()> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            outcome = run => outcome,
            _ = interrupt.recv() => Err(Failure::new("interrupted")),
            _ = terminate.recv() => Err(Failure::new("terminated")),
        }
    })
}

/// Why there is no report. All failures are told to the person who runs the benchmark, so text
/// is enough.
#[derive(Debug)]
struct Failure(String);

type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}
