//! `keycell-bench wire`: signed Encrypt of 32 bytes over HTTP, as a ratio to a bare server that is
//! sent the same bytes by the same client in the same run.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use crate::report::{self, Row};
use crate::requests::{MOST_REQUESTS, Pool, WARM_UP_REQUESTS};
use crate::scratch::Scratch;
use crate::sign::Credential;
use crate::subject::{Subject, echo, measure, signer};
use crate::{Failure, Result};

/// How to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The server binary [default: `keycell` beside this program]
    #[arg(long, value_name = "PATH")]
    keycell: Option<PathBuf>,
    /// Where servers keep their data: the disk to measure with [default: beside this program]
    #[arg(long, value_name = "FOLDER")]
    scratch: Option<PathBuf>,
    /// Rounds for each number of connections; the ratio is taken in each
    #[arg(long, default_value = "5")]
    rounds: NonZeroU32,
    /// Length of a round for each server, at most 30
    #[arg(long, default_value = "1.5", value_parser = report::seconds)]
    seconds: Duration,
    /// Two rounds of half a second
    #[arg(long, conflicts_with_all = ["rounds", "seconds"])]
    quick: bool,
    /// Write the report to this file too
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Measure the bare server against itself: the ratio's distance from 1 is the machine's noise
    #[arg(long, conflicts_with = "keycell")]
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
        report.push_str(&report::table(table.title, ["echo", bench.name()], &rows));
    }
    print!("{report}");
    options.output.as_ref().map_or(Ok(()), |file| fs::write(file, &report))?;
    Ok(())
}

struct Bench {
    /// This program, which is also the bare server.
    program: PathBuf,
    /// `None` in a self-check.
    keycell: Option<PathBuf>,
    scratch: PathBuf,
    rounds: u32,
    round: Duration,
}

impl Bench {
    fn new(options: &Options) -> Result<Self> {
        let program = env::current_exe()?;
        let beside = program.parent().expect("a program stands in a folder").to_owned();
        let keycell = if options.self_check {
            None
        } else {
            let keycell = options.keycell.clone().unwrap_or_else(|| beside.join("keycell"));
            Some(fs::canonicalize(keycell).map_err(|_| Failure::new(NO_KEYCELL))?)
        };
        let (rounds, round) = if options.quick {
            (2, Duration::from_millis(500))
        } else {
            (options.rounds.get(), options.seconds)
        };
        let scratch = options.scratch.clone().unwrap_or(beside);
        Ok(Self { program, keycell, scratch, rounds, round })
    }

    fn name(&self) -> &'static str {
        if self.keycell.is_some() { "keycell" } else { "echo again" }
    }

    fn head(&self) -> Result<String> {
        let disk = Scratch::new(&self.scratch)?.described()?;
        let (name, rounds, seconds) = (self.name(), self.rounds, self.round.as_secs_f64());
        let cores = thread::available_parallelism()?;
        let build =
            if cfg!(debug_assertions) { "unoptimised, figures mean nothing" } else { "release" };
        Ok(format!(
            "# Encrypt over the wire\n\n\
             Signed KMS Encrypt of 32 bytes over HTTP/1.1 without TLS, beside a bare hyper server \
             that answers as many bytes.\n\n\
             - cores: {cores}, shared by the client, the bare server and {name}\n\
             - disk: {disk}\n\
             - rounds: {rounds} of at most {seconds} s or {MOST_REQUESTS} requests for each \
             server, echo first, {name} second, with the same requests, each signed by itself \
             before the round\n\
             - load: one request in flight on each connection\n\
             - ratio: requests per second of {name} divided by those of echo in the same round; \
             median, least and greatest of the rounds\n\
             - CPU: user and system time of the server process for each request\n\
             - build of this program: {build}\n"
        ))
    }

    /// Fresh servers, some warming up, and all rounds for one number of connections.
    async fn row(&self, connections: usize, sync_delay_ms: u32) -> Result<Row> {
        let scratch = Scratch::new(&self.scratch)?;
        let credential = Credential::random()?;
        let subject = match &self.keycell {
            Some(keycell) => {
                let command = Command::new(keycell);
                Subject::keycell(command, &scratch, &credential, sync_delay_ms).await?
            }
            None => Subject::echo(&self.program, &scratch).await?,
        };
        let echo = echo(&self.program, &subject.answer, scratch.path("echo.log")).await?;

        let mut numbers = 0..WARM_UP_REQUESTS;
        let mut row = Row::new(connections);
        for round in 0..=self.rounds {
            let signer = signer(&credential, subject.server.address());
            let pool = Arc::new(Pool::encrypt(&signer, &subject.key_id, numbers.clone())?);
            let of_echo = measure(&echo, connections, &pool, self.round).await?;
            let of_subject = measure(&subject.server, connections, &pool, self.round).await?;
            if round == 0 {
                // The warm-up only tells how many requests the faster server can need in a round.
                let rate = of_echo.0.rate().max(of_subject.0.rate());
                let needed = rate * self.round.as_secs_f64() * 1.25;
                numbers = numbers.end..numbers.end + (needed as usize).min(MOST_REQUESTS);
            } else {
                row.add(of_echo, of_subject);
                numbers = numbers.end..numbers.end + numbers.len();
            }
        }
        Ok(row)
    }
}

struct Table {
    title: &'static str,
    connections: &'static [usize],
    sync_delay_ms: u32,
}

const TABLES: [Table; 2] = [
    Table { title: "On this disk", connections: &[1, 16, 64], sync_delay_ms: 0 },
    Table { title: "With 2 ms added to each sync", connections: &[1, 64, 256], sync_delay_ms: 2 },
];

const NO_KEYCELL: &str = "there is no server binary: build `keycell` beside this program with \
    `cargo build --release -p keycell`, or name one with --keycell";
