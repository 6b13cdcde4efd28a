//! What is changed after it was delivered, and what is said of it.

use std::{fs, path::PathBuf};

use keycell::audit::delivery::{BESIDE, Fault, Finding, Unreadable};

use super::{
    HOUR,
    kit::{World, record},
};

/// Three digests with five log files, and two files that no digest lists yet.
async fn world() -> World {
    let mut world = World::new().await;
    for number in 1..=7 {
        world.append(&[record(number, "eu-west-1"), record(number + 10, "eu-west-1")]).await;
        world.run().await.expect("a folder takes it");
        world.pass(HOUR / 2);
    }
    let (counts, findings) = world.verify().await;
    assert_eq!((counts.valid_digests, findings), (counts.digests, vec![]));
    assert_eq!((counts.digests, counts.valid_files, counts.waiting), (3, 5, 2));
    world
}

/// The path of a file, or a digest, by its place among them.
fn path(world: &World, is_digest: bool, at: usize) -> (String, PathBuf) {
    let object = match is_digest {
        true => world.digests()[at].digest_s3_object.clone(),
        false => world.files()[at].clone(),
    };
    let path = world.target().join(&object);
    (object, path)
}

fn found(object: &str, fault: Fault) -> Finding {
    Finding { object: object.to_owned(), fault }
}

fn flip(path: &PathBuf, at: usize) {
    let mut bytes = fs::read(path).expect("it is there");
    bytes[at] ^= 1;
    fs::write(path, bytes).expect("it can be written");
}

#[tokio::test]
async fn every_byte_of_a_log_file_and_of_a_digest_counts() {
    let world = world().await;
    for (is_digest, at) in [(false, 2), (true, 0), (true, 2)] {
        let (object, path) = path(&world, is_digest, at);
        let whole = fs::read(&path).expect("it is there");
        // Those of the header that only tell how it was compressed change nothing.
        for byte in (10..whole.len()).chain(0..3) {
            flip(&path, byte);
            let (_, findings) = world.verify().await;
            assert!(findings.iter().any(|found| found.object == object), "{object} {byte}");
            fs::write(&path, &whole).expect("it can be written");
        }
    }
    assert_eq!(world.verify().await.1, []);
}

#[tokio::test]
async fn the_record_that_was_changed_is_named_if_it_can_be_told() {
    let world = world().await;
    let (object, path) = path(&world, false, 1);
    let content = super::kit::content(&path);
    let text = String::from_utf8(content).expect("text");
    let change = |from: &str, to: &str| {
        fs::write(&path, gzip(text.replace(from, to).as_bytes())).expect("it can be written");
    };
    change("\"12\"", "\"13\"");
    assert_eq!(world.verify().await.1, [found(&object, Fault::Changed { record: None })]);
    change("\"12\"", "\"12");
    assert_eq!(world.verify().await.1, [found(&object, Fault::Changed { record: Some(2) })]);
    let bytes = [gzip(text.as_bytes()), b"x".to_vec()].concat();
    fs::write(&path, bytes).expect("it can be written");
    let why = Unreadable::Trailing;
    assert_eq!(world.verify().await.1, [found(&object, Fault::Unreadable { why, record: None })]);
}

#[tokio::test]
async fn what_is_removed_is_missed() {
    let world = world().await;
    let (file, path_of_file) = path(&world, false, 3);
    let whole = fs::read(&path_of_file).expect("it is there");
    fs::remove_file(&path_of_file).expect("it is there");
    assert_eq!(world.verify().await.1, [found(&file, Fault::Missing)]);
    fs::write(&path_of_file, whole).expect("it can be written");

    // One in the middle, and the files that only it listed.
    let (digest, path_of_digest) = path(&world, true, 1);
    let listed = world.digests()[1].log_files.clone();
    let whole = fs::read(&path_of_digest).expect("it is there");
    fs::remove_file(&path_of_digest).expect("it is there");
    let mut expected = vec![found(&digest, Fault::Missing)];
    expected.extend(listed.iter().map(|file| found(&file.s3_object, Fault::Unlisted)));
    assert_eq!(world.verify().await.1, expected);
    fs::write(&path_of_digest, whole).expect("it can be written");

    // The newest: whoever knows its name misses it.
    let (digest, path_of_digest) = path(&world, true, 2);
    fs::remove_file(&path_of_digest).expect("it is there");
    let (counts, findings) = world.verify().await;
    assert_eq!(findings, [found(&digest, Fault::Missing)]);
    assert_eq!(counts.waiting, 4);
}

#[tokio::test]
async fn what_is_added_is_seen() {
    let world = world().await;
    let (file, path_of_file) = path(&world, false, 1);
    let other = file.replace(&file[file.len() - 24..file.len() - 8], "0123456789abcdef");
    fs::copy(&path_of_file, world.target().join(&other)).expect("it can be written");
    assert_eq!(world.verify().await.1, [found(&other, Fault::Unlisted)]);
    fs::remove_file(world.target().join(&other)).expect("it is there");
    let stray = file.replace(".json.gz", ".txt");
    fs::write(world.target().join(&stray), "x").expect("it can be written");
    assert_eq!(world.verify().await.1, [found(&stray, Fault::Foreign)]);
}

#[tokio::test]
async fn another_signature_is_no_signature() {
    let world = world().await;
    for (at, replaced) in [(0, 1), (1, 2), (2, 0)] {
        let (object, path) = path(&world, true, at);
        let beside = path.with_file_name(format!(
            "{}{BESIDE}",
            path.file_name().and_then(|name| name.to_str()).expect("a name")
        ));
        let other = super::kit::objects_in(&world.target());
        let other = other.iter().filter(|name| name.ends_with(BESIDE)).nth(replaced);
        let other = fs::read(world.target().join(other.expect("three"))).expect("it is there");
        let whole = fs::read(&beside).expect("it is there");
        fs::write(&beside, other).expect("it can be written");
        assert_eq!(world.verify().await.1[0], found(&object, Fault::Signature));
        fs::remove_file(&beside).expect("it is there");
        assert_eq!(world.verify().await.1[0], found(&object, Fault::Unsigned));
        fs::write(&beside, whole).expect("it can be written");
    }
    assert_eq!(world.verify().await.1, []);
}

#[tokio::test]
async fn a_digest_elsewhere_is_not_that_digest() {
    let world = world().await;
    let (first, path_of_first) = path(&world, true, 0);
    let (second, path_of_second) = path(&world, true, 1);
    fs::copy(&path_of_first, &path_of_second).expect("it can be written");
    let beside = |path: &PathBuf| PathBuf::from(format!("{}{BESIDE}", path.display()));
    fs::copy(beside(&path_of_first), beside(&path_of_second)).expect("it can be written");
    let (_, findings) = world.verify().await;
    assert!(findings.contains(&found(&second, Fault::Moved)), "{findings:?}");
    assert!(findings.contains(&found(&second, Fault::Changed { record: None })), "{findings:?}");
    assert!(!findings.iter().any(|found| found.object == first), "{findings:?}");
}

fn gzip(content: &[u8]) -> Vec<u8> {
    keycell::audit::delivery::pack(content)
}
