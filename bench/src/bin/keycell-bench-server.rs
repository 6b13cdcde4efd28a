//! The service as `keycell serve` runs it, in a program of its own that can do what `keycell`
//! cannot: leave out the records, so that it can be measured what they cost.
#![expect(clippy::print_stderr, reason = "the benchmark reads there where this listens")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use keycell::accounts::{self, Preset};
use keycell::audit::trail::Recording;
use keycell::background::Background;
use keycell::clock::Clock;
use keycell::config::Config;
use keycell::isolates::Components;
use keycell::service::Service;
use keycell::{hygiene, server};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// As `keycell` has it.
#[global_allocator]
static HEAP: zeroizing_alloc::ZeroAlloc<mimalloc::MiMalloc> =
    zeroizing_alloc::ZeroAlloc(mimalloc::MiMalloc);

/// Serves until it is told to stop.
#[derive(Parser)]
struct Arguments {
    /// Record nothing: for measurements only
    #[arg(long)]
    without_records: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// As `keycell serve`
    Serve {
        /// The data folder
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The configuration file
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Where clients connect
        #[arg(long, value_name = "ADDR")]
        listen: SocketAddr,
    },
}

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("keycell-bench-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    hygiene::close_process()?;
    let Command::Serve { data, config, listen } = arguments.command;
    let mut config = Config::read(data, listen, config.as_deref())?;
    if arguments.without_records {
        config.trail.recording = Recording::Off;
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(config))
}

async fn serve(config: Config) -> Result {
    let mut terminate = signal(SignalKind::terminate())?;
    let service = Service::open(&config, &Components::built_in(), Clock::system()).await?;
    let service = Arc::new(service);
    let value = |name: &str| std::env::var(name);
    let account = Some(value("KEYCELL_ACCOUNT_ID")?.parse().map_err(|_| "no account id")?);
    let (id, secret) =
        (value("KEYCELL_ROOT_ACCESS_KEY_ID")?, value("KEYCELL_ROOT_SECRET_ACCESS_KEY")?);
    accounts::first(&service, Preset { account, key: Some((id, secret.into())) }).await?;
    let listener = TcpListener::bind(config.listen).await?;
    let background = Background::start(&service);
    eprintln!("listening on http://{}", listener.local_addr()?);
    let stop_signal = async move {
        terminate.recv().await;
    };
    let served = server::serve(service, listener, stop_signal).await;
    background.stop().await?;
    Ok(served?)
}
