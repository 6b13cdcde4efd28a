//! Segments that are lengthened ahead of what is written, and batches that are on their way at
//! once: what a crash leaves of both.

use std::ops::Range;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use keycell::audit::load::Load;
use keycell::audit::read::Follower;
use keycell::audit::recovery::Recovered;
use keycell::audit::scan::Damage;
use keycell::audit::segment::Head;
use keycell::audit::trail::{Options, Trail};
use keycell::audit::verify::{Anchors, verify};

use super::kit::{Built, Folder, Key, clean, event, two_batches};

const SECTOR: usize = 512;

#[tokio::test]
async fn the_zeros_at_the_end_are_nothing_and_go_when_it_is_closed() {
    let folder = Folder::new();
    let (trail, _) = folder.open(None);
    trail.append(event(1)).await.expect("it is writable");
    trail.append(event(2)).await.expect("it is writable");
    let (head, open) = (trail.head(), folder.bytes(1));
    let anchors = Anchors { pruned: Head::START, head };
    let found = verify(&folder.0, &Key(1), anchors).expect("it can be read");
    assert_eq!((found.findings, found.unfinished, found.records), (vec![], 0, 2));
    drop(trail);
    let closed = folder.bytes(1);
    assert_eq!(open.len(), 1 << 20);
    assert_eq!(
        open.strip_prefix(closed.as_slice()),
        Some(vec![0; open.len() - closed.len()]).as_deref()
    );

    // As a crash leaves it; also in a segment that another follows.
    let third = Built::new(head, &[event(3)], 1);
    let crashed = Folder::new();
    crashed.put(1, &open);
    let (trail, found) = crashed.open(Some(head));
    assert_eq!(found, clean(head));
    drop(trail);
    assert_eq!(crashed.bytes(1), closed);
    crashed.put(1, &open);
    crashed.put(3, &third.text);
    assert_eq!(crashed.open(Some(third.head)).1, clean(third.head));
    assert_eq!(crashed.records(), [event(1), event(2), event(3)]);
}

/// Three batches, of which the second has some sectors of its own.
fn three() -> (Built, Built, Built) {
    let (first, _) = two_batches();
    let second = Built::new(first.head, &(0..60).map(event).collect::<Vec<_>>(), 1);
    let third = Built::new(second.head, &[event(50)], 1);
    (first, second, third)
}

/// The sectors that lie within the second batch.
fn sectors(first: &Built, second: &Built) -> Range<usize> {
    first.len().div_ceil(SECTOR)..(first.len() + second.len()) / SECTOR
}

fn with_hole(mut whole: Vec<u8>, hole: Range<usize>) -> Vec<u8> {
    whole[hole].fill(0);
    whole
}

#[tokio::test]
async fn what_a_crash_has_left_a_hole_in_is_cut() {
    let (first, second, third) = three();
    let whole = [first.text.as_slice(), &second.text, &third.text].concat();
    let sectors = sectors(&first, &second);
    assert!(sectors.len() >= 4);
    for begin in sectors.clone() {
        for end in begin + 1..=sectors.end {
            let folder = Folder::new();
            let torn = with_hole(whole.clone(), begin * SECTOR..end * SECTOR);
            folder.put(1, &[torn.as_slice(), &[0; 5000]].concat());
            let anchors = Anchors { pruned: Head::START, head: first.head };
            let found = verify(&folder.0, &Key(1), anchors).expect("it can be read");
            assert_eq!((found.findings, found.head), (vec![], first.head));
            assert!(found.unfinished > 0);

            let (trail, found) = folder.open(Some(first.head));
            let bytes_cut = (whole.len() + 5000 - first.len()) as u64;
            assert_eq!(found, Recovered { bytes_cut, ..clean(first.head) });
            trail.append(event(9)).await.expect("it is writable");
            let head = trail.head();
            drop(trail);
            assert_eq!((folder.names().len(), head.sequence), (1, 2));
            assert_eq!(folder.open(Some(head)).1, clean(head));
        }
    }
}

#[test]
fn zeros_that_no_crash_leaves_are_reported_and_nothing_is_cut() {
    let (first, second, third) = three();
    let whole = [first.text.as_slice(), &second.text, &third.text].concat();
    let sector = sectors(&first, &second).start * SECTOR;
    let reported = |text: &[u8], expected: Option<Head>| {
        let folder = Folder::new();
        folder.put(1, text);
        let (trail, found) = folder.open(expected);
        drop(trail);
        assert_eq!((found.bytes_cut, folder.bytes(1).as_slice()), (0, text));
        let damaged = |damage| folder.damaged(1, first.lines() + 1, first.len() as u64, damage);
        let unfinished = damaged(Damage::Unfinished);
        (found.findings.contains(&unfinished), found.findings.len())
    };
    // Not to the end of a sector.
    for hole in [sector..sector + 1, sector + 100..sector + SECTOR - 1, sector..sector + SECTOR - 1]
    {
        assert_eq!(reported(&with_hole(whole.clone(), hole), Some(first.head)), (false, 1));
    }
    // What was durable is behind it.
    let holed = with_hole(whole.clone(), sector..sector + SECTOR);
    assert_eq!(reported(&holed, Some(second.head)), (true, 2));
    // More batches are behind it than are on their way at once.
    let mut head = third.head;
    let mut long = holed;
    for number in 60..64 {
        let next = Built::new(head, &[event(number)], 1);
        long.extend_from_slice(&next.text);
        head = next.head;
    }
    assert_eq!(reported(&long, Some(first.head)), (false, 1));
    // Another segment follows.
    let folder = Folder::new();
    folder.put(1, &with_hole(whole, sector..sector + SECTOR));
    folder.put(4, &Built::new(third.head, &[event(51)], 1).text);
    let (_, found) = folder.open(Some(first.head));
    assert_eq!((found.findings.len(), found.bytes_cut), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_written_while_the_one_before_is_on_its_way_and_counts_after_it() {
    let folder = Folder::new();
    let slow = Options { sync_delay: Duration::from_secs(3), ..Options::default() };
    let opened = Trail::open(&folder.0, Arc::new(Key(1)), slow, None, Load::default());
    let (trail, _) = opened.expect("it opens");
    let (_, mut follower) = Follower::after_last(&folder.0, 0).expect("it is there");
    let mut next = async || loop {
        match follower.next_batch().expect("it is there") {
            Some(batch) => return batch.len(),
            None => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };

    let begin = |number| {
        let mut append = Box::pin(trail.append(event(number)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(append.as_mut().poll(&mut context).is_pending());
        append
    };
    let mut appends = vec![begin(0)];
    assert_eq!(next().await, 1);
    // Too few to be worth a sync of their own, then enough.
    appends.extend((1..12).map(begin));
    assert_eq!(folder.records().len(), 1);
    appends.push(begin(12));
    assert_eq!(next().await, 12);
    assert_eq!(trail.head(), Head::START);
    for append in appends {
        append.await.expect("it is writable");
    }
    let head = trail.head();
    assert_eq!(head.sequence, 2);
    drop(trail);
    assert_eq!(folder.open(Some(head)).1, clean(head));
    assert_eq!(folder.records(), (0..13).map(event).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_served_and_brings_nothing_holds_up_nobody() {
    let (folder, load) = (Folder::new(), Load::default());
    let _served: Vec<_> = (0..40).map(|_| load.enter()).collect();
    let opened = Trail::open(&folder.0, Arc::new(Key(1)), Options::default(), None, load);
    let trail = Arc::new(opened.expect("it opens").0);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..30 {
        let trail = trail.clone();
        tasks.spawn(async move {
            for number in 0..20 {
                trail.append(event(20 * task + number)).await.expect("it is writable");
            }
        });
    }
    tasks.join_all().await;
    trail.append(event(600)).await.expect("it is writable");
    assert_eq!(folder.records().len(), 601);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_are_served_come_and_go_and_all_records_are_there() {
    let (folder, load) = (Folder::new(), Load::default());
    let options = Options { segment_bytes: 20_000, ..Options::default() };
    let opened = Trail::open(&folder.0, Arc::new(Key(1)), options, None, load.clone());
    let trail = Arc::new(opened.expect("it opens").0);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..64 {
        let (trail, load) = (trail.clone(), load.clone());
        tasks.spawn(async move {
            for number in 0..40 {
                let _served = load.enter();
                trail.append(event(40 * task + number)).await.expect("it is writable");
                drop(load.enter());
                if (task + number) % 3 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        });
    }
    tasks.join_all().await;
    let head = trail.head();
    assert_eq!(folder.records().len(), 64 * 40);
    drop(trail);
    assert_eq!(folder.open(Some(head)).1, clean(head));
}
