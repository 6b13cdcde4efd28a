//! Proving a trail: whatever is changed, removed, put in or cut off is found, and its place told.

use keycell::audit::scan::{Change, Damage, Finding};
use keycell::audit::segment::{self, Head};
use keycell::audit::verify::{Anchors, Verified, verify};

use super::kit::{Built, Folder, Key, event, two_batches};

/// A trail of three batches in two segments.
struct Trail {
    folder: Folder,
    batches: [Built; 3],
}

impl Trail {
    fn new() -> Self {
        let (first, second) = two_batches();
        let third = Built::new(second.head, &[event(6), event(7)], 1);
        let folder = Folder::new();
        folder.put(1, &[first.text.as_slice(), &second.text].concat());
        folder.put(3, &third.text);
        Self { folder, batches: [first, second, third] }
    }

    fn head(&self) -> Head {
        self.batches[2].head
    }

    fn verify(&self) -> Verified {
        self.verify_from(Head::START)
    }

    fn verify_from(&self, pruned: Head) -> Verified {
        let anchors = Anchors { pruned, head: self.head() };
        verify(&self.folder.0, &Key(1), anchors).expect("it can be read")
    }

    fn remove(&self, sequence: u64) {
        std::fs::remove_file(self.folder.path(sequence)).expect("it is there");
    }
}

#[test]
fn a_whole_trail_is_whole() {
    let trail = Trail::new();
    let found = trail.verify();
    assert!(found.is_sound());
    assert_eq!((found.segments, found.batches, found.records), (2, 3, 7));
    assert_eq!((found.head, found.unfinished), (trail.head(), 0));
}

#[test]
fn any_flipped_bit_is_found_in_its_file_and_its_record() {
    let trail = Trail::new();
    for sequence in [1, 3] {
        let whole = trail.folder.bytes(sequence);
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 1 << (place % 8);
            trail.folder.put(sequence, &changed);
            let found = trail.verify();
            let Some(Finding::Damaged { segment, line, record, .. }) = found.findings.first()
            else {
                panic!("byte {place} of segment {sequence}: {:?}", found.findings)
            };
            assert_eq!(*segment, trail.folder.path(sequence));
            // The line of the byte, counted before it was changed.
            let own = 1 + whole[..place].iter().filter(|byte| **byte == b'\n').count() as u64;
            let text = whole.split(|byte| *byte == b'\n').nth(own as usize - 1);
            let is_record = matches!(text.map(segment::parse), Some(segment::Line::Record(_)));
            let is_line_kept = changed[place] != b'\n' && whole[place] != b'\n';
            if is_record && is_line_kept && !matches!(changed.get(..12), Some(b"{\"keycell\"")) {
                assert_eq!(
                    record.map(|wrong| (wrong.line, wrong.change)),
                    Some((own, Change::Changed)),
                    "byte {place} of {sequence}"
                );
            }
            assert!(*line <= own);
        }
        trail.folder.put(sequence, &whole);
    }
}

#[test]
fn any_dropped_or_added_record_is_found_at_its_line() {
    let trail = Trail::new();
    let whole = trail.folder.bytes(1);
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    for (place, _) in lines.iter().enumerate().filter(|(_, line)| line.starts_with(b"{\"event")) {
        let line = place as u64 + 1;
        let begin = if line <= trail.batches[0].lines() { 1 } else { 4 };
        let offset: usize = lines[..begin as usize - 1].iter().map(|line| line.len()).sum();
        let begin = (begin, offset as u64);

        let mut fewer = lines.clone();
        fewer.remove(place);
        trail.folder.put(1, &fewer.concat());
        let removed = trail.folder.wrong(1, begin, (line, Change::Removed));
        assert_eq!(trail.verify().findings, [removed]);

        let mut more = lines.clone();
        more.insert(place, b"{\"eventID\":\"new\"}\n");
        trail.folder.put(1, &more.concat());
        let added = trail.folder.wrong(1, begin, (line, Change::Added));
        assert_eq!(trail.verify().findings, [added]);
    }
}

#[test]
fn a_chain_that_is_written_anew_without_the_key_is_found() {
    let trail = Trail::new();
    let mut head = Head::START;
    let mut forged = Vec::new();
    for batch in &trail.batches {
        let own = Built::new(head, &batch.records[1..], 2);
        head = own.head;
        forged.push(own);
    }
    trail.folder.put(1, &[forged[0].text.as_slice(), &forged[1].text].concat());
    trail.folder.put(3, &forged[2].text);
    let found = trail.verify();
    assert_eq!(found.findings[0], trail.folder.damaged(1, 1, 0, Damage::Tag));
    let missing = Finding::HeadMissing { expected: trail.head(), found: Head::START };
    assert_eq!(found.findings.last(), Some(&missing));
    assert_eq!(found.findings.len(), 4);
}

#[test]
fn a_cut_tail_and_removed_files_are_found() {
    let trail = Trail::new();
    trail.remove(3);
    let found = trail.verify();
    let last = trail.batches[1].head;
    let missing = Finding::HeadMissing { expected: trail.head(), found: last };
    assert_eq!((found.findings, found.head), (vec![missing], last));

    let trail = Trail::new();
    // What retention was about to remove may be there yet.
    let found = trail.verify_from(trail.batches[1].head);
    assert_eq!((found.findings, found.batches), (vec![], 1));
    trail.remove(1);
    let found = trail.verify();
    assert_eq!(found.findings, [trail.folder.damaged(3, 1, 0, Damage::Chain)]);

    // What was removed in order is missed by nobody.
    let found = trail.verify_from(trail.batches[1].head);
    assert_eq!((found.findings, found.batches), (vec![], 1));
    let found = trail.verify_from(trail.batches[0].head);
    assert_eq!(found.findings, [trail.folder.damaged(3, 1, 0, Damage::Chain)]);
}

#[test]
fn what_is_under_way_is_told_and_is_no_finding() {
    let trail = Trail::new();
    let whole = trail.folder.bytes(3);
    let next = Built::new(trail.head(), &[event(8)], 1).text;
    for length in 1..next.len() {
        trail.folder.put(3, &[whole.as_slice(), &next[..length]].concat());
        let found = trail.verify();
        assert_eq!((found.findings, found.unfinished), (vec![], length as u64));
        assert_eq!(trail.folder.bytes(3).len(), whole.len() + length, "it writes nothing");
    }
    // In a file that others follow nothing is under way.
    let first = trail.folder.bytes(1);
    trail.folder.put(1, &[first.as_slice(), b"{\"eventID\":\"x\"}\n"].concat());
    trail.folder.put(3, &whole);
    let (line, offset) = (first.split(|byte| *byte == b'\n').count() as u64, first.len() as u64);
    let unfinished = trail.folder.damaged(1, line, offset, Damage::Unfinished);
    assert_eq!(trail.verify().findings, [unfinished]);
}
