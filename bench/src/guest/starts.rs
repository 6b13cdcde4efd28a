//! What the start of an isolate takes, and what an idle one occupies.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use keycell::isolates::{Encryption, Side, Tenant};

use super::world::{Key, Stored, World};
use crate::report::{micros, percentiles};
use crate::{Failure, Result};

/// Starts isolates, each of a tenant of its own.
pub(super) fn cold(world: &mut World, count: u32) -> Result<String> {
    eprintln!("starts");
    let mut rows = ["open", "first Encrypt", "open and first Encrypt"].map(Row::new);
    // The first of all starts finds nothing in any cache, and is not counted.
    for (number, tenant) in tenants(world, FIRST_COLD, count + 1)?.iter().enumerate() {
        let before = Moment::now();
        let isolate = open(world, tenant)?;
        let between = Moment::now();
        encrypt(&isolate, tenant)?;
        let after = Moment::now();
        if number > 0 {
            let times = [(&before, &between), (&between, &after), (&before, &after)];
            rows.iter_mut().zip(times).for_each(|(row, (from, to))| row.add(from, to));
        }
    }
    let mut text = format!(
        "\n## Cold starts\n\n\
         {count} isolates, one after the other. To open is to instantiate, with the first \
         self-tests, to be admitted by the root isolate, and to unseal.\n\n\
         | | p50 µs | p99 µs | CPU p50 µs | CPU p99 µs |\n|---|--:|--:|--:|--:|\n"
    );
    for Row { name, elapsed, used } in rows {
        let ([p50, p99], [cpu50, cpu99]) =
            (percentiles(&elapsed).map(micros), percentiles(&used).map(micros));
        writeln!(text, "| {name} | {p50:.0} | {p99:.0} | {cpu50:.0} | {cpu99:.0} |")
            .expect("a String takes all that is written");
    }
    Ok(text)
}

struct Row {
    name: &'static str,
    elapsed: Vec<Duration>,
    used: Vec<Duration>,
}

impl Row {
    fn new(name: &'static str) -> Self {
        Self { name, elapsed: Vec::new(), used: Vec::new() }
    }

    fn add(&mut self, from: &Moment, to: &Moment) {
        self.elapsed.push(to.clock.duration_since(from.clock));
        self.used.push(to.used.duration_since(from.used));
    }
}

/// By the wall clock, and by the processor time of this process.
struct Moment {
    clock: Instant,
    used: ProcessTime,
}

impl Moment {
    fn now() -> Self {
        Self { clock: Instant::now(), used: ProcessTime::now() }
    }
}

/// Starts isolates, has each encrypt once, and keeps them all.
pub(super) fn idle(world: &mut World, count: u32) -> Result<String> {
    eprintln!("idle isolates");
    let tenants = tenants(world, FIRST_IDLE, count)?;
    let mut isolates = Vec::with_capacity(tenants.len());
    let before = Occupied::now()?;
    for tenant in &tenants {
        let isolate = open(world, tenant)?;
        encrypt(&isolate, tenant)?;
        isolates.push(isolate);
    }
    let after = Occupied::now()?;
    let each = |after: u64, before: u64| after.saturating_sub(before) as f64 / f64::from(count);
    let start = ProcessTime::now();
    for (isolate, tenant) in isolates.iter().zip(&tenants) {
        encrypt(isolate, tenant)?;
    }
    let again = micros(start.elapsed()) / f64::from(count);
    Ok(format!(
        "\n## Idle isolates\n\n\
         {count} isolates alive at once, after one Encrypt each; the host's part included.\n\n\
         | for each isolate | |\n|---|--:|\n\
         | resident (Rss) | {:.1} KiB |\n\
         | resident, divided by how many share it (Pss) | {:.1} KiB |\n\
         | mappings | {:.1} |\n\
         | another Encrypt, all in turn | {again:.1} µs |\n",
        each(after.resident_kib, before.resident_kib),
        each(after.proportional_kib, before.proportional_kib),
        each(after.mappings, before.mappings),
    ))
}

fn tenants(world: &mut World, first: u32, count: u32) -> Result<Vec<(Stored, Key)>> {
    (first..first + count).map(|number| world.stored(number)).collect()
}

fn open(world: &World, (stored, _): &(Stored, Key)) -> Result<Arc<Tenant>> {
    Ok(world.isolates.open(&stored.id, std::slice::from_ref(&stored.sealed_root))?)
}

fn encrypt(isolate: &Tenant, (_, key): &(Stored, Key)) -> Result<()> {
    let under = Side { key: key.guest(), algorithm: Encryption::SymmetricDefault, context: b"" };
    isolate.encrypt(under, &[7; 32])?;
    Ok(())
}

/// What this process occupies.
struct Occupied {
    resident_kib: u64,
    proportional_kib: u64,
    mappings: u64,
}

impl Occupied {
    fn now() -> Result<Self> {
        let rollup = std::fs::read_to_string("/proc/self/smaps_rollup")?;
        let kib = |name: &str| -> Result<u64> {
            let value =
                rollup.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
            let value = value.and_then(|value| value.parse().ok());
            value.ok_or_else(|| Failure::new(format!("the kernel tells no {name}")))
        };
        let mappings = std::fs::read_to_string("/proc/self/maps")?.lines().count();
        Ok(Self {
            resident_kib: kib("Rss:")?,
            proportional_kib: kib("Pss:")?,
            mappings: mappings as u64,
        })
    }
}

const FIRST_COLD: u32 = 1_000_000;
const FIRST_IDLE: u32 = 2_000_000;
