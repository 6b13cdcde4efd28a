//! `keycell trail verify` as an operator runs it: on a trail as it was left, and on one that
//! somebody has been at.

use std::fs;
use std::path::PathBuf;

use keycell::audit::read::segments;
use keycell::audit::segment::{self, BatchHash, Line, Trailer};
use serde_json::json;

use crate::kit::{Launch, Output, Server};

/// A server that has written a few records and was stopped, and its only segment.
fn written() -> (Server, PathBuf, Vec<u8>) {
    let mut server = Server::start();
    let key = server.client().key();
    for _ in 0..20 {
        server.client().encrypt(&key, "x");
    }
    server.terminate();
    let segments = segments(&server.data().join("trail")).expect("the trail is there");
    let (_, path) = segments.into_iter().next_back().expect("there is a segment");
    let text = fs::read(&path).expect("it can be read");
    (server, path, text)
}

#[track_caller]
fn assert_fails(output: &Output, places: &[&str]) {
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains("the trail is not whole"), "{output:?}");
    for place in places {
        assert!(output.stdout.contains(place), "{place} is not told: {output:?}");
    }
}

#[track_caller]
fn assert_whole(output: &Output, records: usize) {
    assert_eq!((output.code, &*output.stderr), (Some(0), ""), "{output:?}");
    assert!(output.stdout.starts_with("the trail is whole up to batch "), "{output:?}");
    assert!(output.stdout.contains(&format!("records: {records}\n")), "{output:?}");
}

#[test]
fn a_trail_is_proved_while_the_server_runs_and_while_it_does_not() {
    let (mut server, _, text) = written();
    let records = text.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{\"event"));
    let records = records.count();
    assert_whole(&server.keycell(&["trail", "verify"]), records);
    server.restart();
    assert_whole(&server.keycell(&["trail", "verify"]), records);
    server.client().ok("ListKeys", json!({}));
    assert_whole(&server.keycell(&["trail", "verify"]), records + 1);
    server.kill();
    assert_whole(&server.keycell(&["trail", "verify"]), records + 1);
}

#[test]
fn whatever_is_done_to_it_is_found() {
    let (server, path, text) = written();
    let verify = || server.keycell(&["trail", "verify"]);
    let file = path.to_str().expect("a path of text");
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let is_record = |line: &&[u8]| line.starts_with(b"{\"event");
    let (at, _) = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| is_record(line))
        .nth(7)
        .expect("there are more records");

    // A byte of a record, a record, a batch.
    let mut changed = text.clone();
    let offset: usize = lines[..at].iter().map(|line| line.len()).sum();
    changed[offset + 100] ^= 1;
    fs::write(&path, &changed).expect("it can be written");
    assert_fails(&verify(), &[file, &format!("line {}: the record was changed", at + 1)]);

    let mut fewer = lines.clone();
    fewer.remove(at);
    fs::write(&path, fewer.concat()).expect("it can be written");
    let told = format!("line {}: a record before this line was removed", at + 1);
    assert_fails(&verify(), &[file, &told]);

    let ends: Vec<_> = (0..lines.len()).filter(|at| !is_record(&lines[*at])).collect();
    let without = [&lines[..=ends[2]], &lines[ends[3] + 1..]].concat();
    fs::write(&path, without.concat()).expect("it can be written");
    let told = format!("(the batch begins at line {}", ends[2] + 2);
    assert_fails(&verify(), &[file, "does not follow the one before", &told]);

    // A chain that is right in itself.
    fs::write(&path, rewritten(&lines)).expect("it can be written");
    assert_fails(&verify(), &[file, "was not written by this service", "line 1, byte 0"]);

    // The tail, at the border of a batch.
    fs::write(&path, lines[..=ends[ends.len() - 2]].concat()).expect("it can be written");
    assert_fails(&verify(), &["the end of the trail is missing"]);
    fs::remove_file(&path).expect("it is there");
    assert_fails(&verify(), &["the end of the trail is missing"]);

    fs::write(&path, &text).expect("it can be written");
    assert_eq!(verify().code, Some(0), "nothing was kept of all that");
}

/// All batches without their first records, hashed and chained anew, with the tags as they were.
fn rewritten(lines: &[&[u8]]) -> Vec<u8> {
    let (mut text, mut previous, mut batch) = (Vec::new(), [0; 32], Vec::new());
    for line in lines {
        match segment::parse(line.trim_ascii_end()) {
            Line::Record(record) => batch.push(record.to_vec()),
            Line::Trailer(Trailer { mut head, tag, .. }) => {
                let mut hash = BatchHash::new();
                if let Some(first) = batch.first_mut() {
                    let other = String::from_utf8_lossy(first).replace("\"1.11\"", "\"1.10\"");
                    *first = other.into_bytes();
                }
                for record in batch.drain(..) {
                    hash.record(&record);
                    text.extend([record.as_slice(), b"\n"].concat());
                }
                head.hash = hash.finish(head.sequence, &previous);
                let (records, sums) = (hash.records(), hash.sums().to_vec());
                let trailer = Trailer { head, records, sums, previous, tag };
                text.extend([trailer.encode().as_bytes(), b"\n"].concat());
                previous = head.hash;
            }
            Line::Damaged => panic!("the trail is whole"),
        }
    }
    text
}

#[test]
fn a_sealed_service_cannot_vouch() {
    let (mut server, _, _) = written();
    server.restart_with(Launch::preset());
    let output = server.keycell(&["operator", "seal"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    let output = server.keycell(&["trail", "verify"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains("the service is sealed"), "{output:?}");
}

#[test]
fn without_data_nothing_is_proved() {
    let server = Server::start();
    let nowhere = server.folder().join("nowhere");
    let nowhere = nowhere.to_str().expect("a path of text");
    let output = crate::kit::run_keycell(&["trail", "verify", "--data", nowhere]);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains("there is no data"), "{output:?}");
}
