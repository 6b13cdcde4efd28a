//! Keys of every spec are in isolate memory and nowhere else, also while long calls run on threads
//! of their own.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::kit::{decode, encode};

use super::{
    holder::{LEVEL, MARK, NAME},
    patterns::Patterns,
    plan::Plan,
    process::{Process, Scan},
    ranges, say,
};

#[test]
fn keys_of_every_spec_are_in_isolate_memory_only() {
    let mut plan = Plan::new();
    for level in ["secret", "locked", "off"] {
        let mut holder = Holder::start(level);
        let heard = holder.hear();
        if let Some(why) = heard["refused"].as_str() {
            say(&format!("skipped at level {level}: {why}"));
            continue;
        }
        let reception = decode(&heard["reception"]);
        let mut told = plan.told.clone();
        told["share"] = json!(encode(plan.share(&reception)));
        holder.tell(&told);
        let made = holder.hear();
        let mut tenants = plan.tenants.clone();
        tenants.extend(plan.made(&made));
        let mut all = plan.service.clone();
        all.extend(tenants.clone());

        let scan = holder.scan(&all, &made);
        assert!(scan.elsewhere.is_empty(), "in use, at level {level}: {}", scan.summary());
        match level {
            // Not even root reads secret memory.
            "secret" => assert!(scan.inside.is_empty(), "{}", scan.summary()),
            // The scan finds what is there.
            _ => {
                for (of, part) in Plan::cached() {
                    let is_it = |name: &str| name.starts_with(&of) && name.contains(part);
                    let is_found = scan.inside.iter().any(|hit| is_it(&hit.secret));
                    assert!(is_found, "at level {level} no '{part}' of '{of}' was found");
                }
            }
        }

        let scan = holder.then("forget", &tenants);
        let is_gone = scan.inside.is_empty() && scan.elsewhere.is_empty();
        assert!(is_gone, "after eviction, at level {level}: {}", scan.summary());
        let scan = holder.then("seal", &all);
        let is_gone = scan.inside.is_empty() && scan.elsewhere.is_empty();
        assert!(is_gone, "after sealing, at level {level}: {}", scan.summary());
    }
}

/// The other process.
struct Holder {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Holder {
    fn start(level: &str) -> Self {
        let own = env::current_exe().expect("this program has a path");
        let mut child = Command::new(own)
            .args([NAME, "--exact", "--nocapture"])
            .env_clear()
            .env(LEVEL, level)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started once more");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, input, output }
    }

    fn tell(&mut self, what: &Value) {
        writeln!(self.input, "{what}").expect("it reads");
    }

    /// Its next word; what the test harness says is passed over.
    fn hear(&mut self) -> Value {
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).expect("it writes");
            assert!(length > 0, "the holder has ended");
            if let Some(word) = line.strip_prefix(MARK) {
                return serde_json::from_str(word).expect("JSON");
            }
        }
    }

    /// Has something done, and looks again.
    fn then(&mut self, what: &str, patterns: &Patterns) -> Scan {
        self.tell(&json!({"then": what}));
        let told = self.hear();
        self.scan(patterns, &told)
    }

    fn scan(&self, patterns: &Patterns, told: &Value) -> Scan {
        let living = told["living"].as_array().expect("a list");
        Process(self.child.id()).scan(&patterns.finder(), &ranges(living))
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
