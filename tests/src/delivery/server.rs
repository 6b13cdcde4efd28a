//! A running service delivers, is killed, and delivers on.

use std::time::{Duration, Instant};

use keycell::audit::{
    delivery::{Named, parse},
    read::segments,
};
use serde_json::{Value, json};

use crate::kit::{Launch, Server};

use super::kit::{delivered_in, objects_in};

const OFTEN: &str = "[trail.delivery]\nlog_seconds = 1\ndigest_seconds = 1\n";

#[test]
fn a_killed_server_delivers_each_record_once() {
    let mut server = Launch::preset().config(OFTEN).start();
    let folder = server.data().join("cloudtrail");
    for round in 0..4 {
        let client = server.client();
        let until = objects_in(&folder).len() + 3;
        wait("more is delivered", || {
            client.ok("GenerateRandom", json!({"NumberOfBytes": 1}));
            objects_in(&folder).len() >= until
        });
        if round == 3 {
            server.terminate();
        } else {
            server.kill();
            server.restart();
        }
    }
    let mut recorded = ids(&server.trail.all());
    let mut delivered: Vec<_> = delivered_in(&folder).into_values().flatten().collect();
    recorded.sort();
    delivered.sort();
    // An operator's commands would be there, too; the last delivery was at the stop.
    assert_eq!(recorded, delivered);
    let verified = server.keycell(&["trail", "verify", folder.to_str().expect("text")]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.stdout.contains("log files are valid"), "{verified:?}");
    let digest = objects_in(&folder).into_iter().find(|name| is_digest(name));
    std::fs::remove_file(folder.join(digest.expect("there is one"))).expect("it is there");
    let verified = server.keycell(&["trail", "verify", folder.to_str().expect("text")]);
    assert_eq!(verified.code, Some(1), "{verified:?}");
    assert!(verified.stdout.contains("is missing"), "{verified:?}");
}

#[test]
fn a_server_that_runs_tells_what_to_verify_with() {
    let server = Launch::preset().config(OFTEN).start();
    let folder = server.data().join("cloudtrail");
    let client = server.client();
    wait("a digest is delivered", || {
        client.ok("GenerateRandom", json!({"NumberOfBytes": 1}));
        let is_own = |name: &String| name.contains(&client.credentials.account);
        objects_in(&folder).iter().any(|name| is_own(name) && is_digest(name))
    });
    let folder = folder.to_str().expect("text");
    let verified = server.keycell(&["trail", "verify", folder]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    // Whoever has the keys from elsewhere needs no data folder.
    let cloudtrail = client.cloudtrail();
    let keys = cloudtrail.ok("ListPublicKeys", json!({}));
    assert_eq!(keys["PublicKeyList"].as_array().map(Vec::len), Some(1), "{keys}");
    let file = server.folder().join("keys.json");
    std::fs::write(&file, keys.to_string()).expect("a file can be written");
    let file = file.to_str().expect("text");
    let verified = server.keycell(&["trail", "verify", folder, "--public-keys", file]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    std::fs::write(file, json!({"PublicKeyList": []}).to_string()).expect("it can be written");
    let verified = server.keycell(&["trail", "verify", folder, "--public-keys", file]);
    assert_eq!(verified.code, Some(1), "{verified:?}");
    assert!(verified.stdout.contains("is signed with a key that is not known"), "{verified:?}");
    let status = cloudtrail.ok("GetTrailStatus", json!({"Name": "keycell"}));
    for told in ["LatestDeliveryTime", "LatestDigestDeliveryTime", "StartLoggingTime"] {
        assert!(status[told].is_number(), "{told} in {status}");
    }
    assert!(status["LatestDeliveryAttemptSucceeded"].as_str().is_some_and(|text| text.len() == 20));
}

/// The server that is restarted finds it, too; it goes on, and does not deliver it.
#[test]
fn what_was_changed_in_the_trail_is_not_delivered() {
    // A record, and a tag that is too short for one.
    let change: [fn(&str) -> String; 2] = [
        |text| text.replace("\"numberOfBytes\":7", "\"numberOfBytes\":8"),
        |text| {
            let begin = text.rfind("\"tag\":\"").expect("a trailer") + "\"tag\":\"".len();
            let length = text[begin..].find('"').expect("its end");
            format!("{}{}", &text[..begin], &text[begin + length..])
        },
    ];
    for change in change {
        let seldom = "[trail.delivery]\nlog_seconds = 3600\n";
        let mut server = Launch::preset().config(seldom).start();
        let folder = server.data().join("cloudtrail");
        wait("the first files are delivered", || !objects_in(&folder).is_empty());
        server.client().ok("GenerateRandom", json!({"NumberOfBytes": 7}));
        let id = ids(&server.trail.all()).pop().expect("a record");
        server.kill();
        let segments = segments(&server.data().join("trail")).expect("a trail");
        let segment = &segments.last().expect("one").1;
        let text = std::fs::read_to_string(segment).expect("text");
        assert_ne!(change(&text), text);
        std::fs::write(segment, change(&text)).expect("it can be written");
        server.restart_with(Launch::preset().config(OFTEN));
        let cloudtrail = server.client().cloudtrail();
        let status = || cloudtrail.ok("GetTrailStatus", json!({"Name": "keycell"}));
        wait("it is told", || status()["LatestDeliveryError"] == "InternalError");
        wait("the log tells it", || server.log().contains("missing or not what was written"));
        let delivered = || delivered_in(&folder).into_values().flatten().collect::<Vec<_>>();
        assert!(!delivered().contains(&id), "{:?}", delivered());
        let verified = server.keycell(&["trail", "verify"]);
        assert_eq!(verified.code, Some(1), "{verified:?}");
        let all = format!("{OFTEN}unproved = 1000000\n");
        server.restart_with(Launch::preset().config(&all));
        wait("who wants it has it all", || delivered().contains(&id));
    }
}

#[test]
fn what_cannot_be_delivered_to_is_refused_at_the_start() {
    let mut server = Server::start();
    for (text, told) in [
        ("url = \"ftp://x\"", "`url` begins with none of s3, gs, az, file: ftp"),
        ("url = \"s3:///x\"", "`url` names no bucket"),
        ("url = \"s3://a/../b\"", "`url` names no bucket"),
        ("url = \"s3://a\"\nbucket = \"b\"", "`bucket` is for folders"),
        (
            "url = \"s3://a\"\noptions = {access_key_id = \"a\", endpiont = \"x\"}",
            "there is no option `endpiont`",
        ),
        ("url = \"s3://a\"", "nobody is named who writes to S3"),
        ("options = {endpoint = \"very-secret\"}", "a folder has no option `endpoint`"),
        ("bucket = \"a/b\"", "`bucket` is no name of a bucket"),
    ] {
        let launch = Launch::preset().config(&format!("[trail.delivery]\n{text}\n"));
        let ended = server.fail_to_start(launch);
        assert_eq!(ended.code, Some(1), "{text}: {ended:?}");
        assert!(ended.stderr.contains(told), "{text}: {}", ended.stderr);
        assert!(!ended.stderr.contains("very-secret"), "{}", ended.stderr);
    }
}

fn is_digest(object: &str) -> bool {
    matches!(parse("", object), Some(Named::Digest(..)))
}

fn ids(records: &[Value]) -> Vec<String> {
    let id = |record: &Value| record["eventID"].as_str().expect("an id").to_owned();
    records.iter().map(id).collect()
}

/// Tries until it is so.
#[track_caller]
pub(super) fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: it takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}
