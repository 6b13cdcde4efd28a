//! Delivery: what is in the trail becomes log files and digests, each once, whatever happens in
//! between; and whoever changes them afterwards is found out.

mod kit;
mod proof;
mod s3;
mod server;
mod tampering;

use jiff::SignedDuration;
use keycell::audit::{
    delivery::{Anchors, Digest, Fault},
    outbox,
    segment::Head,
    trail::Options,
};

use self::kit::{World, record, scaffold};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn records_are_delivered_by_place_and_in_order() {
    let mut world = World::new().await;
    world.append(&[record(1, "eu-west-1"), record(2, "us-east-1"), record(3, "eu-west-1")]).await;
    world.append(&[scaffold("{\"eventID\":\"operator\"}")]).await;
    world.run().await.expect("a folder takes it");
    // Nothing is due yet.
    world.append(&[record(4, "eu-west-1")]).await;
    world.run().await.expect("nothing is to be done");
    let files = world.files();
    assert_eq!(files.len(), 3, "{files:?}");
    world.pass(SignedDuration::from_secs(300));
    world.run().await.expect("a folder takes it");
    let delivered = world.delivered();
    assert_eq!(delivered["111122223333/eu-west-1"], ["1", "3", "4"]);
    assert_eq!(delivered["111122223333/us-east-1"], ["2"]);
    assert_eq!(delivered["000000000000/global"], ["operator"]);
    assert_eq!(world.files().len(), 4);
}

#[tokio::test]
async fn a_digest_ends_at_each_hour_and_one_covers_the_time_without_service() {
    let mut world = World::new().await;
    world.append(&[record(1, "eu-west-1")]).await;
    world.run().await.expect("a folder takes it");
    assert_eq!(world.digests().len(), 0);
    for hours in [1, 1, 5] {
        world.pass(HOUR * hours);
        world.run().await.expect("a folder takes it");
        world.run().await.expect("nothing is to be done");
    }
    world.append(&[record(2, "eu-west-1")]).await;
    for minutes in [10, 50] {
        world.pass(HOUR / 60 * minutes);
        world.run().await.expect("a folder takes it");
    }
    let digests: Vec<Digest> = world.digests();
    let times: Vec<_> = digests.iter().map(|digest| digest.times().expect("times")).collect();
    let hours: Vec<_> = times.iter().map(|(start, end)| (end - start) / 3600).collect();
    assert_eq!(hours, [1, 1, 5, 1]);
    assert!(times.iter().zip(times.iter().skip(1)).all(|(before, after)| before.1 == after.0));
    assert!(times.iter().all(|(start, end)| start % 3600 == 0 && end % 3600 == 0));
    let listed: Vec<_> = digests.iter().map(|digest| digest.log_files.len()).collect();
    assert_eq!(listed, [1, 0, 0, 1]);
    assert_eq!(digests[0].previous_digest_signature, None);
    assert_eq!(digests[1].previous_digest_s3_object.as_ref(), Some(&digests[0].digest_s3_object));
    assert_eq!(digests[1].oldest_event_time, None);
    assert_eq!(digests[0].oldest_event_time, digests[0].log_files[0].oldest_event_time);
    let (counts, findings) = world.verify().await;
    assert_eq!(findings, []);
    assert_eq!((counts.digests, counts.valid_digests), (4, 4));
    assert_eq!((counts.files, counts.valid_files, counts.waiting), (2, 2, 0));
}

#[tokio::test]
async fn what_was_interrupted_is_done_again_as_it_was_begun() {
    let mut world = World::new().await;
    let twice = [record(1, "eu-west-1"), record(2, "us-east-1")];
    world.append(&twice).await;
    // Of two files only one can be written.
    let barred = world.bar("AWSLogs/111122223333/CloudTrail/us-east-1");
    world.run().await.expect_err("a folder is in the way");
    let before = world.files();
    assert_eq!(before.len(), 1);
    // Meanwhile there are more records, an hour passes, and the process is another one.
    world.append(&[record(3, "eu-west-1")]).await;
    world.pass(HOUR);
    world.reopen().await;
    world.run().await.expect_err("it is still in the way");
    barred.lift();
    world.run().await.expect("nothing is in the way");
    let after = world.files();
    assert!(after.contains(&before[0]), "{before:?} {after:?}");
    assert_eq!(after.len(), 3, "{after:?}");
    let delivered = world.delivered();
    assert_eq!(delivered["111122223333/eu-west-1"], ["1", "3"]);
    assert_eq!(delivered["111122223333/us-east-1"], ["2"]);

    // The same with a digest: it ends when it was to end, and the next one follows.
    let barred = world.bar("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/29");
    world.pass(HOUR * 14);
    world.run().await.expect_err("a folder is in the way");
    world.pass(HOUR * 2);
    world.reopen().await;
    world.run().await.expect_err("it is still in the way");
    barred.lift();
    world.run().await.expect("nothing is in the way");
    let (counts, findings) = world.verify().await;
    assert_eq!(findings, []);
    assert_eq!((counts.valid_digests, counts.valid_files), (counts.digests, 3));
    let ends = |region: &str| {
        let folder = format!("/{region}/");
        let of = |digest: &Digest| digest.digest_s3_object.contains(&folder);
        let digests = world.digests().into_iter().filter(of);
        digests.map(|digest| digest.times().expect("times").1).collect::<Vec<_>>()
    };
    assert_eq!(ends("us-east-1").len(), 3);
    assert_eq!(ends("us-east-1")[1..], ends("eu-west-1")[1..]);
}

#[tokio::test]
async fn large_windows_follow_each_other() {
    let world = World::new().await;
    let long = "x".repeat(200_000);
    for first in 0..3 {
        let records: Vec<_> = (0..60)
            .map(|number| {
                let id = first * 60 + number;
                scaffold(&format!("{{\"eventID\":\"{id}\",\"userAgent\":\"{long}\"}}"))
            })
            .collect();
        world.append(&records).await;
    }
    world.run().await.expect("a folder takes it");
    let mut delivered = world.delivered().remove("000000000000/global").expect("they are there");
    // Files of the same minute are in no order.
    delivered.sort_by_key(|id| id.parse::<u64>().expect("a number"));
    assert_eq!(delivered, (0..180).map(|number| number.to_string()).collect::<Vec<_>>());
    assert!((2..=3).contains(&world.files().len()), "{:?}", world.files());
}

#[tokio::test]
async fn another_key_signs_after_a_month_and_the_old_one_still_verifies() {
    let mut world = World::new().await;
    world.append(&[record(1, "eu-west-1")]).await;
    world.run().await.expect("a folder takes it");
    for _ in 0..4 {
        world.pass(HOUR * 24 * 15);
        world.run().await.expect("a folder takes it");
    }
    let anchors = world.anchors().await;
    assert!(anchors.keys.len() >= 2, "{}", anchors.keys.len());
    let used: std::collections::BTreeSet<_> =
        world.digests().into_iter().map(|digest| digest.digest_public_key_fingerprint).collect();
    assert!(used.len() >= 2, "{used:?}");
    for digest in world.digests() {
        let fingerprint = &digest.digest_public_key_fingerprint;
        let key = anchors.keys.iter().find(|key| key.fingerprint() == *fingerprint);
        let (_, end) = digest.times().expect("times");
        assert!(key.is_some_and(|key| (key.from..key.until).contains(&end)));
    }
    assert_eq!(world.verify().await.1, []);
    // Whoever trusts the first key only cannot tell what the others have signed.
    let first = Anchors { keys: anchors.keys[..1].to_vec(), newest: Vec::new() };
    let (_, findings) = world.verify_with(&first).await;
    assert!(!findings.is_empty());
    assert!(findings.iter().all(|found| matches!(found.fault, Fault::UnknownKey(_))));
}

#[tokio::test]
async fn segments_stay_until_they_are_delivered_and_old() {
    let small = Options { segment_bytes: 1, ..Options::default() };
    let mut world = World::with(small).await;
    let mut heads = vec![Head::START];
    for number in 1..=4 {
        world.append(&[record(number, "eu-west-1")]).await;
        heads.push(world.head());
    }
    let count = |world: &World| world.segments().len();
    assert_eq!(count(&world), 4);
    std::fs::write(world.segments()[0].with_extension("index"), "x").expect("a file");
    // Old enough, but not delivered.
    world.pass(HOUR * 24 * 91);
    world.prune().await;
    assert_eq!(count(&world), 4);
    world.run().await.expect("a folder takes it");
    world.pass(HOUR);
    world.prune().await;
    assert_eq!(count(&world), 1);
    assert!(!world.trail.join("00000000000000000001.index").exists());
    let pruned = outbox::pruned_head(&world.storage).await.expect("the store works");
    assert_eq!(pruned, Some(heads[3]));
    // The trail goes on.
    let (head, found) = world.reopen_trail(Some(heads[4]));
    assert_eq!((head, found.findings), (heads[4], vec![]));
    world.append(&[record(5, "eu-west-1")]).await;
    world.pass(HOUR);
    world.run().await.expect("a folder takes it");
    assert_eq!(world.delivered()["111122223333/eu-west-1"], ["1", "2", "3", "4", "5"]);
    assert_eq!(world.verify().await.1, []);
}
