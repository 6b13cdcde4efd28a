//! `keycell-bench guest`: what happens inside an isolate, beside the same code compiled for this
//! machine, in the same run; what an isolate's start takes; and what an idle one occupies.

mod kinds;
mod operations;
mod starts;
mod world;

use std::fmt::Write;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;
use std::{fs, thread};

use cpu_time::ProcessTime;

use crate::report::{micros, spread};
use crate::{Failure, Result};
use operations::Operation;
use world::World;

/// How to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Rounds for each operation; the ratio is taken in each
    #[arg(long, default_value = "15")]
    rounds: NonZeroU32,
    /// Length of a round for each side, in milliseconds
    #[arg(long, default_value = "40")]
    milliseconds: NonZeroU32,
    /// Isolates to start, one after the other
    #[arg(long, default_value = "1000")]
    starts: NonZeroU32,
    /// Isolates to keep alive at once
    #[arg(long, default_value = "10000")]
    idle: NonZeroU32,
    /// Three rounds of 20 ms, 100 starts, 1000 isolates
    #[arg(long, conflicts_with_all = ["rounds", "milliseconds", "starts", "idle"])]
    quick: bool,
    /// Only operations whose names contain this text, and no starts
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Write the report to this file too
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Measures and prints the report.
pub(crate) fn run(options: &Options) -> Result<()> {
    let bench = Bench::new(options);
    let mut world = World::new()?;
    let mut report = bench.head()?;
    for (title, operations) in operations::TABLES {
        report.push_str(&table(title, &bench.rows(operations(&world)?)?));
    }
    report.push_str(&bench.boundary(&world)?);
    if options.only.is_none() {
        report.push_str(&starts::cold(&mut world, bench.starts)?);
        report.push_str(&starts::idle(&mut world, bench.idle)?);
    }
    print!("{report}");
    options.output.as_ref().map_or(Ok(()), |file| fs::write(file, &report))?;
    Ok(())
}

struct Bench {
    rounds: u32,
    round: Duration,
    starts: u32,
    idle: u32,
    only: String,
}

/// What both sides took in all rounds, in µs for each call.
struct Row {
    name: String,
    native: Vec<f64>,
    guest: Vec<f64>,
}

impl Bench {
    fn new(options: &Options) -> Self {
        let only = options.only.clone().unwrap_or_default();
        if options.quick {
            let round = Duration::from_millis(20);
            return Self { rounds: 3, round, starts: 100, idle: 1000, only };
        }
        Self {
            rounds: options.rounds.get(),
            round: Duration::from_millis(options.milliseconds.get().into()),
            starts: options.starts.get(),
            idle: options.idle.get(),
            only,
        }
    }

    fn head(&self) -> Result<String> {
        let (rounds, round, cores) = (self.rounds, self.round, thread::available_parallelism()?);
        let build =
            if cfg!(debug_assertions) { "unoptimised, figures mean nothing" } else { "release" };
        Ok(format!(
            "# Inside an isolate\n\n\
             Each call beside the same function of `keycell-core` compiled for this machine, with \
             all that its processor has.\n\n\
             - cores: {cores}; one thread calls, and waits for the thread that takes long calls\n\
             - rounds: {rounds} of about {round:?} for each side, native first, guest second\n\
             - times: processor time of this process, all threads\n\
             - ratio: time of the guest's calls divided by that of the native ones in the same \
             round; median, least and greatest of the rounds\n\
             - build of this program and of the native side: {build}\n"
        ))
    }

    fn rows(&self, operations: Vec<Operation<'_>>) -> Result<Vec<Row>> {
        let wanted = |operation: &Operation<'_>| operation.name.contains(&self.only);
        operations.into_iter().filter(wanted).map(|operation| self.row(operation)).collect()
    }

    /// Warms both sides up, and measures them in turns.
    fn row(&self, operation: Operation<'_>) -> Result<Row> {
        let Operation { name, stretch, mut native, mut guest } = operation;
        eprintln!("{name}");
        native()?;
        guest()?;
        let count = |call: &mut dyn FnMut() -> Result<()>| -> Result<u32> {
            let start = ProcessTime::now();
            let mut count = 0;
            while start.elapsed() < self.round * stretch {
                call()?;
                count += 1;
            }
            Ok(count)
        };
        let (natives, guests) = (count(&mut *native)?, count(&mut *guest)?);
        let mut row = Row { name, native: Vec::new(), guest: Vec::new() };
        for _ in 0..self.rounds {
            row.native.push(micros(time(&mut *native, natives)?) / f64::from(natives));
            row.guest.push(micros(time(&mut *guest, guests)?) / f64::from(guests));
        }
        Ok(row)
    }

    /// Calls that are refused before anything is computed: what is left is the way in and out.
    fn boundary(&self, world: &World) -> Result<String> {
        let mut text = "\n## A call across the boundary\n\n\
            Calls that are refused before anything is computed.\n\n\
            | call | µs | min to max |\n|---|--:|--:|\n"
            .to_owned();
        for operation in operations::refused(world)? {
            let Row { name, guest, .. } = self.row(operation)?;
            let [least, median, greatest] = spread(guest);
            writeln!(text, "| {name} | {median:.2} | {least:.2} to {greatest:.2} |")
                .expect("a String takes all that is written");
        }
        Ok(text)
    }
}

/// The processor time of this process: what else runs on the machine does not count.
fn time(call: &mut dyn FnMut() -> Result<()>, count: u32) -> Result<Duration> {
    let start = ProcessTime::now();
    for _ in 0..count {
        call()?;
    }
    Ok(start.elapsed())
}

fn table(title: &str, rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n## {title}\n\n\
         | call | native µs | guest µs | ratio | min to max |\n|---|--:|--:|--:|--:|\n"
    );
    for Row { name, native, guest } in rows {
        let ratios = guest.iter().zip(native).map(|(guest, native)| guest / native);
        let [least, ratio, greatest] = spread(ratios.collect());
        let ([_, native, _], [_, guest, _]) = (spread(native.clone()), spread(guest.clone()));
        writeln!(
            text,
            "| {name} | {native:.1} | {guest:.1} | {ratio:.2} | {least:.2} to {greatest:.2} |"
        )
        .expect("a String takes all that is written");
    }
    text
}

impl From<keycell::isolates::Failure> for Failure {
    fn from(failure: keycell::isolates::Failure) -> Self {
        Self::new(failure.to_string())
    }
}

impl From<keycell_core::error::Error> for Failure {
    fn from(error: keycell_core::error::Error) -> Self {
        Self::new(format!("the native side refused the call: {error:?}"))
    }
}
