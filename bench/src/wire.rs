//! `keycell-bench wire`: signed Encrypt of 32 bytes over HTTP, as a ratio to a bare server that is
//! sent the same bytes by the same client in the same run.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use jiff::Timestamp;

use crate::client::{self, Connection, Phase};
use crate::report::{self, Row, micros, percentiles};
use crate::requests::{self, Pool};
use crate::scratch::{SYNCS, Scratch};
use crate::server::Server;
use crate::sign::{Credential, Signer};
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
    #[arg(long, default_value = "1.5", value_parser = seconds)]
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
        report.push_str(&report::table(table.title, bench.name(), &rows));
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
        let [p50, p99] = percentiles(&Scratch::new(&self.scratch)?.sync_times()?).map(micros);
        let (name, rounds, seconds) = (self.name(), self.rounds, self.round.as_secs_f64());
        let cores = thread::available_parallelism()?;
        let build =
            if cfg!(debug_assertions) { "unoptimised, figures mean nothing" } else { "release" };
        Ok(format!(
            "# Encrypt over the wire\n\n\
             Signed KMS Encrypt of 32 bytes over HTTP/1.1 without TLS, beside a bare hyper server \
             that answers as many bytes.\n\n\
             - cores: {cores}, shared by the client, the bare server and {name}\n\
             - disk: fdatasync after an append of 32 KiB takes {p50:.0} µs (p50), \
             {p99:.0} µs (p99) of {SYNCS}\n\
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
                Subject::keycell(keycell, &scratch, &credential, sync_delay_ms).await?
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

/// The measured server, ready to encrypt.
struct Subject {
    server: Server,
    key_id: String,
    answer: AnswerShape,
}

impl Subject {
    async fn keycell(
        keycell: &Path,
        scratch: &Scratch,
        credential: &Credential,
        sync_delay_ms: u32,
    ) -> Result<Self> {
        let config = scratch.path("keycell.toml");
        fs::write(&config, format!("[trail]\nsync_delay_ms = {sync_delay_ms}\n"))?;
        let mut command = Command::new(keycell);
        command.env_clear();
        command.env("KEYCELL_ACCOUNT_ID", "111122223333");
        command.env("KEYCELL_ROOT_ACCESS_KEY_ID", &credential.access_key_id);
        command.env("KEYCELL_ROOT_SECRET_ACCESS_KEY", &credential.secret);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(scratch.folder("data")?);
        if sync_delay_ms > 0 {
            let config = scratch.path("keycell.toml");
            fs::write(&config, format!("[trail]\nsync_delay_ms = {sync_delay_ms}\n"))?;
            command.arg("--config").arg(config);
        }
        let server = Server::start(command, scratch.path("keycell.log")).await?;
        let ready = prepare(server.address(), credential).await;
        let (key_id, answer) = ready.map_err(|failure| server.blamed(failure))?;
        Ok(Self { server, key_id, answer })
    }

    async fn echo(program: &Path, scratch: &Scratch) -> Result<Self> {
        let key_id = "00000000-0000-4000-8000-000000000000".to_owned();
        let headers = vec!["content-type: application/x-amz-json-1.1".to_owned()];
        let answer = AnswerShape { headers, body_bytes: 300 };
        let server = echo(program, &answer, scratch.path("subject.log")).await?;
        Ok(Self { server, key_id, answer })
    }
}

/// Makes a key and encrypts once, to learn what an answer looks like.
async fn prepare(address: SocketAddr, credential: &Credential) -> Result<(String, AnswerShape)> {
    let signer = signer(credential, address);
    let mut connection = Connection::open(address).await?;
    let created = connection.exchange(requests::create_key(&signer).as_bytes()).await?;
    let key_id = requests::key_id(created.body)?;
    let pool = Pool::encrypt(&signer, &key_id, 0..1)?;
    let answer = connection.exchange(pool.get(0).expect("the pool holds one request")).await?;
    if !requests::has_ciphertext(answer.body) {
        return Err(Failure::new("Encrypt's answer holds no ciphertext"));
    }
    Ok((key_id, AnswerShape::of(&answer)))
}

/// What the bare server needs to know to answer as many bytes.
struct AnswerShape {
    headers: Vec<String>,
    body_bytes: usize,
}

impl AnswerShape {
    /// Of an answer, without the two headers that hyper makes itself.
    fn of(answer: &client::Answer<'_>) -> Self {
        let head = String::from_utf8_lossy(answer.head).to_ascii_lowercase();
        let own = |line: &&str| !line.starts_with("date:") && !line.starts_with("content-length:");
        let headers = head.split("\r\n").skip(1).filter(own).map(str::to_owned).collect();
        Self { headers, body_bytes: answer.body.len() }
    }
}

async fn echo(program: &Path, answer: &AnswerShape, log: PathBuf) -> Result<Server> {
    let mut command = Command::new(program);
    command.env_clear();
    command.args(["echo", "--body-bytes", &answer.body_bytes.to_string()]);
    command.args(answer.headers.iter().map(|header| format!("--header={header}")));
    Server::start(command, log).await
}

/// Both servers see the same bytes, so both see the measured server's address as `Host`.
fn signer(credential: &Credential, host: SocketAddr) -> Signer {
    Signer::new(credential, host.to_string(), Timestamp::now())
}

async fn measure(
    server: &Server,
    connections: usize,
    pool: &Arc<Pool>,
    limit: Duration,
) -> Result<(Phase, Duration)> {
    let before = server.cpu()?;
    let phase = client::run(server.address(), connections, pool, limit).await;
    let phase = phase.map_err(|failure| server.blamed(failure))?;
    Ok((phase, server.cpu()?.saturating_sub(before)))
}

/// A signature is valid for five minutes, so a round stays far below that.
fn seconds(text: &str) -> Result<Duration> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let valid = seconds.filter(|seconds| (1..=30_000).contains(&seconds.as_millis()));
    valid.ok_or_else(|| Failure::new("not a number of seconds from 0.001 to 30"))
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

const WARM_UP_REQUESTS: usize = 20_000;

/// Bounds the memory that prepared requests take: about 100 MB.
const MOST_REQUESTS: usize = 150_000;

const NO_KEYCELL: &str = "there is no server binary: build `keycell` beside this program with \
    `cargo build --release -p keycell`, or name one with --keycell";
