//! A full disk: nothing is answered that is not recorded, and the service goes on by itself once
//! there is room again.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use keycell::audit::read::segments;
use serde_json::{Value, json};

use crate::kit::{Client, Connection, Key, Launch, Request, Server, Trail, run_keycell};

#[test]
fn a_full_disk_stops_the_service_until_there_is_room() {
    let server = Launch::preset().environment("KEYCELL_TEST_DUMPABLE", "1").disk(24).start();
    let data = server.data_on_disk();
    let kms = server.client();
    let key = kms.send(&kms.signed("CreateKey", "{}")).json()["KeyMetadata"].take();
    let key = Key { id: text(&key["KeyId"]), arn: text(&key["Arn"]) };
    let mut seen = Seen::default();
    seen.keys.insert(key.id.clone());

    // The store may find the disk full before the trail does, and then stops the service as well.
    let (mut round, mut full) = (0, 0);
    while full < 2 {
        round += 1;
        assert!(round <= 8, "the trail itself was full {full} times: {}", server.log());
        let before = times_full(&server);
        seen.call(&kms, &key);
        // Until little is left of what the segment was lengthened by.
        while room(&data) > 16 * 1024 {
            assert!(seen.encrypt(&kms, &key));
        }
        let filler = data.join("filler");
        fill(&filler);
        let stopped = (0..400).any(|_| !seen.encrypt(&kms, &key));
        assert!(stopped, "round {round}: it goes on without room: {}", server.log());
        full += usize::from(times_full(&server) > before);
        kms.wait_for(|| health(&server).0 == 503);
        let (_, reason) = health(&server);
        assert!(reason.contains("cannot be written"), "{reason}");
        assert!(!seen.call(&kms, &key) && !seen.call(&kms, &key));

        fs::remove_file(filler).expect("it is there");
        kms.wait_for(|| health(&server).0 == 200);
        assert!(seen.call(&kms, &key), "{}", server.log());
    }

    // What was committed and not answered is recorded, too.
    let trail = Trail::new(data.join("trail"));
    kms.wait_for(|| seen.is_recorded(&trail.all()));
    let stored = kms.send(&kms.signed("ListKeys", "{}")).json();
    let stored = stored["Keys"].as_array().expect("a list").iter().map(|key| text(&key["KeyId"]));
    let made: BTreeSet<_> = made(&trail.all()).into_iter().collect();
    assert_eq!(stored.collect::<BTreeSet<_>>(), made);
    assert!(seen.keys.is_subset(&made));
    let data = data.to_str().expect("a path of text");
    let verified = run_keycell(&["trail", "verify", "--data", data]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

/// What was answered.
#[derive(Default)]
struct Seen {
    requests: BTreeSet<String>,
    keys: BTreeSet<String>,
}

impl Seen {
    /// Encrypts and makes a key; whether both were answered. What is refused is refused with 503.
    fn call(&mut self, kms: &Client, key: &Key) -> bool {
        self.encrypt(kms, key) & self.send(kms, &kms.signed("CreateKey", "{}"))
    }

    fn encrypt(&mut self, kms: &Client, key: &Key) -> bool {
        let encrypt = json!({"KeyId": key.arn, "Plaintext": "AAAA"}).to_string();
        self.send(kms, &kms.signed("Encrypt", encrypt))
    }

    fn send(&mut self, kms: &Client, request: &Request) -> bool {
        let answer = kms.send(request);
        if answer.status != 200 {
            assert_eq!(answer.status, 503, "{answer:?}");
            return false;
        }
        self.requests.insert(answer.request_id().to_owned());
        let made = answer.json()["KeyMetadata"]["KeyId"].take();
        self.keys.extend(made.as_str().map(str::to_owned));
        true
    }

    /// Whether each answer has exactly one record, and no event has two.
    fn is_recorded(&self, records: &[Value]) -> bool {
        let ids: Vec<_> = records.iter().map(|record| text(&record["requestID"])).collect();
        let events: BTreeSet<_> = records.iter().map(|record| text(&record["eventID"])).collect();
        assert_eq!(events.len(), records.len(), "no event is recorded twice");
        self.requests.iter().all(|id| ids.iter().filter(|known| *known == id).count() == 1)
    }
}

/// The keys that records tell of.
fn made(records: &[Value]) -> Vec<String> {
    let made = records.iter().filter(|record| record["eventName"] == "CreateKey");
    let made = made.filter(|record| record["errorCode"].is_null());
    made.map(|record| text(&record["responseElements"]["keyMetadata"]["keyId"])).collect()
}

/// How often the trail found no room.
fn times_full(server: &Server) -> usize {
    server.log().matches("failure=Full").count()
}

/// The bytes that the newest segment has for what comes.
fn room(data: &Path) -> usize {
    let segments = segments(&data.join("trail")).expect("the trail is there");
    let (_, newest) = segments.last().expect("it has a segment");
    let text = fs::read(newest).expect("it can be read");
    text.iter().rev().take_while(|byte| **byte == 0).count()
}

/// Takes all the room that there is.
fn fill(path: &Path) {
    let mut file = fs::File::create(path).expect("there is room for a name");
    let mut piece = 1 << 20;
    while piece > 0 {
        if file.write_all(&vec![0; piece]).is_err() {
            piece /= 2;
        }
    }
}

fn health(server: &Server) -> (u16, String) {
    let mut connection = Connection::open(server.address()).expect("it listens");
    let answer = connection.exchange_bytes(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = answer.expect("it answers");
    let reason = answer.json()["reason"].take();
    (answer.status, reason.as_str().unwrap_or_default().to_owned())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
