//! The evaluator beside another one: npm's `@cloud-copilot/iam-simulate`, in one Node process.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    process::Command,
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use crate::{kit::Folder, sdk::target};

use super::{
    case::{Answer, Case},
    cases::{any_case, any_question},
    readings::{ROWS, read},
};

/// Each disagreement must be explained by the table of readings, and each reading by a case.
#[test]
fn another_implementation_agrees_but_for_known_readings() {
    let mut runner = TestRunner::deterministic();
    let mut draw = |count, strategy: &dyn Fn(&mut TestRunner) -> Case| -> Vec<Case> {
        (0..count).map(|_| strategy(&mut runner)).collect()
    };
    let (question, case) = (any_question(), any_case());
    let mut cases = draw(QUESTIONS, &|runner| drawn(&question, runner));
    cases.extend(draw(CASES, &|runner| drawn(&case, runner)));
    let theirs = simulate(&cases);
    let mut unexplained = Vec::new();
    let mut used = [0; ROWS.len()];
    let mut met: BTreeMap<(Answer, Answer), usize> = BTreeMap::new();
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = case.decide();
        *met.entry((ours, *theirs)).or_default() += 1;
        if read(case, None).decide() != *theirs {
            unexplained.push((case, ours, theirs));
        } else if ours != *theirs {
            // A few cases are enough to show that a reading is needed.
            let new = used.iter_mut().enumerate().filter(|(_, used)| **used < 3);
            for (at, used) in new {
                *used += usize::from(read(case, Some(at)).decide() != *theirs);
            }
        }
    }
    let few: Vec<_> = unexplained.iter().take(3).collect();
    assert!(few.is_empty(), "{} of {}: {few:?}", unexplained.len(), cases.len());
    for (row, used) in ROWS.iter().zip(used) {
        assert!(used > 0, "no case shows that they {}: {}", row.they, row.why);
    }
    for answer in Answer::ALL {
        let count = met.get(&(answer, answer)).copied().unwrap_or_default();
        assert!(count > cases.len() / 20, "too few are {answer:?} on both sides: {met:?}");
    }
}

/// Of one condition each.
const QUESTIONS: usize = 4000;
/// Of several policies.
const CASES: usize = 4000;

fn drawn<S: Strategy<Value = Case>>(strategy: &S, runner: &mut TestRunner) -> Case {
    strategy.new_tree(runner).expect("all that is drawn is a case").current()
}

/// What they say of each.
fn simulate(cases: &[Case]) -> Vec<Answer> {
    let folder = Folder::new();
    let (asked, node) = (folder.0.join("asked"), target().join("node"));
    let lines: Vec<_> = cases.iter().map(|case| case.simulation().to_string()).collect();
    fs::write(&asked, lines.join("\n") + "\n").expect("a temporary folder is writable");
    // Node finds its modules beside the program.
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/iam/simulate.mjs");
    fs::copy(script, node.join("simulate.mjs"))
        .expect("target/node is there: `make test` makes it");
    let mut command = Command::new(node.join("node"));
    let command = command.arg("simulate.mjs").current_dir(&node);
    let asked = File::open(asked).expect("it was written");
    let output = command.stdin(asked).output().expect("target/node has a Node");
    let told = String::from_utf8(output.stdout).expect("it writes words");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let answers = told.lines().zip(&lines).map(|(word, line)| {
        Answer::parse(word).unwrap_or_else(|| panic!("{word} is its answer to {line}"))
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(answers.len(), cases.len(), "{said}");
    answers
}
