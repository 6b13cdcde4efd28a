//! `keycell-bench decide`: what it takes to find out whether a caller may, beside the decision over
//! a default key policy in the same run. In this process; nothing is read from a store.

mod policies;

use std::fmt::Write;
use std::fs;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use keycell::authorize::{
    Granted, KeyPolicy, Kind, Own, Policy, Question, Reach, Resource, Subject, Verdict, Who, judge,
};
use keycell::keys::{Allowance, Wanted, names};
use keycell::wire::members::GrantOperation;

use crate::report::{micros, percentiles, spread};
use crate::{Failure, Result};
use policies::{KEY, USER, World};

/// How to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Rounds, in which the decisions take turns; the ratio is taken in each
    #[arg(long, default_value = "20")]
    rounds: NonZeroU32,
    /// Decisions of each kind in a round
    #[arg(long, default_value = "5000")]
    decisions: NonZeroU32,
    /// Write the report to this file too
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Measures and prints the report.
pub(crate) fn run(options: &Options) -> Result<()> {
    let world = World::new()?;
    let [allowing, others] = [&world.allowing, &world.others].map(|list| list.iter().collect());
    let mut rows = rows(&world, &allowing, &others);
    for round in 0..=options.rounds.get() {
        for row in &mut rows {
            let times = row.round(&world, options.decisions.get())?;
            // The first round warms up.
            if round > 0 {
                row.rounds.push(times);
            }
        }
    }
    let report = report(&rows, options)?;
    print!("{report}");
    options.output.as_ref().map_or(Ok(()), |file| fs::write(file, &report))?;
    Ok(())
}

/// One kind of decision, and what each took in all rounds.
struct Row<'a> {
    name: &'static str,
    policy: &'a KeyPolicy,
    identity: &'a [&'a Policy],
    grants: &'a [Allowance],
    expected: Verdict,
    rounds: Vec<Vec<Duration>>,
}

fn rows<'a>(
    world: &'a World,
    allowing: &'a Vec<&Policy>,
    others: &'a Vec<&Policy>,
) -> [Row<'a>; 5] {
    let row = |name, policy, identity, grants, expected| Row {
        name,
        policy,
        identity,
        grants,
        expected,
        rounds: Vec::new(),
    };
    let World { delegating, naming, grants, .. } = world;
    let last = allowing.last().map_or(&[][..], std::slice::from_ref);
    let no_identity = Verdict::NotAllowed(Kind::Identity);
    let except_last = grants.split_last().map_or(&[][..], |(_, rest)| rest);
    [
        row("default policy, 1 identity policy", &KeyPolicy::Default, last, &[], Verdict::Allowed),
        row("the user in the last statement", naming, others, &[], Verdict::Allowed),
        row("the last identity policy", delegating, allowing, &[], Verdict::Allowed),
        row("the last grant", delegating, others, grants, Verdict::Allowed),
        row("nothing allows it", delegating, others, except_last, no_identity),
    ]
}

impl Row<'_> {
    /// Decides again and again, as a request does.
    fn round(&self, world: &World, decisions: u32) -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        for _ in 0..decisions {
            let start = Instant::now();
            let verdict = self.decide(world);
            times.push(start.elapsed());
            if verdict != self.expected {
                return Err(Failure::new(format!("{}: {verdict:?}", self.name)));
            }
        }
        Ok(times)
    }

    /// First by the policies, and then, if these allow nothing, by the grants of whoever asks.
    fn decide(&self, world: &World) -> Verdict {
        let own = Own { identity: self.identity, ..Own::default() };
        let who = Who::User { arn: USER };
        let id = Some("AIDACKCEVSQ6C2EXAMPLE");
        let subject = Subject { account: world.account, who, id, own: Some(own) };
        let resource = Resource::Key { arn: KEY, owner: world.account, policy: self.policy };
        let judgement = judge(&Question {
            subject: &subject,
            action: "kms:Encrypt",
            resource: &resource,
            keys: world,
            granted: None,
        });
        let verdict = judgement.verdict(None);
        if self.grants.is_empty() || !matches!(verdict, Verdict::NotAllowed(_)) {
            return verdict;
        }
        let reach = names(&subject).first().map_or(Reach::Account, |(_, reach)| *reach);
        let wanted = Wanted::Use(GrantOperation::Encrypt, &world.context);
        match self.grants.iter().find(|grant| grant.allows(wanted)) {
            Some(_) => judgement.verdict(Some(Granted { reach, issuer: world.account })),
            None => verdict,
        }
    }

    /// All of a round.
    fn lengths(&self) -> impl Iterator<Item = f64> {
        self.rounds.iter().map(|times| micros(times.iter().sum()))
    }
}

fn report(rows: &[Row<'_>], options: &Options) -> Result<String> {
    let build =
        if cfg!(debug_assertions) { "unoptimised, figures mean nothing" } else { "release" };
    let (rounds, decisions) = (options.rounds, options.decisions);
    let mut text = format!(
        "# Decisions\n\n\
         May a user encrypt? Over a key policy of 32 KB, but for the first row; with 10 identity \
         policies of 6 KB, and in the last two rows 100 grants with constraints.\n\n\
         - rounds: {rounds} of {decisions} decisions of each kind, in turns, on one thread\n\
         - ratio: time of a round divided by that of the first row in the same round; median, \
         least and greatest of the rounds\n\
         - build: {build}\n\n\
         | decided by | p50 µs | p99 µs | ratio | min to max |\n|---|--:|--:|--:|--:|\n"
    );
    let baseline = rows.first().ok_or_else(|| Failure::new("there is nothing to measure"))?;
    for row in rows {
        let [p50, p99] = percentiles(&row.rounds.concat()).map(micros);
        let ratios = row.lengths().zip(baseline.lengths()).map(|(one, base)| one / base);
        let [least, ratio, greatest] = spread(ratios.collect());
        let name = row.name;
        writeln!(
            text,
            "| {name} | {p50:.1} | {p99:.1} | {ratio:.1} | {least:.1} to {greatest:.1} |"
        )
        .expect("a String takes all that is written");
    }
    Ok(text)
}
