//! The report: what was measured, as Markdown. It says nothing of dates, names or paths, so that
//! two runs differ only where the figures do.

use std::fmt::Write;
use std::time::Duration;

use crate::client::Phase;
use crate::{Failure, Result};

/// One line of a table: one number of connections.
pub(crate) struct Row {
    connections: usize,
    base: Side,
    subject: Side,
}

/// What one of the two servers did in all rounds.
#[derive(Default)]
struct Side {
    rates: Vec<f64>,
    latencies: Vec<Duration>,
    cpu: Duration,
}

impl Row {
    pub(crate) fn new(connections: usize) -> Self {
        Self { connections, base: Side::default(), subject: Side::default() }
    }

    /// Adds a round: what the server that is compared to and the measured one did, and the CPU time
    /// that took.
    pub(crate) fn add(&mut self, base: (Phase, Duration), subject: (Phase, Duration)) {
        self.base.add(base);
        self.subject.add(subject);
    }
}

impl Side {
    fn add(&mut self, (phase, cpu): (Phase, Duration)) {
        self.rates.push(phase.rate());
        self.latencies.extend(phase.latencies);
        self.cpu += cpu;
    }

    /// `p50 / p99` in µs.
    fn latency(&self) -> String {
        let [p50, p99] = percentiles(&self.latencies).map(micros);
        format!("{p50:.0} / {p99:.0}")
    }

    fn cpu_micros(&self) -> f64 {
        micros(self.cpu) / self.latencies.len() as f64
    }
}

impl Phase {
    /// Answers per second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }
}

/// A table; the names are those of the server that is compared to and of the measured one.
pub(crate) fn table(title: &str, [base, subject]: [&str; 2], rows: &[Row]) -> String {
    let mut text = format!(
        "\n## {title}\n\n\
         | connections | {base} req/s | {subject} req/s | ratio | min to max \
         | {base} p50 / p99 µs | {subject} p50 / p99 µs | {base} CPU µs | {subject} CPU µs |\n\
         |--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    for Row { connections, base, subject } in rows {
        let pairs = subject.rates.iter().zip(&base.rates);
        let [least, ratio, most] = spread(pairs.map(|(subject, base)| subject / base).collect());
        let [_, base_rate, _] = spread(base.rates.clone());
        let [_, subject_rate, _] = spread(subject.rates.clone());
        writeln!(
            text,
            "| {connections} | {base_rate:.0} | {subject_rate:.0} | {ratio:.2} \
             | {least:.2} to {most:.2} | {} | {} | {:.1} | {:.1} |",
            base.latency(),
            subject.latency(),
            base.cpu_micros(),
            subject.cpu_micros(),
        )
        .expect("a String takes all that is written");
    }
    text
}

pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The 50th and the 99th percentile by nearest rank; zero of no times.
pub(crate) fn percentiles(times: &[Duration]) -> [Duration; 2] {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    [50, 99].map(|percent| {
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    })
}

/// Least, median and greatest; NaN of no values.
pub(crate) fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let [least, lower, upper, greatest] = [0, last / 2, last.div_ceil(2), last]
        .map(|index| values.get(index).copied().unwrap_or(f64::NAN));
    [least, (lower + upper) / 2.0, greatest]
}

/// The length of a round: a signature is valid for five minutes, so it stays far below that.
pub(crate) fn seconds(text: &str) -> Result<Duration> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let valid = seconds.filter(|seconds| (1..=30_000).contains(&seconds.as_millis()));
    valid.ok_or_else(|| Failure::new("not a number of seconds from 0.001 to 30"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let times: Vec<_> = (1..=200).rev().map(Duration::from_micros).collect();
        assert_eq!(percentiles(&times), [100, 198].map(Duration::from_micros));
        assert_eq!(percentiles(&[Duration::from_micros(7)]), [7, 7].map(Duration::from_micros));
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let phase = |count: usize| {
            let latencies = vec![Duration::from_micros(40); count];
            (Phase { elapsed: Duration::from_secs(1), latencies }, Duration::from_micros(1000))
        };
        let mut row = Row::new(16);
        row.add(phase(100), phase(50));
        row.add(phase(200), phase(50));
        row.add(phase(400), phase(100));
        let table = table("Title", ["echo", "keycell"], &[row]);
        let line = "| 16 | 200 | 50 | 0.25 | 0.25 to 0.50 | 40 / 40 | 40 / 40 | 4.3 | 15.0 |\n";
        assert!(table.ends_with(line), "{table}");
    }
}
