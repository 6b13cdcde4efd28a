//! `keycell-bench trail`: signed Encrypt of 32 bytes over HTTP with the trail, as a ratio to the
//! same service that records nothing, sent as many requests by the same client in the same run.

use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use crate::client::Phase;
use crate::report::{self, Row};
use crate::requests::{MOST_REQUESTS, Pool, WARM_UP_REQUESTS};
use crate::scratch::Scratch;
use crate::sign::Credential;
use crate::subject::{Subject, measure, signer};
use crate::{Failure, Result};

/// How to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where servers keep their data: the disk to measure with [default: beside this program]
    #[arg(long, value_name = "FOLDER")]
    scratch: Option<PathBuf>,
    /// Rounds for each number of connections; the ratio is taken in each
    #[arg(long, default_value = "9")]
    rounds: NonZeroU32,
    /// Length of a round for each server, at most 30
    #[arg(long, default_value = "1.5", value_parser = report::seconds)]
    seconds: Duration,
    /// Write the report to this file too
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Measure the service with the trail against itself: the ratio's distance from 1 is noise
    #[arg(long)]
    self_check: bool,
}

/// Measures, prints the report, and stops at the first answer that is not a 200.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let bench = Bench::new(options)?;
    let mut report = bench.head()?;
    for table in TABLES {
        let mut rows = Vec::new();
        for &connections in table.connections {
            eprintln!("{}: {connections} connections", table.title);
            rows.push(bench.row(connections, table.sync_delay_ms).await?);
        }
        report.push_str(&report::table(table.title, bench.names(), &rows));
    }
    print!("{report}");
    options.output.as_ref().map_or(Ok(()), |file| fs::write(file, &report))?;
    Ok(())
}

struct Bench {
    program: PathBuf,
    scratch: PathBuf,
    rounds: u32,
    round: Duration,
    self_check: bool,
}

/// A server with a number of its own for each of its requests.
struct Side {
    subject: Subject,
    credential: Credential,
    numbers: Range<usize>,
    _scratch: Scratch,
}

impl Bench {
    fn new(options: &Options) -> Result<Self> {
        let beside = env::current_exe()?;
        let beside = beside.parent().expect("a program stands in a folder").to_owned();
        let program = fs::canonicalize(beside.join(SERVER)).map_err(|_| Failure::new(NO_SERVER))?;
        let scratch = options.scratch.clone().unwrap_or(beside);
        let &Options { rounds, seconds, self_check, .. } = options;
        Ok(Self { program, scratch, rounds: rounds.get(), round: seconds, self_check })
    }

    fn names(&self) -> [&'static str; 2] {
        if self.self_check { ["one", "other"] } else { ["without", "with"] }
    }

    fn head(&self) -> Result<String> {
        let disk = Scratch::new(&self.scratch)?.described()?;
        let (rounds, seconds) = (self.rounds, self.round.as_secs_f64());
        let cores = thread::available_parallelism()?;
        let [without, with] = self.names();
        Ok(format!(
            "# What the trail costs\n\n\
             Signed KMS Encrypt of 32 bytes over HTTP/1.1 without TLS, of a service that makes \
             each record durable before it answers, beside the same program without records: none \
             is built, queued or synced.\n\n\
             - cores: {cores}, shared by the client and both servers\n\
             - disk: {disk}\n\
             - rounds: {rounds} of at most {seconds} s or {MOST_REQUESTS} requests for each \
             server; who begins alternates; each request is signed by itself before the round\n\
             - load: one request in flight on each connection\n\
             - ratio: requests per second of {with} divided by those of {without} in the same \
             round; median, least and greatest of the rounds\n\
             - CPU: user and system time of the server process for each request\n"
        ))
    }

    /// Fresh servers, some warming up, and all rounds for one number of connections.
    async fn row(&self, connections: usize, sync_delay_ms: u32) -> Result<Row> {
        let extra: &[&str] = if self.self_check { &[] } else { &["--without-records"] };
        let mut without = self.side(extra, sync_delay_ms).await?;
        let mut with = self.side(&[], sync_delay_ms).await?;
        let mut row = Row::new(connections);
        for round in 0..=self.rounds {
            let (of_without, of_with) = if round % 2 == 0 {
                let of_without = self.round(&mut without, connections).await?;
                (of_without, self.round(&mut with, connections).await?)
            } else {
                let of_with = self.round(&mut with, connections).await?;
                (self.round(&mut without, connections).await?, of_with)
            };
            // The first round warms up.
            if round > 0 {
                row.add(of_without, of_with);
            }
        }
        Ok(row)
    }

    async fn side(&self, arguments: &[&str], sync_delay_ms: u32) -> Result<Side> {
        let (scratch, credential) = (Scratch::new(&self.scratch)?, Credential::random()?);
        let command = command(&self.program, arguments);
        let subject = Subject::keycell(command, &scratch, &credential, sync_delay_ms).await?;
        Ok(Side { subject, credential, numbers: 0..WARM_UP_REQUESTS, _scratch: scratch })
    }

    async fn round(&self, side: &mut Side, connections: usize) -> Result<(Phase, Duration)> {
        let Subject { server, key_id, .. } = &side.subject;
        let signer = signer(&side.credential, server.address());
        let pool = Arc::new(Pool::encrypt(&signer, key_id, side.numbers.clone())?);
        let done = measure(server, connections, &pool, self.round).await?;
        // As many as can be needed in the next round.
        let needed = (done.0.rate() * self.round.as_secs_f64() * 1.25) as usize;
        let end = side.numbers.end;
        side.numbers = end..end + needed.clamp(1, MOST_REQUESTS);
        Ok(done)
    }
}

fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

struct Table {
    title: &'static str,
    connections: &'static [usize],
    sync_delay_ms: u32,
}

const TABLES: [Table; 2] = [
    Table { title: "On this disk", connections: &[64], sync_delay_ms: 0 },
    Table { title: "With 2 ms added to each sync", connections: &[64, 256], sync_delay_ms: 2 },
];

/// Beside this program.
const SERVER: &str = "keycell-bench-server";

const NO_SERVER: &str = "there is no `keycell-bench-server` beside this program: build it with \
    `cargo build --release -p keycell-bench`";
