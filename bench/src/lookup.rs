//! `keycell-bench lookup`: how long the first page of a lookup in the history of events takes, in a
//! trail of millions of records that is written for it and removed afterwards. In this process,
//! through `keycell::audit` as the service does it.

mod world;

use std::fmt::Write;
use std::fs::{self, File};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keycell::audit::entry::{Field, Term};
use keycell::audit::history::{History, Query};
use keycell::audit::{index, indexer, read};
use rustix::fs::Advice;

use crate::report::{micros, percentiles};
use crate::scratch::Scratch;
use crate::{Failure, Result};

/// How to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Records in the trail; a million take a gigabyte
    #[arg(long, default_value = "10000000")]
    records: NonZeroU32,
    /// Lookups of each kind, of each state of the caches
    #[arg(long, default_value = "30")]
    lookups: NonZeroU32,
    /// Where the trail is written, and removed again
    #[arg(long, value_name = "DIR", default_value = ".")]
    scratch: PathBuf,
    /// Write the report to this file too
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What the caches have when a lookup begins.
#[derive(Clone, Copy)]
enum State {
    /// All that the lookups before have left.
    Warm,
    /// The process knows nothing, as at its start.
    Fresh,
    /// Nor does the kernel.
    Cold,
}

/// Measures and prints the report.
pub(crate) fn run(options: &Options) -> Result<()> {
    let scratch = Scratch::new(&options.scratch)?;
    let folder = scratch.path("trail");
    eprintln!("writing {} records", options.records);
    world::write(&folder, options.records.get())?;
    let size = Size::of(&folder, options.records.get())?;
    let mut report = size.report(options.records.get());
    let title = "| lookup | found | warm p50 / p99 / worst ms | fresh | cold |\n\
                 |:--|--:|--:|--:|--:|\n";
    report.push_str(title);
    for (name, terms) in kinds() {
        eprintln!("looking up {name}");
        let kind = Kind { folder: &folder, terms: &terms, count: options.lookups.get() };
        let (found, _) = kind.look(&History::new(folder.clone()))?;
        let [warm, fresh, cold] =
            [kind.measure(State::Warm)?, kind.measure(State::Fresh)?, kind.measure(State::Cold)?];
        writeln!(report, "| {name} | {found} | {warm} | {fresh} | {cold} |")
            .expect("a String takes all that is written");
    }
    print!("{report}");
    options.output.as_ref().map_or(Ok(()), |file| fs::write(file, &report))?;
    Ok(())
}

/// What is looked up in the account that calls most, and what in one that calls seldom.
fn kinds() -> Vec<(&'static str, Vec<Term>)> {
    let of = |account: u64, terms: &[(Field, &str)]| {
        let place = [
            Term::new(Field::Account, world::account(account)),
            Term::new(Field::Region, world::REGION),
        ];
        let terms = terms.iter().map(|(field, value)| Term::new(*field, *value));
        terms.chain(place).collect::<Vec<_>>()
    };
    let (user, key) = (world::user(0), world::key(0));
    let (other, rare) = (world::user(77_777), world::key(4_999));
    let first = world::event_id(17);
    vec![
        ("all events", of(0, &[])),
        ("all events of a small account", of(99, &[])),
        ("EventName, common", of(0, &[(Field::EventName, "Encrypt")])),
        ("EventName, rare", of(0, &[(Field::EventName, "CreateKey")])),
        ("EventName, absent", of(0, &[(Field::EventName, "PutKeyPolicy")])),
        ("ReadOnly false", of(0, &[(Field::ReadOnly, "false")])),
        ("Username, common", of(0, &[(Field::Username, &user)])),
        ("Username, rare", of(0, &[(Field::Username, &other)])),
        ("Username, absent", of(0, &[(Field::Username, "nobody")])),
        ("Username, of other accounts only", of(99, &[(Field::Username, &user)])),
        ("ResourceName, common", of(0, &[(Field::ResourceName, &key)])),
        ("ResourceName, rare", of(0, &[(Field::ResourceName, &rare)])),
        ("EventId, one of the oldest", of(0, &[(Field::EventId, &first)])),
    ]
}

/// One kind of lookup.
struct Kind<'a> {
    folder: &'a Path,
    terms: &'a [Term],
    count: u32,
}

impl Kind<'_> {
    fn look(&self, history: &History) -> Result<(usize, Duration)> {
        let query = Query { terms: self.terms.to_vec(), ..Query::default() };
        let start = Instant::now();
        history.catch_up(u64::MAX)?;
        let mut found = 0;
        // A page of fifty, and whether there is another.
        for hit in history.search(query, PAGE)?.take(PAGE) {
            hit?;
            found += 1;
        }
        Ok((found, start.elapsed()))
    }

    /// `p50 / p99 / worst` in milliseconds.
    fn measure(&self, state: State) -> Result<String> {
        let history = History::new(self.folder.to_owned());
        // What the growing segment has is in the memory of a service that has run for a second.
        history.catch_up(u64::MAX)?;
        let mut times = Vec::new();
        for _ in 0..self.count {
            if let State::Cold = state {
                evict(self.folder)?;
            }
            let time = match state {
                State::Warm => self.look(&history)?.1,
                State::Fresh | State::Cold => {
                    history.forget();
                    self.look(&history)?.1
                }
            };
            times.push(time);
        }
        let [middle, high] = percentiles(&times).map(millis);
        let worst = times.iter().max().copied().map_or(0.0, millis);
        Ok(format!("{middle:.1} / {high:.1} / {worst:.1}"))
    }
}

fn millis(time: Duration) -> f64 {
    micros(time) / 1e3
}

/// Takes the trail out of the kernel's memory.
fn evict(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let file = File::open(entry?.path())?;
        rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)
            .map_err(|error| Failure::new(error.to_string()))?;
    }
    Ok(())
}

/// What the trail and its indexes take.
struct Size {
    trail: u64,
    indexes: u64,
    indexed: u64,
    time: Duration,
}

impl Size {
    /// Makes the indexes.
    fn of(folder: &Path, records: u32) -> Result<Self> {
        eprintln!("indexing");
        let mut size = Self { trail: 0, indexes: 0, indexed: 0, time: Duration::ZERO };
        let segments = read::segments(folder)?;
        let finished = segments.len().saturating_sub(1);
        let start = Instant::now();
        for (_, segment) in segments.iter().take(finished) {
            indexer::make(segment, &|| false)?;
        }
        size.time = start.elapsed();
        for (_, segment) in &segments {
            size.trail += fs::metadata(segment)?.len();
        }
        for (_, segment) in segments.iter().take(finished) {
            let length = fs::metadata(segment)?.len();
            let index = index::Index::open(segment, length);
            let index = index.map_err(|error| Failure::new(format!("{error:?}")))?;
            size.indexes += index.length();
            size.indexed += u64::from(index.records());
        }
        if size.indexed == 0 || size.indexed > u64::from(records) {
            return Err(Failure::new("too few records for a finished segment"));
        }
        Ok(size)
    }

    fn report(&self, records: u32) -> String {
        let Self { trail, indexes, indexed, time } = self;
        format!(
            "## Lookups in a trail of {records} records\n\n\
             {:.0} bytes a record, {:.1} bytes of index; {:.0} records indexed in a second, by one \
             thread.\n\n",
            *trail as f64 / f64::from(records),
            *indexes as f64 / *indexed as f64,
            *indexed as f64 / time.as_secs_f64(),
        )
    }
}

/// What a page of fifty events asks for.
const PAGE: usize = 51;
