//! Any sequence of commits, loads and lists has the results that a map would give.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use keycell::storage::{Change, Error, Expected, Options, Storage, Stored, Version};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::{Count, Outcome, Place};

pub(super) async fn any_sequence_agrees_with_a_map(place: Place) -> Outcome {
    let store = place.open_with(Options { cache_bytes: 4096 })?;
    let runtime = Handle::current();
    let case = AtomicU64::new(0);
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let steps = prop::collection::vec(any_step(), 1..24);
    let all = spawn_blocking(move || {
        TestRunner::new(config).run(&steps, |steps| {
            // Each case has keys of its own, so that one store, with its versions, serves all.
            let folder = format!("{}/", case.fetch_add(1, Ordering::Relaxed));
            let last = runtime.block_on(store.commit(Vec::new())).map_err(failed)?;
            let mut model = Model { store: &store, folder, records: BTreeMap::new(), last };
            steps.into_iter().try_for_each(|step| runtime.block_on(model.take(step)))
        })
    });
    Ok(all.await??)
}

#[derive(Clone, Debug)]
enum Step {
    /// What to expect of each key, and its new value.
    Commit(BTreeMap<u8, (Guess, Option<u64>)>),
    Load(u8),
    List {
        prefix: &'static str,
        after: Option<u8>,
        limit: usize,
    },
}

#[derive(Clone, Copy, Debug)]
enum Guess {
    Right,
    Anything,
    Absent,
    LastVersion,
}

fn any_step() -> impl Strategy<Value = Step> {
    let guess = prop_oneof![
        6 => Just(Guess::Right),
        2 => Just(Guess::Anything),
        1 => Just(Guess::Absent),
        1 => Just(Guess::LastVersion),
    ];
    let change = (guess, prop::option::of(0..100_u64));
    let list = (prop::sample::select(vec!["", "1"]), prop::option::of(0..12_u8), 0..14_usize);
    prop_oneof![
        prop::collection::btree_map(0..12_u8, change, 0..4).prop_map(Step::Commit),
        (0..12_u8).prop_map(Step::Load),
        list.prop_map(|(prefix, after, limit)| Step::List { prefix, after, limit }),
    ]
}

struct Model<'a> {
    store: &'a Storage,
    folder: String,
    records: BTreeMap<String, (Version, u64)>,
    last: Version,
}

impl Model<'_> {
    async fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Commit(changes) => {
                let changes = changes.into_iter();
                self.commit(changes.map(|(key, (guess, to))| self.change(key, guess, to)).collect())
                    .await
            }
            Step::Load(key) => {
                let key = self.key(key);
                let found = self.store.load::<Count>(&key).await.map_err(failed)?;
                let found = found.map(|count| (count.version, count.0));
                prop_assert_eq!(found.as_ref(), self.records.get(&key));
                Ok(())
            }
            Step::List { prefix, after, limit } => {
                let (prefix, after) = (self.key(prefix), after.map(|key| self.key(key)));
                let found = self.store.list::<Count>(&prefix, after.as_deref(), limit).await;
                let found = found.map_err(failed)?.into_iter();
                let found: Vec<_> = found.map(|(key, c)| (key, (c.version, c.0))).collect();
                let expected = self.records.clone().into_iter();
                let expected = expected
                    .filter(|(key, _)| key.starts_with(&prefix) && Some(key) > after.as_ref());
                prop_assert_eq!(found, expected.take(limit).collect::<Vec<_>>());
                Ok(())
            }
        }
    }

    async fn commit(&mut self, changes: Vec<Change>) -> Result<(), TestCaseError> {
        let right = changes.iter().all(|change| {
            change.expected == Expected::Anything || change.expected == self.actual(&change.key)
        });
        let version = match self.store.commit(changes.clone()).await {
            Ok(version) => version,
            Err(Error::Conflict) if !right => return Ok(()),
            Err(other) => return Err(failed(other)),
        };
        prop_assert!(right && version > self.last);
        self.last = version;
        for Change { key, value, .. } in changes {
            match value.and_then(|bytes| Count::decode(&bytes).ok()) {
                Some(Count(value)) => self.records.insert(key, (version, value)),
                None => self.records.remove(&key),
            };
        }
        Ok(())
    }

    fn change(&self, key: u8, guess: Guess, to: Option<u64>) -> Change {
        let key = self.key(key);
        let expected = match guess {
            Guess::Right => self.actual(&key),
            Guess::Anything => Expected::Anything,
            Guess::Absent => Expected::Absent,
            Guess::LastVersion => Expected::At(self.last),
        };
        Change { key, expected, value: to.map(|to| Count(to).encode()) }
    }

    fn actual(&self, key: &str) -> Expected {
        self.records.get(key).map_or(Expected::Absent, |record| Expected::At(record.0))
    }

    fn key(&self, name: impl ToString) -> String {
        self.folder.clone() + &name.to_string()
    }
}

fn failed(error: Error) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}
