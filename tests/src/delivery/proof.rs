//! What is changed in the trail before it is delivered is not delivered.

use std::{fs, ops::Range, path::Path};

use keycell::audit::{delivery::Error, outbox::stored_head};

use super::{
    HOUR,
    kit::{World, record},
};

/// Three batches of a record each, and where the second and the third stand.
async fn world() -> (World, [Range<usize>; 2]) {
    let world = World::new().await;
    for number in 1..=3 {
        world.append(&[record(number, "eu-west-1")]).await;
    }
    let text = fs::read(&world.segments()[0]).expect("a segment");
    let ends: Vec<_> = (0..text.len()).filter(|at| text[*at] == b'\n').map(|at| at + 1).collect();
    (world, [ends[1]..ends[3], ends[3]..ends[5]])
}

async fn unproved(world: &World) -> Option<u64> {
    match world.run().await {
        Ok(()) => None,
        Err(Error::Unproved(batch)) => Some(batch),
        Err(other) => panic!("{other}"),
    }
}

fn delivered(world: &World) -> Vec<String> {
    let mut delivered = world.delivered().remove("111122223333/eu-west-1").unwrap_or_default();
    // Files of the same minute are in no order.
    delivered.sort();
    delivered
}

/// The trail is open: its file stays the same one.
fn write(segment: &Path, text: &[u8]) {
    fs::write(segment, text).expect("it can be written");
}

#[tokio::test]
async fn a_batch_that_was_changed_stops_the_delivery_before_it() {
    let (mut world, [second, _]) = world().await;
    let segment = world.segments().remove(0);
    let whole = fs::read(&segment).expect("a segment");
    for at in second {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        write(&segment, &changed);
        assert_eq!(unproved(&world).await, Some(2), "byte {at}");
        assert_eq!(delivered(&world), ["1"], "byte {at}");
    }
    // What was delivered before it has its digest.
    world.pass(HOUR);
    assert_eq!(unproved(&world).await, Some(2));
    assert_eq!(world.digests()[0].log_files.len(), 1);
    write(&segment, &whole);
    assert_eq!(unproved(&world).await, None);
    assert_eq!(delivered(&world), ["1", "2", "3"]);
    assert_eq!(world.verify().await.1, []);
}

#[tokio::test]
async fn a_batch_that_is_missing_or_elsewhere_stops_it_too() {
    let (world, [second, third]) = world().await;
    let segment = world.segments().remove(0);
    let whole = fs::read(&segment).expect("a segment");
    let (begin, end) = (&whole[..second.start], &whole[third.end..]);
    let (two, three) = (&whole[second], &whole[third]);
    let zeros = |text: &[u8]| vec![0; text.len()];
    let foreign = foreign(two);
    for (name, parts) in [
        ("removed", [&[], three, end]),
        ("moved", [three, two, end]),
        ("twice the same", [three, three, end]),
        ("of another key", [&foreign, three, end]),
        ("the rest is cut off", [&zeros(two), &zeros(three), end]),
        ("all is", [&[], &[], &[]]),
    ] {
        write(&segment, &[&[begin][..], &parts].concat().concat());
        assert_eq!(unproved(&world).await, Some(2), "{name}");
        assert_eq!(delivered(&world), ["1"], "{name}");
    }
    write(&segment, &[begin, two, &zeros(three), end].concat());
    assert_eq!(unproved(&world).await, Some(3));
    assert_eq!(delivered(&world), ["1", "2"]);
    write(&segment, &whole);
    assert_eq!(unproved(&world).await, None);
    assert_eq!(delivered(&world), ["1", "2", "3"]);
}

/// The same batch with another tag.
fn foreign(batch: &[u8]) -> Vec<u8> {
    let text = str::from_utf8(batch).expect("text");
    let at = text.find("\"tag\":\"").expect("a trailer") + "\"tag\":\"".len();
    let digit = if &text[at..=at] == "0" { "1" } else { "0" };
    format!("{}{digit}{}", &text[..at], &text[at + 1..]).into_bytes()
}

/// A window that was begun is not gone on with, either.
#[tokio::test]
async fn what_was_changed_between_two_tries_is_not_delivered() {
    let (mut world, [second, third]) = world().await;
    let barred = world.bar("AWSLogs/111122223333/CloudTrail/eu-west-1");
    world.run().await.expect_err("a folder is in the way");
    barred.lift();
    let segment = world.segments().remove(0);
    let whole = fs::read(&segment).expect("a segment");
    let zeros_from = |begin: usize| {
        let mut text = whole.clone();
        text[begin..].fill(0);
        text
    };
    let mut changed = whole.clone();
    changed[third.start + 20] ^= 1;
    for (text, batch) in [
        (changed, 3),
        (zeros_from(third.start), 3),
        (whole[..third.start].to_vec(), 3),
        (zeros_from(second.start), 2),
        (zeros_from(0), 1),
    ] {
        write(&segment, &text);
        assert_eq!(unproved(&world).await, Some(batch));
        assert_eq!(delivered(&world), [""; 0]);
    }
    // All of it is gone, and that is how it is.
    world.deliver_unproved(3);
    assert_eq!(unproved(&world).await, None);
    write(&segment, &whole);
    world.pass(HOUR);
    assert_eq!(unproved(&world).await, None);
    assert_eq!(delivered(&world), ["1", "2", "3"]);
}

#[tokio::test]
async fn who_wants_it_has_it_delivered_all_the_same() {
    let (mut world, [second, third]) = world().await;
    let segment = world.segments().remove(0);
    let whole = fs::read(&segment).expect("a segment");
    let mut text = whole.clone();
    text.splice(second.start..third.end, foreign(&whole[third]));
    write(&segment, &text);
    assert_eq!(unproved(&world).await, Some(2));
    world.deliver_unproved(1);
    world.pass(HOUR);
    assert_eq!(unproved(&world).await, Some(2));
    // Only up to there.
    world.deliver_unproved(2);
    world.pass(HOUR);
    assert_eq!(unproved(&world).await, Some(3));
    world.deliver_unproved(3);
    world.pass(HOUR);
    assert_eq!(unproved(&world).await, None);
    assert_eq!(delivered(&world), ["1", "3"]);
    // What was not proved counts for nothing elsewhere.
    let stored = stored_head(&world.storage).await.expect("the store works");
    assert_eq!(stored.map(|head| head.sequence), Some(1));
}

/// What a crash leaves is no tampering, and what is delivered counts as known.
#[tokio::test]
async fn after_a_recovery_it_goes_on() {
    let (mut world, [_, third]) = world().await;
    world.run().await.expect("a folder takes it");
    let stored = stored_head(&world.storage).await.expect("the store works");
    assert_eq!(stored, Some(world.head()));
    let segment = world.segments().remove(0);
    // A torn batch.
    world.close_trail();
    let mut text = fs::read(&segment).expect("a segment");
    text.extend(&record(9, "eu-west-1")[..40]);
    write(&segment, &text);
    let (_, recovered) = world.reopen_trail(stored);
    assert_eq!(recovered.findings, []);
    world.append(&[record(4, "eu-west-1")]).await;
    world.pass(HOUR);
    assert_eq!(unproved(&world).await, None);
    assert_eq!(delivered(&world), ["1", "2", "3", "4"]);
    // The end is lost although it was delivered: no number is used twice.
    world.close_trail();
    let text = fs::read(&segment).expect("a segment");
    write(&segment, &text[..third.start]);
    let stored = stored_head(&world.storage).await.expect("the store works");
    let (_, recovered) = world.reopen_trail(stored);
    world.reopen().await;
    assert_eq!(recovered.findings.len(), 1, "{:?}", recovered.findings);
    world.append(&[record(5, "eu-west-1")]).await;
    assert_eq!(world.head().sequence, 5);
    world.pass(HOUR);
    assert_eq!(unproved(&world).await, None);
    assert_eq!(delivered(&world), ["1", "2", "3", "4", "5"]);
}
