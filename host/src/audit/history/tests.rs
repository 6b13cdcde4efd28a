//! Lookups in a trail, held against reading all of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::audit::{
    Notary, NotaryError,
    entry::{Entry, Field},
    index, indexer,
    load::Load,
    read::read_last,
    trail::{Options, Trail},
};

/// Vouches for anything.
struct Toy;

impl Notary for Toy {
    fn tag(&self, _: &[u8], _: &[u8]) -> Result<Vec<u8>, NotaryError> {
        Ok(vec![1; 32])
    }

    fn check(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<bool, NotaryError> {
        Ok(true)
    }
}

/// A trail of small segments in a folder of its own.
struct Written {
    folder: PathBuf,
    trail: Trail,
    runtime: tokio::runtime::Runtime,
    count: u32,
}

impl Written {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("keycell-history-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let options = Options { segment_bytes: 20_000, ..Options::default() };
        let opened = runtime.block_on(async {
            Trail::open(&folder, Arc::new(Toy), options, None, Load::default())
        });
        Self { folder, trail: opened.unwrap().0, runtime, count: 0 }
    }

    fn write(&mut self, count: u32) {
        let records = (self.count..self.count + count).map(record).collect();
        self.count += count;
        self.runtime.block_on(self.trail.append_all(records)).unwrap();
    }

    fn head(&self) -> u64 {
        self.trail.head().sequence
    }

    fn finished(&self) -> Vec<PathBuf> {
        let mut all: Vec<_> = segments(&self.folder).unwrap();
        all.pop();
        all.into_iter().map(|(_, path)| path).collect()
    }

    /// What reading all of it finds: the event ids, newest first.
    fn naive(&self, query: &Query) -> Vec<String> {
        let all = read_last(&self.folder, usize::MAX).unwrap();
        let mut found = Vec::new();
        for (place, record) in all.iter().enumerate() {
            let entry = Entry::read(record).unwrap();
            let time = entry.time();
            let is_wanted = query.from.is_none_or(|from| time >= from)
                && query.until.is_none_or(|until| time <= until)
                && entry.has(&query.terms);
            if is_wanted {
                found.push((time, place, entry.event_id().to_owned()));
            }
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.into_iter().map(|(_, _, id)| id).collect()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Records come when they are answered: a little out of the order of their times.
fn record(number: u32) -> Vec<u8> {
    let mixed = number.wrapping_mul(2_654_435_761) >> 16;
    let time = 1_795_000_000 + i64::from(number / 10) - i64::from(mixed % 4);
    let time = jiff::Timestamp::from_second(time).unwrap();
    let name = ["Encrypt", "Decrypt", "CreateKey"][usize::try_from(mixed % 3).unwrap()];
    serde_json::json!({
        "userIdentity": {"type": "IAMUser", "userName": format!("user-{}", mixed % 9)},
        "eventTime": time.to_string(),
        "eventSource": "kms.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "readOnly": mixed % 3 < 2,
        "eventID": format!("event-{number}"),
        "recipientAccountId": format!("{:012}", mixed % 5),
    })
    .to_string()
    .into_bytes()
}

fn queries() -> Vec<Query> {
    let query = |terms: &[(Field, &str)]| Query {
        terms: terms.iter().map(|(field, value)| Term::new(*field, *value)).collect(),
        ..Query::default()
    };
    vec![
        query(&[]),
        query(&[(Field::EventName, "Encrypt")]),
        query(&[(Field::EventId, "event-77")]),
        query(&[(Field::EventId, "nobody")]),
        query(&[(Field::Account, "000000000003"), (Field::ReadOnly, "false")]),
        query(&[(Field::Username, "user-4"), (Field::Region, "us-east-1")]),
        Query {
            from: Some(1_795_000_020),
            until: Some(1_795_000_040),
            ..query(&[(Field::EventName, "Decrypt")])
        },
        Query { until: Some(1_795_000_003), ..query(&[]) },
        Query { from: Some(1_795_000_030), until: Some(1_795_000_020), ..query(&[]) },
    ]
}

/// The event ids, in pages.
fn looked_up(history: &History, query: &Query, page: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut query = query.clone();
    loop {
        let mut search = history.search(query.clone(), page).unwrap();
        let mut last = None;
        for _ in 0..page {
            let Some(hit) = search.next() else { return found };
            let hit = hit.unwrap();
            found.push(Entry::read(&hit.record).unwrap().event_id().to_owned());
            last = Some(hit.position);
        }
        query.before = last.map(|position| position.to_string().parse().unwrap());
    }
}

#[track_caller]
fn assert_all_found(written: &Written, history: &History) {
    for query in queries() {
        let expected = written.naive(&query);
        assert_eq!(looked_up(history, &query, usize::MAX >> 1), expected, "{query:?}");
        assert_eq!(looked_up(history, &query, 7), expected, "{query:?}, in pages");
    }
}

fn make_indexes(written: &Written) {
    for segment in written.finished() {
        indexer::make(&segment, &|| false).unwrap();
    }
}

#[test]
fn lookups_find_what_reading_everything_finds() {
    let mut written = Written::new();
    let reading = History::new(written.folder.clone());
    let history = History::new(written.folder.clone());
    for _ in 0..24 {
        written.write(70);
        history.catch_up(written.head()).unwrap();
    }
    assert!(written.finished().len() > 5, "there are several segments");
    assert_all_found(&written, &reading);
    assert_all_found(&written, &history);
    make_indexes(&written);
    assert_all_found(&written, &reading);
    for (sequence, _) in segments(&written.folder).unwrap().split_last().unwrap().1 {
        history.indexed(*sequence);
    }
    assert_all_found(&written, &history);
    written.write(3);
    history.catch_up(written.head()).unwrap();
    assert_all_found(&written, &history);
}

#[test]
fn what_is_not_durable_is_not_found() {
    let mut written = Written::new();
    written.write(3);
    let head = written.head();
    written.write(3);
    let history = History::new(written.folder.clone());
    history.catch_up(head).unwrap();
    assert_eq!(looked_up(&history, &Query::default(), 100).len(), 3);
    history.catch_up(written.head()).unwrap();
    assert_eq!(looked_up(&history, &Query::default(), 100).len(), 6);
}

#[test]
fn a_damaged_index_is_passed_over_and_made_anew() {
    let mut written = Written::new();
    for _ in 0..6 {
        written.write(70);
    }
    make_indexes(&written);
    for segment in written.finished() {
        let path = index::path(&segment);
        let right = std::fs::read(&path).unwrap();
        for place in [0, 30, right.len() / 2, right.len() - 5] {
            let mut damaged = right.clone();
            damaged[place] ^= 4;
            std::fs::write(&path, damaged).unwrap();
            assert_all_found(&written, &History::new(written.folder.clone()));
        }
        std::fs::write(&path, b"").unwrap();
        indexer::make(&segment, &|| false).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), right, "it is made anew, and the same");
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// An index of another segment: right in itself, and wrong here.
#[test]
fn a_foreign_index_is_found_out() {
    let mut written = Written::new();
    for _ in 0..8 {
        written.write(70);
    }
    let [first, second, ..] = &*written.finished() else { panic!("there are two segments") };
    let (mut growing, mut hashes) = (Growing::default(), Hashes::default());
    let mut batches = Batches::open(second).unwrap();
    while let Some(batch) = batches.take().unwrap() {
        // Somewhere within a record.
        let records = batch.records.into_iter().map(|(offset, record)| (offset + 5, record));
        growing.extend(Known::of_all(&records.collect::<Vec<_>>(), &mut hashes), 0);
    }
    let length = std::fs::metadata(first).unwrap().len();
    index::write(first, &growing.index(length).unwrap()).unwrap();
    let history = History::new(written.folder.clone());
    for query in queries() {
        let found = looked_up(&history, &query, 1000);
        let expected = written.naive(&query);
        assert!(found.iter().all(|id| expected.contains(id)), "{query:?}");
        assert!(found.iter().collect::<BTreeSet<_>>().len() == found.len(), "{query:?}");
    }
    assert!(history.take_suspects().contains(&1), "it is to be made anew");
}

#[test]
fn segments_may_be_removed_while_they_are_read() {
    let mut written = Written::new();
    for _ in 0..6 {
        written.write(70);
    }
    make_indexes(&written);
    let history = History::new(written.folder.clone());
    let mut search = history.search(Query::default(), 10_000).unwrap();
    search.next().unwrap().unwrap();
    let finished = written.finished();
    std::fs::remove_file(&finished[0]).unwrap();
    std::fs::remove_file(&finished[1]).unwrap();
    std::fs::remove_file(index::path(&finished[1])).unwrap();
    assert!(search.all(|hit| hit.is_ok()));
    assert_all_found(&written, &history);
}

#[test]
fn lines_that_are_no_records_are_passed_over() {
    let mut written = Written::new();
    written.write(70);
    let odd = [&b"{\"a\":1}"[..], b"{\"eventID\":1}", b"{\"x\":\"\xff\"}"].map(<[u8]>::to_vec);
    written.runtime.block_on(written.trail.append_all(odd.to_vec())).unwrap();
    let history = History::new(written.folder.clone());
    assert_eq!(looked_up(&history, &Query::default(), 9).len(), 70);
    history.catch_up(written.head()).unwrap();
    assert_eq!(looked_up(&history, &Query::default(), 9).len(), 70);
}

#[test]
fn what_is_read_ahead_changes_nothing() {
    let mut written = Written::new();
    for _ in 0..40 {
        written.write(70);
    }
    make_indexes(&written);
    assert!(written.finished().len() > 2 * 8, "more than are read ahead at first");
    let history = History::new(written.folder.clone());
    for query in queries() {
        let mut search = history.search(query.clone(), 10_000).unwrap();
        let mut found = Vec::new();
        loop {
            search.read_ahead(std::time::Duration::MAX);
            let Some(hit) = search.next() else { break };
            found.push(Entry::read(&hit.unwrap().record).unwrap().event_id().to_owned());
        }
        assert_eq!(found, written.naive(&query), "{query:?}");
    }
}

#[test]
fn each_is_done_once() {
    let done: Vec<_> = (0..100).map(|_| AtomicU32::new(0)).collect();
    at_once::each(&done, |one| {
        one.fetch_add(1, Ordering::Relaxed);
    });
    assert!(done.iter().all(|one| one.load(Ordering::Relaxed) == 1));
}
