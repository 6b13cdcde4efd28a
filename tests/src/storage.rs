//! The contract of storage: one suite, run on every backend.

mod cache;
mod model;

use std::error::Error as StdError;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use keycell::storage::{
    Change, Corrupt, Error, MAX_BATCH, MAX_KEY_BYTES, MAX_VALUE_BYTES, OpenError, Options, Record,
    Storage, Stored, Version,
};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use cache::{
    a_committed_change_is_seen_at_once, a_late_reader_installs_nothing_old,
    a_record_of_another_type_is_not_cached, absences_evict_no_records,
    an_absence_ends_with_the_creation, the_cache_is_bounded,
};
use model::any_sequence_agrees_with_a_map;

type Outcome = Result<(), Box<dyn StdError + Send + Sync>>;

/// Runs each function of the suite on a store of its own, for each backend.
macro_rules! contract {
    ($($test:ident,)*) => {
        mod embedded {
            $(#[test] fn $test() { super::run(super::Place::embedded(), super::$test); })*
        }
    };
}

contract! {
    a_record_is_created_replaced_and_deleted,
    a_change_that_expects_something_else_conflicts,
    an_index_row_is_written_without_a_check,
    a_commit_is_all_or_nothing,
    a_version_is_never_used_again,
    a_scan_is_ordered_and_bounded,
    a_prefix_ends_where_it_ends,
    many_records_are_read_in_the_order_asked,
    concurrent_increments_lose_nothing,
    of_commits_that_exclude_each_other_one_wins,
    a_committed_change_is_seen_at_once,
    an_absence_ends_with_the_creation,
    a_record_of_another_type_is_not_cached,
    a_late_reader_installs_nothing_old,
    the_cache_is_bounded,
    absences_evict_no_records,
    a_corrupt_record_is_named,
    limits_are_errors,
    a_store_keeps_what_it_had,
    a_commit_outlives_who_waits_for_it,
    an_open_store_is_in_use,
    any_sequence_agrees_with_a_map,
    a_rewrite_keeps_all_that_lives,
}

#[test]
fn after_a_rewrite_nothing_deleted_or_replaced_lies_in_the_file() -> Outcome {
    let place = Place::embedded();
    let Place::Embedded(folder) = &place;
    let lies = |text: &[u8]| -> std::io::Result<bool> {
        let file = fs::read(folder.join("store"))?;
        Ok(file.windows(text.len()).any(|window| window == text))
    };
    let store = place.open()?;
    Builder::new_current_thread().build()?.block_on(async {
        for (key, value) in [("a", "deleted value"), ("b", "replaced value"), ("c", "kept value")] {
            store.commit(vec![Change::put(key, value.into())]).await?;
        }
        let changes = vec![Change::remove("a"), Change::put("b", b"living value".to_vec())];
        store.commit(changes).await?;
        assert!(lies(b"deleted value")? && lies(b"replaced value")?, "freed pages keep it");
        store.rewrite().await?;
        assert!(!lies(b"deleted value")? && !lies(b"replaced value")?);
        assert!(lies(b"living value")? && lies(b"kept value")?);
        assert!(!folder.join("store.new").exists());
        let mode = fs::metadata(folder.join("store"))?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        Ok(())
    })
}

#[test]
fn a_new_file_is_private() -> Outcome {
    let place = Place::embedded();
    let _store = place.open()?;
    let Place::Embedded(folder) = &place;
    assert_eq!(fs::metadata(folder.join("store"))?.permissions().mode() & 0o777, 0o600);
    Ok(())
}

#[test]
fn a_file_of_something_else_is_refused() -> Outcome {
    let place = Place::embedded();
    let Place::Embedded(folder) = &place;
    fs::write(folder.join("store"), [b'x'; 8192])?;
    assert!(matches!(place.open().err(), Some(OpenError::Failed(_))));
    Ok(())
}

/// Records and versions stay, whoever reads and commits meanwhile.
async fn a_rewrite_keeps_all_that_lives(place: Place) -> Outcome {
    let store = place.open()?;
    let mut versions = Vec::new();
    for number in 0..100u32 {
        let change = Change::put(format!("key/{number:03}"), number.to_string().into_bytes());
        versions.push(store.commit(vec![change]).await?);
    }
    let mut others = JoinSet::new();
    for task in 0..4 {
        let store = store.clone();
        others.spawn(async move {
            for number in 0..50 {
                let key = format!("other/{task}/{number}");
                store.commit(vec![Change::create(&*key, Vec::new())]).await?;
                assert!(store.get(&key).await?.is_some());
                assert_eq!(store.scan("key/", None, 1000).await?.len(), 100);
            }
            Ok::<_, Error>(())
        });
    }
    for _ in 0..5 {
        store.rewrite().await?;
    }
    while let Some(ended) = others.join_next().await {
        ended??;
    }
    drop(store);
    let store = place.open()?;
    let found = store.scan("key/", None, 1000).await?;
    let found: Vec<_> = found.into_iter().map(|(_, record)| record.version).collect();
    assert_eq!(found, versions);
    assert_eq!(store.scan("other/", None, 1000).await?.len(), 200);
    let next = store.commit(vec![Change::remove("none")]).await?;
    assert!(versions.iter().all(|version| *version < next));
    Ok(())
}

async fn a_record_is_created_replaced_and_deleted(place: Place) -> Outcome {
    let store = place.open()?;
    assert_eq!(store.get("key").await?, None);

    let first = store.commit(vec![Change::create("key", b"one".to_vec())]).await?;
    assert_eq!(store.get("key").await?, Some(record(first, b"one")));

    let second = store.commit(vec![Change::replace("key", first, b"".to_vec())]).await?;
    assert_eq!(store.get("key").await?, Some(record(second, b"")));

    store.commit(vec![Change::delete("key", second)]).await?;
    assert_eq!(store.get("key").await?, None);
    Ok(())
}

async fn a_change_that_expects_something_else_conflicts(place: Place) -> Outcome {
    let store = place.open()?;
    let old = store.commit(vec![Change::create("key", vec![1])]).await?;
    let now = store.commit(vec![Change::replace("key", old, vec![2])]).await?;

    for change in [
        Change::create("key", vec![3]),
        Change::replace("key", old, vec![3]),
        Change::delete("key", old),
        Change::replace("other", now, vec![3]),
        Change::delete("other", now),
    ] {
        assert_conflict(store.commit(vec![change]).await);
    }
    assert_eq!(store.scan("", None, 9).await?, [("key".to_owned(), record(now, &[2]))]);
    Ok(())
}

async fn an_index_row_is_written_without_a_check(place: Place) -> Outcome {
    let store = place.open()?;
    store.commit(vec![Change::remove("row")]).await?;
    store.commit(vec![Change::put("row", vec![1])]).await?;
    let last = store.commit(vec![Change::put("row", vec![2])]).await?;
    assert_eq!(store.get("row").await?, Some(record(last, &[2])));

    store.commit(vec![Change::remove("row")]).await?;
    assert_eq!(store.get("row").await?, None);
    Ok(())
}

async fn a_commit_is_all_or_nothing(place: Place) -> Outcome {
    let store = place.open()?;
    let version = store.commit(vec![Change::create("b", vec![1])]).await?;

    let blocked = vec![Change::create("a", vec![2]), Change::create("b", vec![2])];
    assert_conflict(store.commit(blocked).await);
    let blocked = vec![Change::delete("b", version), Change::delete("c", version)];
    assert_conflict(store.commit(blocked).await);
    assert_eq!(store.scan("", None, 9).await?, [("b".to_owned(), record(version, &[1]))]);

    let both = vec![Change::create("a", vec![3]), Change::delete("b", version)];
    let version = store.commit(both).await?;
    assert_eq!(store.scan("", None, 9).await?, [("a".to_owned(), record(version, &[3]))]);
    Ok(())
}

async fn a_version_is_never_used_again(place: Place) -> Outcome {
    let store = place.open()?;
    let mut last = store.commit(Vec::new()).await?;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let created = store.commit(vec![Change::create("key", vec![1])]).await?;
        let deleted = store.commit(vec![Change::delete("key", created)]).await?;
        assert!(last < created && created < deleted);
        (last, seen) = (deleted, [seen, vec![created]].concat());
    }
    store.commit(vec![Change::create("key", vec![1])]).await?;
    for old in seen {
        assert_conflict(store.commit(vec![Change::delete("key", old)]).await);
    }
    Ok(())
}

async fn a_scan_is_ordered_and_bounded(place: Place) -> Outcome {
    let store = place.open()?;
    let keys = ["a/10", "a/2", "a/é", "a/Z", "a/", "b/1"];
    store.commit(keys.map(|key| Change::create(key, vec![])).to_vec()).await?;

    assert_eq!(names(&store, "a/", None, 9).await?, ["a/", "a/10", "a/2", "a/Z", "a/é"]);
    assert_eq!(names(&store, "a/", None, 2).await?, ["a/", "a/10"]);
    assert_eq!(names(&store, "a/", Some("a/10"), 2).await?, ["a/2", "a/Z"]);
    assert_eq!(names(&store, "a/", Some("a/3"), 9).await?, ["a/Z", "a/é"]);
    assert_eq!(names(&store, "a/", Some("a/"), 2).await?, ["a/10", "a/2"]);
    assert_eq!(names(&store, "a/", Some("a/é"), 9).await?, [""; 0]);
    assert_eq!(names(&store, "a/", None, 0).await?, [""; 0]);
    assert_eq!(names(&store, "", None, MAX_BATCH).await?.len(), 6);
    Ok(())
}

async fn a_prefix_ends_where_it_ends(place: Place) -> Outcome {
    let store = place.open()?;
    let keys = ["a", "a.", "a/", "a//", "a/1", "a0", "b"];
    store.commit(keys.map(|key| Change::create(key, vec![])).to_vec()).await?;

    assert_eq!(names(&store, "a/", None, 9).await?, ["a/", "a//", "a/1"]);
    assert_eq!(names(&store, "a", None, 9).await?, ["a", "a.", "a/", "a//", "a/1", "a0"]);
    // A cursor outside of the prefix neither widens it nor fails.
    assert_eq!(names(&store, "a/", Some("A"), 9).await?, ["a/", "a//", "a/1"]);
    assert_eq!(names(&store, "a/", Some("a0"), 9).await?, [""; 0]);
    assert_eq!(names(&store, "c", None, 9).await?, [""; 0]);
    Ok(())
}

async fn many_records_are_read_in_the_order_asked(place: Place) -> Outcome {
    let store = place.open()?;
    let version =
        store.commit(vec![Change::create("a", vec![1]), Change::create("b", vec![2])]).await?;

    let found = store.get_many(&["b", "none", "a", "b"]).await?;
    let (a, b) = (record(version, &[1]), record(version, &[2]));
    assert_eq!(found, [Some(b.clone()), None, Some(a), Some(b)]);
    Ok(())
}

/// Each refused attempt is due to another's success, so that as many attempts are enough for all as
/// there are increments.
async fn concurrent_increments_lose_nothing(place: Place) -> Outcome {
    const TASKS: u64 = 8;
    const EACH: u64 = 20;
    let store = place.open()?;
    store.commit(vec![Change::create("count", Count(0).encode())]).await?;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let store = store.clone();
        tasks.spawn(async move {
            let mut done = 0;
            for _ in 0..TASKS * EACH {
                let count = store.load::<Count>("count").await?.expect("it is never deleted");
                let next = Count(count.0 + 1).encode();
                match store.commit(vec![Change::replace("count", count.version, next)]).await {
                    Ok(_) if done + 1 == EACH => break,
                    Ok(_) => done += 1,
                    Err(Error::Conflict) => {}
                    Err(other) => return Err(other),
                }
            }
            Ok(())
        });
    }
    tasks.join_all().await.into_iter().collect::<Result<(), Error>>()?;
    assert_eq!(count(&store, "count").await?, Some(TASKS * EACH));
    Ok(())
}

async fn of_commits_that_exclude_each_other_one_wins(place: Place) -> Outcome {
    let store = place.open()?;
    let mut tasks = JoinSet::new();
    for task in 0..64 {
        let store = store.clone();
        tasks.spawn(async move {
            let own = Change::create(format!("own/{task:02}"), vec![]);
            let both = vec![own, Change::create("shared", vec![task])];
            let alone = vec![Change::create(format!("alone/{task:02}"), vec![])];
            tokio::join!(store.commit(both), store.commit(alone))
        });
    }
    let (both, alone): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().unzip();

    assert!(alone.iter().all(Result::is_ok), "who excludes nobody is not refused");
    let mut versions: Vec<_> = alone.iter().chain(&both).filter_map(|v| v.as_ref().ok()).collect();
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), 65, "each commit has a version of its own");
    both.into_iter().filter(Result::is_err).for_each(assert_conflict);
    assert_eq!(names(&store, "own/", None, 99).await?.len(), 1, "a loser leaves nothing");
    Ok(())
}

async fn a_corrupt_record_is_named(place: Place) -> Outcome {
    let store = place.open()?;
    store.commit(vec![Change::create("bad/1", b"no number".to_vec())]).await?;

    let load = store.load::<Count>("bad/1").await.err();
    assert!(matches!(&load, Some(Error::Corrupt { key, .. }) if key == "bad/1"), "{load:?}");
    let list = store.list::<Count>("bad/", None, 9).await.err();
    assert!(matches!(&list, Some(Error::Corrupt { key, .. }) if key == "bad/1"), "{list:?}");
    Ok(())
}

async fn limits_are_errors(place: Place) -> Outcome {
    let store = place.open()?;
    let key = "k".repeat(MAX_KEY_BYTES);
    let version = store.commit(vec![Change::create(&*key, vec![0; MAX_VALUE_BYTES])]).await?;
    assert_eq!(store.get(&key).await?, Some(record(version, &[0; MAX_VALUE_BYTES])));
    assert!(store.load::<Text>(&key).await?.is_some_and(|text| text.0.len() == MAX_VALUE_BYTES));
    assert!(store.cached::<Text>(&key).is_some(), "the largest record fits the cache");

    let long = "k".repeat(MAX_KEY_BYTES + 1);
    let many = || (0..=MAX_BATCH).map(|key| Change::create(key.to_string(), vec![]));
    for changes in [
        vec![Change::create(&*long, vec![])],
        vec![Change::create("", vec![])],
        vec![Change::create("key", vec![0; MAX_VALUE_BYTES + 1])],
        vec![Change::put("key", vec![]), Change::remove("key")],
        many().collect(),
    ] {
        assert!(matches!(store.commit(changes).await, Err(Error::Invalid(_))));
    }
    for key in ["", &long] {
        assert!(matches!(store.get(key).await, Err(Error::Invalid(_))));
        assert!(matches!(store.load::<Text>(key).await, Err(Error::Invalid(_))));
    }
    assert!(matches!(store.scan("", None, MAX_BATCH + 1).await, Err(Error::Invalid(_))));
    store.commit(many().take(MAX_BATCH).collect()).await?;
    Ok(())
}

async fn a_store_keeps_what_it_had(place: Place) -> Outcome {
    let mut expected = Vec::new();
    for number in 0..5 {
        let store = place.open()?;
        assert_eq!(store.scan("", None, 9).await?, expected);
        let key = format!("key/{number}");
        let version = store.commit(vec![Change::create(&*key, vec![number])]).await?;
        assert!(expected.iter().all(|(_, old): &(String, Record)| old.version < version));
        expected.push((key, record(version, &[number])));
    }
    Ok(())
}

async fn a_commit_outlives_who_waits_for_it(place: Place) -> Outcome {
    let store = place.open()?;
    tokio::select! {
        biased;
        result = store.commit(vec![Change::create("key", vec![1])]) => drop(result?),
        () = std::future::ready(()) => {}
    }
    drop(store);
    assert!(place.open()?.get("key").await?.is_some());
    Ok(())
}

async fn an_open_store_is_in_use(place: Place) -> Outcome {
    let store = place.open()?;
    assert!(matches!(place.open().err(), Some(OpenError::InUse)));
    let clone = store.clone();
    drop(store);
    assert!(matches!(place.open().err(), Some(OpenError::InUse)));
    drop(clone);
    place.open()?;
    Ok(())
}

/// Runs one function of the suite, which has to end without an error.
fn run<Test: Future<Output = Outcome>>(place: Place, test: impl FnOnce(Place) -> Test) {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.expect("a runtime can be started").block_on(test(place)).expect("the test succeeds");
}

/// Where a store is kept; removed with it.
enum Place {
    Embedded(PathBuf),
}

impl Place {
    fn embedded() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("keycell-storage-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("the name is not in use");
        Self::Embedded(folder)
    }

    fn open(&self) -> Result<Storage, OpenError> {
        self.open_with(Options::default())
    }

    fn open_with(&self, options: Options) -> Result<Storage, OpenError> {
        match self {
            Self::Embedded(folder) => Storage::open(&folder.join("store"), options),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            // What cannot be removed is left to who cleans the folder of temporary files.
            Self::Embedded(folder) => drop(fs::remove_dir_all(folder)),
        }
    }
}

struct Count(u64);

impl Stored for Count {
    fn encode(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        Ok(Self(u64::from_be_bytes(bytes.try_into().map_err(Corrupt::new)?)))
    }
}

struct Text(String);

impl Stored for Text {
    fn encode(&self) -> Vec<u8> {
        self.0.clone().into_bytes()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        Ok(Self(String::from_utf8(bytes.to_vec()).map_err(Corrupt::new)?))
    }
}

fn record(version: Version, value: &[u8]) -> Record {
    Record { version, value: value.to_vec() }
}

async fn count(store: &Storage, key: &str) -> Result<Option<u64>, Error> {
    Ok(store.load::<Count>(key).await?.map(|count| count.0))
}

async fn names(
    store: &Storage,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<String>, Error> {
    let found = store.scan(prefix, after, limit).await?;
    Ok(found.into_iter().map(|(key, _)| key).collect())
}

fn assert_conflict(result: Result<Version, Error>) {
    assert!(matches!(result, Err(Error::Conflict)), "{result:?}");
}
