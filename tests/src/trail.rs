//! The durable trail: what was acknowledged is there, once and in order; what cannot be is refused.

mod ahead;
mod full;
pub(crate) mod kit;
mod proof;
mod recovery;
mod shared;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use keycell::audit::load::Load;
use keycell::audit::read::{Follower, find_event_ids, read_last, segments};
use keycell::audit::segment::{
    self, BatchHash, Head, Line, MAX_BATCH, MAX_RECORD, Refused, Trailer,
};
use keycell::audit::trail::{Failure, Options, State, Trail, Unwritable};
use keycell::audit::{Notary, NotaryError};

use self::kit::{Built, Folder, Gate, Key, clean, event, two_batches};

#[tokio::test]
async fn what_was_appended_is_there_in_order() {
    let folder = Folder::new();
    let (trail, found) = folder.open(None);
    assert_eq!(found, clean(Head::START));

    trail.append(event(1)).await.expect("it is writable");
    trail.append_all((2..=5).map(event).collect()).await.expect("it is writable");
    trail.append_all(Vec::new()).await.expect("it is writable");
    let head = trail.head();
    drop(trail);

    assert_eq!(folder.records(), (1..=5).map(event).collect::<Vec<_>>());
    let (trail, found) = folder.open(Some(head));
    assert_eq!(found, clean(head));
    trail.append(event(6)).await.expect("it is writable");
    assert!(trail.head().sequence > head.sequence);
    assert_eq!(folder.records(), (1..=6).map(event).collect::<Vec<_>>());
    assert_eq!(segments(&folder.0).expect("it is there").len(), 1);
}

#[tokio::test]
async fn one_process_at_a_time_writes() {
    let folder = Folder::new();
    let _trail = folder.open(None);
    let second =
        Trail::open(&folder.0, Arc::new(Key(1)), Options::default(), None, Load::default());
    let error = second.err().expect("the folder is locked");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn the_chain_goes_on_across_segments() {
    let folder = Folder::new();
    let small = Options { segment_bytes: 1, ..Options::default() };
    let mut heads = vec![Head::START];
    for number in 1..=6 {
        // Opened anew in between: the file that is begun, empty or full, serves on.
        let expected = heads.last().copied();
        let (trail, found) = folder.open_with(Arc::new(Key(1)), small, expected);
        assert_eq!(found, clean(heads[heads.len() - 1]));
        trail.append(event(number)).await.expect("it is writable");
        heads.push(trail.head());
        trail.append(event(number + 100)).await.expect("it is writable");
        heads.push(trail.head());
    }

    let names = folder.names();
    assert_eq!(names.len(), 12);
    assert_eq!(names[0], "00000000000000000001.jsonl");
    assert_eq!(names[11], "00000000000000000012.jsonl");
    let file = fs::metadata(folder.0.join(&names[0])).expect("it is there");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    for expected in heads {
        assert_eq!(folder.open(Some(expected)).1.findings, []);
    }
    assert_eq!(folder.records().len(), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_appends_are_durable_once_and_in_order() {
    const TASKS: u64 = 64;
    const EACH: u64 = 40;
    let folder = Folder::new();
    let small = Options { segment_bytes: 20_000, ..Options::default() };
    let (trail, _) = folder.open_with(Arc::new(Key(1)), small, None);
    let trail = Arc::new(trail);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let trail = trail.clone();
        tasks.spawn(async move {
            for number in 0..EACH {
                trail.append(event(task * EACH + number)).await.expect("it is writable");
            }
        });
    }
    tasks.join_all().await;

    let head = trail.head();
    let records = folder.records();
    let places: BTreeMap<_, _> = records.iter().zip(0..).collect();
    assert_eq!((records.len() as u64, places.len() as u64), (TASKS * EACH, TASKS * EACH));
    for task in 0..TASKS {
        let of_task = (0..EACH).map(|number| places[&event(task * EACH + number)]);
        assert!(of_task.is_sorted());
    }
    drop(trail);
    assert!(folder.names().len() > 2);
    assert_eq!(folder.open(Some(head)).1, clean(head));
}

#[tokio::test]
async fn room_is_given_back() {
    let folder = Folder::new();
    let (trail, _) = folder.open(None);
    let long = format!("{{\"eventID\":\"{}\"}}", "x".repeat(MAX_RECORD - 14)).into_bytes();
    let count = 2 * MAX_BATCH / MAX_RECORD + 8;
    trail.append_all(vec![long; count]).await.expect("it is writable");
    assert_eq!(folder.records().len(), count);
}

#[tokio::test]
async fn a_failing_notary_ends_the_trail_for_all() {
    let folder = Folder::new();
    let notary = Arc::new(Gate::default());
    let (trail, _) = folder.open_with(notary.clone(), Options::default(), None);
    trail.append(event(1)).await.expect("it is writable");

    // More than the queue has room for, so that some wait for room and some for the disk.
    let long = format!("{{\"eventID\":\"{}\"}}", "x".repeat(MAX_RECORD - 14)).into_bytes();
    let mut appends: Vec<_> = (0..80).map(|_| Box::pin(trail.append(long.clone()))).collect();
    {
        let _shut = notary.shut();
        let mut context = Context::from_waker(Waker::noop());
        assert!(appends.iter_mut().all(|append| append.as_mut().poll(&mut context).is_pending()));
        notary.fails.store(true, Ordering::SeqCst);
    }
    let failed = Unwritable::Failed(Failure::Notary);
    for append in appends {
        assert_eq!(append.await, Err(failed));
    }
    assert_eq!(trail.append(event(2)).await, Err(failed));
    assert_eq!(trail.append_all(vec![event(2), event(3)]).await, Err(failed));
    assert_eq!((trail.is_writable(), trail.state()), (false, State::Failed(Failure::Notary)));
    assert_eq!(trail.head().sequence, 1);
    drop(trail);
    assert_eq!(folder.bytes(1).last(), Some(&b'\n'));
    assert_eq!(folder.records(), [event(1)]);
}

#[tokio::test]
async fn a_panic_of_the_thread_leaves_nobody_waiting() {
    struct Broken;
    impl Notary for Broken {
        fn tag(&self, _: &[u8], _: &[u8]) -> Result<Vec<u8>, NotaryError> {
            panic!("as this test wants")
        }
        fn check(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<bool, NotaryError> {
            Ok(false)
        }
    }
    let folder = Folder::new();
    let (trail, _) = folder.open_with(Arc::new(Broken), Options::default(), None);
    let end = trail.append(event(1)).await;
    assert_eq!(end, Err(Unwritable::Failed(Failure::Panic)));
}

#[tokio::test]
async fn a_segment_that_cannot_be_made_ends_the_trail() {
    let folder = Folder::new();
    let small = Options { segment_bytes: 1, ..Options::default() };
    let (trail, _) = folder.open_with(Arc::new(Key(1)), small, None);
    folder.put(2, b"");
    trail.append(event(1)).await.expect("it is writable");
    let end = trail.append(event(2)).await;
    assert_eq!(end, Err(Unwritable::Failed(Failure::Segment)));
}

#[tokio::test]
async fn a_dropped_append_is_written_and_its_waker_let_go() {
    struct Bell(AtomicU64);
    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let folder = Folder::new();
    let notary = Arc::new(Gate::default());
    let (trail, _) = folder.open_with(notary.clone(), Options::default(), None);
    let bells = [(); 2].map(|()| Arc::new(Bell(AtomicU64::new(0))));
    {
        let _shut = notary.shut();
        let _never_polled = trail.append(event(0));
        for number in 1..=3 {
            let mut append = pin!(trail.append(event(number)));
            for bell in &bells {
                let waker = Waker::from(bell.clone());
                assert_eq!(append.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
            }
            // The last waker is the one that is kept.
            assert_eq!(bells.each_ref().map(Arc::strong_count), [1, 2]);
        }
        assert_eq!(bells.each_ref().map(Arc::strong_count), [1, 1]);
    }
    drop(trail);
    assert_eq!(folder.records(), (1..=3).map(event).collect::<Vec<_>>());
    assert_eq!(bells.map(|bell| bell.0.load(Ordering::SeqCst)), [0, 0]);
}

#[tokio::test]
async fn what_is_no_record_is_refused() {
    let folder = Folder::new();
    let (trail, _) = folder.open(None);
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_RECORD - 8)).into_bytes();
    assert_eq!(long.len(), MAX_RECORD);
    trail.append(long.clone()).await.expect("it is just short enough");
    let longer = long.iter().take(10).chain(&long).copied().collect();
    assert_eq!(trail.append(longer).await, Err(Unwritable::Refused(Refused::TooLong)));

    let trailer = Built::new(Head::START, &[], 1).text;
    let malformed: [&[u8]; 9] = [
        b"",
        b"x",
        b"[]",
        b"{\"a\":1}\n",
        b"{\"a\":\n1}",
        b"{ \"keycell\":1}",
        b"{\"keycell\":1}",
        b"{\"keycell\":\"batch\"}",
        trailer.trim_ascii_end(),
    ];
    for record in malformed {
        let end = trail.append_all(vec![event(1), record.to_vec()]).await;
        assert_eq!(end, Err(Unwritable::Refused(Refused::Malformed)));
    }
    trail.append(b"{\"a\":{\"keycell\":\"batch\"}}".to_vec()).await.expect("it is a record");
    let head = trail.head();
    drop(trail);
    assert_eq!(folder.open(Some(head)).1, clean(head));
    assert_eq!(folder.records().len(), 2);
}

#[tokio::test]
async fn readers_see_complete_batches() {
    let folder = Folder::new();
    let small = Options { segment_bytes: 200, ..Options::default() };
    let (trail, _) = folder.open_with(Arc::new(Key(1)), small, None);
    let (none, mut all) = Follower::after_last(&folder.0, 3).expect("it is there");
    assert_eq!(none, Vec::<Vec<u8>>::new());
    for number in 1..=9 {
        trail.append(event(number)).await.expect("it is writable");
    }
    let (last, mut follower) = Follower::after_last(&folder.0, 4).expect("it is there");
    assert_eq!(last, (6..=9).map(event).collect::<Vec<_>>());
    assert_eq!(read_last(&folder.0, 0).expect("it is there"), Vec::<Vec<u8>>::new());
    assert_eq!(read_last(&folder.0, 99).expect("it is there").len(), 9);

    assert_eq!(follower.next_batch().expect("it is there"), None);
    for number in 10..=12 {
        trail.append(event(number)).await.expect("it is writable");
        let batch = follower.next_batch().expect("it is there");
        assert_eq!(batch, Some(vec![event(number)]));
        assert_eq!(follower.next_batch().expect("it is there"), None);
    }
    let followed = std::iter::from_fn(|| all.next_batch().expect("it is there"));
    assert_eq!(followed.flatten().collect::<Vec<_>>(), (1..=12).map(event).collect::<Vec<_>>());
}

#[test]
fn a_follower_waits_for_the_trailer() {
    let (first, second) = two_batches();
    let folder = Folder::new();
    folder.put(1, &first.text);
    let (_, mut follower) = Follower::after_last(&folder.0, 0).expect("it is there");
    let whole = [first.text.as_slice(), &second.text].concat();
    for length in first.len()..whole.len() {
        folder.put(1, &whole[..length]);
        assert_eq!(follower.next_batch().expect("it is there"), None);
    }
    folder.put(1, &whole);
    assert_eq!(follower.next_batch().expect("it is there"), Some(second.records));
}

#[tokio::test]
async fn event_ids_are_found() {
    let folder = Folder::new();
    let small = Options { segment_bytes: 200, ..Options::default() };
    let (trail, _) = folder.open_with(Arc::new(Key(1)), small, None);
    trail.append_all((1..=9).map(event).collect()).await.expect("it is writable");
    let nested = b"{\"a\":{\"eventID\":\"n\"},\"eventID\":\"\\u006f\"}";
    trail.append(nested.to_vec()).await.expect("it is writable");
    trail.append(b"{\"eventID\":7}".to_vec()).await.expect("it is writable");

    let wanted = ["id-1", "id-9", "id-10", "n", "o", "7"].map(String::from);
    let found = find_event_ids(&folder.0, &wanted.into()).expect("it is there");
    assert_eq!(found, BTreeSet::from(["id-1", "id-9", "o"].map(String::from)));
}

#[test]
fn the_format_is_frozen() {
    let records = [br#"{"eventID":"a"}"#.to_vec(), br#"{"eventID":"b"}"#.to_vec()];
    let mut hash = BatchHash::new();
    records.iter().for_each(|record| hash.record(record));
    let (sums, hash) = (hash.sums().to_vec(), hash.finish(17, &[0xab; 32]));
    let trailer = Trailer {
        head: Head { sequence: 17, hash },
        records: 2,
        sums,
        previous: [0xab; 32],
        tag: vec![0, 255],
    };
    assert_eq!(trailer.encode(), FROZEN.concat());
    assert_eq!(segment::parse(FROZEN.concat().as_bytes()), Line::Trailer(trailer));
    assert_eq!(segment::file_name(17), "00000000000000000017.jsonl");
    assert_eq!(segment::sequence_of("00000000000000000017.jsonl"), Some(17));
    for name in ["17.jsonl", "+0000000000000000017.jsonl", "99999999999999999999.jsonl", "x"] {
        assert_eq!(segment::sequence_of(name), None);
    }
}

#[test]
fn any_bytes_are_parsed() {
    let valid = Built::new(Head::START, &[], 1).text;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..20_000 {
        let mut line = valid.trim_ascii_end().to_vec();
        let from = if round % 2 == 0 { 0 } else { 12 };
        for _ in 0..1 + random() % 4 {
            let place = from + random() as usize % (line.len() - from);
            line[place] = random() as u8;
        }
        line.truncate(random() as usize % (2 * line.len()));
        if let Line::Trailer(trailer) = segment::parse(&line) {
            assert_eq!(trailer.encode().as_bytes(), line);
        }
        segment::betrays_trailer(&line, round % 3 == 0);
        assert!(segment::check(&line).is_err() || segment::parse(&line) == Line::Record(&line));
    }
}

const FROZEN: [&str; 5] = [
    r#"{"keycell":"batch","sequence":17,"records":2,"#,
    r#""sums":"b6dd7cbfcb676834","#,
    r#""previous":"abababababababababababababababababababababababababababababababab","#,
    r#""hash":"b98c2e531885d2f50e1e83607c7fd085afc9262281a7a340c813ca1d22444c26","#,
    r#""tag":"00ff"}"#,
];

/// What a client has sent may look like the end of a trailer.
#[test]
fn a_whole_record_is_no_trailer_whatever_it_holds() {
    let record = br#"{"eventID":"e","requestParameters":{"a":"b","tag":"c"}}"#;
    assert!(!segment::betrays_trailer(record, true));
    // Torn it is kept, to be safe.
    assert!(segment::betrays_trailer(record, false));
    let trailer = br#"{"keycelx":"batch","previous":"00","hash":"00","tag":"00"}"#;
    assert!(segment::betrays_trailer(trailer, true));
}
