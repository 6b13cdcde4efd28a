//! `keycell trail`: reads the audit trail, whether the server runs or not.

mod verify;
mod verify_url;

use std::{io::Write, path::PathBuf};

use clap::Subcommand;
use keycell::audit::read::Follower;

use super::{DataFolder, Result};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the last records, one a line
    Tail {
        #[command(flatten)]
        data: DataFolder,
        /// How many
        #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
        lines: usize,
        /// Go on with the records that are written from now on
        #[arg(short, long)]
        follow: bool,
    },
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
        Command::Tail { data, lines, follow } => tail(data, *lines, *follow),
        Command::Verify { url: Some(url), data, public_keys } => {
            verify_url::run(url, data, public_keys.as_deref())
        }
        Command::Verify { url: None, data, public_keys: _ } => verify::run(data),
    }
}

fn tail(data: &DataFolder, lines: usize, follow: bool) -> Result {
    let (last, mut follower) = Follower::after_last(&data.path.join("trail"), lines)?;
    if !print(&last)? || !follow {
        return Ok(());
    }
    loop {
        match follower.next_batch()? {
            Some(records) => {
                if !print(&records)? {
                    return Ok(());
                }
            }
            None => std::thread::sleep(std::time::Duration::from_millis(200)),
        }
    }
}

/// Prints records; false if nobody reads them any more.
fn print(records: &[Vec<u8>]) -> Result<bool> {
    let mut out = std::io::stdout().lock();
    let mut write = || -> std::io::Result<()> {
        for record in records {
            out.write_all(record)?;
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
