//! `keycell trail`: reads the audit trail, whether the server runs or not.

mod search;
mod tail;
mod verify;
mod verify_url;

use std::{io::Write, path::PathBuf};

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
    /// Prove that nothing was changed, removed or put in; exit status 1 if anything was
    Verify {
        /// What was delivered there is verified, not the data folder's own trail: a folder,
        /// s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX
        url: Option<String>,
        #[command(flatten)]
        data: DataFolder,
        /// The public keys to trust, as ListPublicKeys answers; else those of the data folder
        #[arg(long, value_name = "FILE", requires = "url")]
        public_keys: Option<PathBuf>,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result {
    match &arguments.command {
        Command::Tail(arguments) => tail::run(arguments),
        Command::Search(arguments) => search::run(arguments),
        Command::Verify { url: Some(url), data, public_keys } => {
            verify_url::run(url, data, public_keys.as_deref())
        }
        Command::Verify { url: None, data, public_keys: _ } => verify::run(data),
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
