//! Opening a trail that was torn, changed or cut: a torn tail goes, all else is reported and stays.

use std::sync::Arc;

use keycell::audit::recovery::Recovered;
use keycell::audit::scan::{Change, Damage, Finding, MAX_FINDINGS};
use keycell::audit::segment::{Head, MAX_RECORD};
use keycell::audit::trail::Options;

use super::kit::{Built, Folder, Key, clean, event, trailers, two_batches};

#[tokio::test]
async fn a_torn_tail_is_cut_wherever_it_was_torn() {
    let (first, second) = two_batches();
    for length in 1..second.len() {
        let folder = Folder::new();
        let torn = [first.text.as_slice(), &second.text[..length]].concat();
        folder.put(1, &torn);
        let (trail, found) = folder.open(Some(first.head));

        assert_eq!(found, Recovered { bytes_cut: length as u64, ..clean(first.head) });
        assert_eq!(folder.bytes(1), first.text, "torn after {length}");
        if length % 97 == 0 {
            trail.append(event(9)).await.expect("it is writable");
            let head = trail.head();
            assert_eq!(head.sequence, 2);
            drop(trail);
            assert_eq!(folder.open(Some(head)).1, clean(head));
        }
    }
}

#[test]
fn a_torn_first_batch_is_cut_and_the_zeros_behind_it_are_none() {
    let (first, second) = two_batches();
    let folder = Folder::new();
    folder.put(1, &first.text[..first.len() - 1]);
    let (_, found) = folder.open(None);
    assert_eq!(found, Recovered { bytes_cut: first.len() as u64 - 1, ..clean(Head::START) });
    assert_eq!(folder.names().len(), 1);

    let folder = Folder::new();
    let zeros = vec![0; 3 * MAX_RECORD];
    folder.put(1, &[first.text.as_slice(), &second.text[..50], &zeros].concat());
    let (_, found) = folder.open(None);
    assert_eq!(found, Recovered { bytes_cut: 50, ..clean(first.head) });
    assert_eq!(folder.bytes(1), first.text);
}

#[tokio::test]
async fn a_changed_byte_is_reported_and_nothing_is_cut() {
    let (first, second) = two_batches();
    let whole = [first.text, second.text].concat();
    for place in 0..whole.len() {
        // Into another byte, and into a newline or from one.
        for change in [|byte| byte ^ 1, |byte| b'\n' ^ u8::from(byte == b'\n')] {
            let mut changed = whole.clone();
            changed[place] = change(changed[place]);
            let folder = Folder::new();
            folder.put(1, &changed);
            let (trail, found) = folder.open(None);

            assert_ne!(found.findings, [], "byte {place}");
            assert_eq!(found.bytes_cut, 0, "byte {place}");
            drop(trail);
            assert_eq!(folder.bytes(1), changed);
        }
    }
}

#[tokio::test]
async fn after_damage_a_new_segment_begins_at_the_last_authentic_batch() {
    let (first, second) = two_batches();
    let third = Built::new(second.head, &[event(7)], 1);
    let mut changed = second.text.clone();
    changed[20] ^= 1;
    let folder = Folder::new();
    folder.put(1, &[first.text.as_slice(), &changed].concat());

    let (trail, found) = folder.open(Some(second.head));
    let (line, offset) = (first.lines() + 1, first.len() as u64);
    let wrong = (line, Change::Changed);
    assert_eq!(found.findings, [folder.wrong(1, (line, offset), wrong)]);
    assert_eq!(found.head, first.head);
    trail.append(event(7)).await.expect("it is writable");
    let head = trail.head();
    drop(trail);
    let written = trailers(&folder.bytes(3));
    assert_eq!((written[0].head, written[0].previous), (head, first.head.hash));

    // The next start says it again, and goes on in the new segment.
    let (trail, again) = folder.open(Some(head));
    assert_eq!((again.findings, again.head), (found.findings, head));
    trail.append(event(8)).await.expect("it is writable");
    assert_eq!(folder.names().len(), 2);
    drop(trail);

    // An authentic batch that follows a damaged one is trusted again.
    let folder = Folder::new();
    folder.put(1, &[first.text.as_slice(), &changed, &third.text].concat());
    let (_, found) = folder.open(None);
    assert_eq!((found.findings.len(), found.head), (1, third.head));
}

#[test]
fn a_dropped_record_or_batch_and_swapped_batches_are_reported() {
    let (first, second) = two_batches();
    let third = Built::new(second.head, &[event(7)], 1);
    let after_first = (first.lines() + 1, first.len() as u64);
    let opened = |texts: &[&[u8]]| {
        let folder = Folder::new();
        folder.put(1, &texts.concat());
        let (_, found) = folder.open(None);
        assert_eq!(found.bytes_cut, 0);
        (found.findings, folder)
    };
    let check = |texts: &[&[u8]], (line, offset), damage| {
        let (found, folder) = opened(texts);
        assert_eq!(found.first(), Some(&folder.damaged(1, line, offset, damage)));
    };

    let record = second.text.iter().position(|byte| *byte == b'\n').expect("lines end") + 1;
    let (found, folder) = opened(&[&first.text, &second.text[record..]]);
    let removed = (after_first.0, Change::Removed);
    assert_eq!(found, [folder.wrong(1, after_first, removed)]);
    check(&[&first.text, &third.text], after_first, Damage::Chain);
    check(&[&first.text, &third.text, &second.text], after_first, Damage::Chain);
    check(&[&second.text, &third.text], (1, 0), Damage::Chain);
    check(&[&first.text, &first.text], after_first, Damage::Chain);
    let other = Built::new(Head::START, &[event(7)], 1);
    let of_another_past = Built::new(other.head, &[event(8)], 1);
    check(&[&first.text, &of_another_past.text], after_first, Damage::Chain);
    let forged = Built::new(first.head, &[event(7)], 2);
    check(&[&first.text, &forged.text], after_first, Damage::Tag);
    check(&[&first.text, b"{\"keycell\":1}\n"], after_first, Damage::Trailer);
}

#[tokio::test]
async fn with_the_wrong_key_nothing_is_trusted() {
    let folder = Folder::new();
    let mut text = Vec::new();
    let mut head = Head::START;
    for number in 0..150 {
        let batch = Built::new(head, &[event(number)], 1);
        (head, text) = (batch.head, [text, batch.text].concat());
    }
    folder.put(1, &text);
    let (trail, found) = folder.open_with(Arc::new(Key(2)), Options::default(), Some(head));
    assert_eq!(found.findings.len(), MAX_FINDINGS);
    assert_eq!((found.unlisted, found.head), (50, Head::START));
    assert_eq!(found.findings[0], folder.damaged(1, 1, 0, Damage::Tag));
    trail.append(event(1)).await.expect("it is writable");
    assert_eq!(trail.head().sequence, 151);
}

#[tokio::test]
async fn a_tail_cut_at_a_batch_is_missed_by_its_head() {
    let (first, second) = two_batches();
    let missing = Finding::HeadMissing { expected: second.head, found: first.head };
    let folder = Folder::new();
    folder.put(1, &first.text);

    // As often as it is asked, until a new batch is the head.
    for _ in 0..2 {
        let (_, found) = folder.open(Some(second.head));
        assert_eq!((found.findings, found.head), (vec![missing.clone()], first.head));
        assert_eq!(folder.names().len(), 2);
    }
    let (trail, _) = folder.open(Some(second.head));
    trail.append(event(7)).await.expect("it is writable");
    let head = trail.head();
    assert_eq!(head.sequence, 3);
    drop(trail);

    // What was lost stays visible in the chain.
    let (_, found) = folder.open(Some(head));
    assert_eq!(found.findings, [folder.damaged(3, 1, 0, Damage::Chain)]);
    assert_eq!(folder.bytes(1), first.text);
}

#[test]
fn a_missing_head_keeps_a_torn_batch_as_evidence() {
    let (first, second) = two_batches();
    let folder = Folder::new();
    let torn = [first.text.as_slice(), &second.text[..second.len() - 2]].concat();
    folder.put(1, &torn);
    let (_, found) = folder.open(Some(second.head));

    let unfinished = folder.damaged(1, first.lines() + 1, first.len() as u64, Damage::Unfinished);
    let missing = Finding::HeadMissing { expected: second.head, found: first.head };
    assert_eq!(found.findings, [unfinished, missing]);
    assert_eq!(folder.bytes(1), torn);
}

#[test]
fn a_head_with_another_hash_or_of_a_removed_trail_is_missing() {
    let (first, second) = two_batches();
    let folder = Folder::new();
    folder.put(1, &[first.text, second.text].concat());
    let other = Head { hash: [7; 32], ..first.head };
    let (_, found) = folder.open(Some(other));
    let missing = Finding::HeadMissing { expected: other, found: second.head };
    assert_eq!(found.findings, [missing]);
    assert_eq!(folder.names()[1], "00000000000000000003.jsonl");

    let folder = Folder::new();
    let (_, found) = folder.open(Some(first.head));
    let missing = Finding::HeadMissing { expected: first.head, found: Head::START };
    assert_eq!(found.findings, [missing]);
    assert_eq!(folder.names(), ["00000000000000000002.jsonl"]);
}

#[test]
fn random_files_are_opened_and_never_rewritten() {
    let (first, second) = two_batches();
    let whole = [first.text.as_slice(), &second.text].concat();
    let mut state = 1_u64;
    for _ in 0..200 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let (from, to) = (state as usize % whole.len(), (state >> 32) as usize % whole.len());
        let mixed = [&whole[..from], &whole[to..]].concat();
        let folder = Folder::new();
        folder.put(1, &mixed);
        let (_, found) = folder.open(None);
        let left = folder.bytes(1);
        assert!(mixed.starts_with(&left));
        assert_eq!(mixed.len() - left.len(), found.bytes_cut as usize);
        assert!(from == to || from == 0 || !found.findings.is_empty() || left.len() <= first.len());
    }
}
