//! What was answered is there after any end of the process, and what is there was recorded.

mod many;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::mpsc,
};

use keycell::audit::{read, segment};
use serde_json::{Value, json};

use crate::kit::{Answer, Client, Server, encode};

#[test]
fn a_killed_server_has_kept_what_it_answered_and_recorded_what_it_kept() {
    let mut server = Server::start();
    let mut seen = Seen::default();
    for round in 0..5 {
        // Each round ends at another moment, with eight requests under way.
        let (client, answers) = (server.client(), 300 + 37 * round);
        seen.take(work(&client, answers, || server.kill()));
        server.restart();
        assert!(!server.log().contains("ERROR"), "{}", server.log());
        seen.check(&server);
    }
}

#[test]
fn a_terminated_server_finishes_what_it_has_begun_and_loses_nothing() {
    let mut server = Server::start();
    let mut seen = Seen::default();
    for round in 0..2 {
        let client = server.client();
        let mut status = None;
        seen.take(work(&client, 200 + 31 * round, || status = Some(server.terminate())));
        assert_eq!(status.and_then(|status| status.code()), Some(0), "{}", server.log());
        server.restart();
        assert!(!server.log().contains("cut"), "the trail ended whole: {}", server.log());
        seen.check(&server);
    }
}

#[test]
fn a_server_that_is_killed_at_once_after_each_answer_still_knows_it() {
    let mut server = Server::start();
    for _ in 0..3 {
        let kms = server.client();
        let key = kms.key();
        let alias = kms.alias(&key);
        kms.ok("DisableKey", json!({"KeyId": key.id}));
        server.kill();
        server.restart();
        let kms = server.client();
        let metadata = kms.ok("DescribeKey", json!({"KeyId": alias}))["KeyMetadata"].take();
        assert_eq!((&metadata["KeyId"], &metadata["Enabled"]), (&json!(key.id), &json!(false)));
        kms.ok("EnableKey", json!({"KeyId": key.id}));
        let ciphertext = kms.encrypt(&key, "known");
        server.kill();
        server.restart();
        assert_eq!(server.client().decrypt(&ciphertext), b"known");
    }
    assert_whole(&server);
}

#[test]
fn a_keys_last_use_never_goes_back() {
    let mut server = Server::start();
    let key = server.client().key();
    let last_use = |server: &Server| {
        server.client().ok("GetKeyLastUsage", json!({"KeyId": key.id}))["KeyLastUsage"].take()
    };
    // What was told is told after any end, and one that ends in order loses nothing.
    for is_killed in [true, false, true] {
        server.client().encrypt(&key, "used");
        let told = last_use(&server);
        assert_eq!(told["Operation"], "Encrypt");
        if is_killed {
            server.kill();
        } else {
            server.terminate();
        }
        server.restart();
        assert_eq!(last_use(&server), told);
    }
    let told = last_use(&server);
    let input = json!({"KeyId": key.id, "NumberOfBytes": 32});
    server.client().ok("GenerateDataKey", input.clone());
    server.terminate();
    server.restart();
    assert_eq!(last_use(&server)["Operation"], "GenerateDataKey");
    // What nobody was told yet may be lost by a crash, and nothing earlier.
    server.client().encrypt(&key, "used again");
    server.kill();
    server.restart();
    let at = |told: &Value| told["Timestamp"].as_f64().expect("a number");
    assert!(at(&last_use(&server)) >= at(&told));
}

/// What clients were answered.
#[derive(Default)]
struct Seen {
    /// Request ids, with the operations.
    requests: BTreeMap<String, &'static str>,
    /// Keys, with what was encrypted under them.
    keys: BTreeMap<String, Vec<Value>>,
    aliases: BTreeMap<String, String>,
}

/// One answer: the operation, what it was about, and the request id.
enum Answered {
    Key(String),
    Alias(String, String),
    Ciphertext(String, Value),
}

/// Eight clients make keys and aliases and encrypt, until `end` is called after that many answers
/// and the server is gone.
fn work(client: &Client, answers: usize, end: impl FnOnce()) -> Vec<(String, Answered)> {
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (client, sender) = (client.in_region(&client.region), sender.clone());
            // Ends when the server does.
            scope.spawn(move || while customer(&client, &sender).is_some() {});
        }
        drop(sender);
        let mut answered: Vec<_> = receiver.iter().take(answers).collect();
        assert_eq!(answered.len(), answers, "the server ended by itself");
        end();
        answered.extend(receiver);
        answered
    })
}

/// Makes a key and an alias, and encrypts; `None` once there is no answer any more.
fn customer(client: &Client, answers: &mpsc::Sender<(String, Answered)>) -> Option<()> {
    let call = |operation: &str, input: Value| -> Option<(String, Value)> {
        let answer = client.try_send(&client.signed(operation, input.to_string())).ok()?;
        Some((expect_ok(&answer), answer.json()))
    };
    let tell = |id: String, what: Answered| answers.send((id, what)).ok();
    let (id, output) = call("CreateKey", json!({}))?;
    let key = output["KeyMetadata"]["KeyId"].as_str().expect("a text").to_owned();
    tell(id, Answered::Key(key.clone()))?;
    let alias = format!("alias/of-{key}");
    let (id, _) = call("CreateAlias", json!({"AliasName": alias, "TargetKeyId": key}))?;
    tell(id, Answered::Alias(alias, key.clone()))?;
    for _ in 0..4 {
        let input = json!({"KeyId": key, "Plaintext": encode(&key)});
        let (id, mut output) = call("Encrypt", input)?;
        tell(id, Answered::Ciphertext(key.clone(), output["CiphertextBlob"].take()))?;
    }
    Some(())
}

fn expect_ok(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.request_id().to_owned()
}

impl Seen {
    fn take(&mut self, answered: Vec<(String, Answered)>) {
        for (id, what) in answered {
            let operation = match what {
                Answered::Key(key) => {
                    self.keys.insert(key, Vec::new());
                    "CreateKey"
                }
                Answered::Alias(alias, key) => {
                    self.aliases.insert(alias, key);
                    "CreateAlias"
                }
                Answered::Ciphertext(key, ciphertext) => {
                    self.keys.entry(key).or_default().push(ciphertext);
                    "Encrypt"
                }
            };
            assert!(self.requests.insert(id, operation).is_none(), "a request id came twice");
        }
    }

    /// Holds what was answered against what the restarted server has.
    #[track_caller]
    fn check(&self, server: &Server) {
        let records = assert_whole(server);
        self.check_records(&records);
        let kms = server.client();
        self.check_keys(&kms, &records);
        for (alias, key) in &self.aliases {
            let described = kms.ok("DescribeKey", json!({"KeyId": alias}));
            assert_eq!(described["KeyMetadata"]["KeyId"], *key);
        }
    }

    /// Every answered request has exactly one record.
    fn check_records(&self, records: &[Value]) {
        let mut found: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for record in records {
            let id = record["requestID"].as_str().expect("a text");
            found.entry(id).or_default().push(&record["eventName"]);
        }
        for (id, operation) in &self.requests {
            let names = found.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
            assert_eq!(names, [&json!(operation)], "request {id}");
        }
        found.iter().for_each(|(id, names)| assert_eq!(names.len(), 1, "request {id}"));
    }

    /// Every answered key decrypts, and the keys that there are, are those that were recorded.
    fn check_keys(&self, kms: &Client, records: &[Value]) {
        for (key, ciphertexts) in &self.keys {
            for ciphertext in ciphertexts {
                let output = kms.ok("Decrypt", json!({"CiphertextBlob": ciphertext}));
                assert_eq!(output["Plaintext"], encode(key));
            }
        }
        let made = records.iter().filter(|record| record["eventName"] == "CreateKey");
        let made = made.map(|record| {
            assert!(record["errorCode"].is_null(), "{record}");
            record["responseElements"]["keyMetadata"]["keyId"].as_str().expect("a text").to_owned()
        });
        let made: Vec<String> = made.collect();
        let recorded: BTreeSet<_> = made.iter().cloned().collect();
        assert_eq!(recorded.len(), made.len(), "no key was recorded twice");
        let stored = listed(kms, "ListKeys", "Keys", "KeyId");
        assert_eq!(stored, recorded);
        let answered: BTreeSet<_> = self.keys.keys().cloned().collect();
        assert!(answered.is_subset(&stored));
        let pointed = records.iter().filter(|record| record["eventName"] == "CreateAlias");
        let pointed = pointed.map(|record| &record["requestParameters"]["aliasName"]);
        let pointed: BTreeSet<_> =
            pointed.map(|name| name.as_str().expect("a text").to_owned()).collect();
        assert_eq!(listed(kms, "ListAliases", "Aliases", "AliasName"), pointed);
    }
}

/// All entries of a list.
fn listed(kms: &Client, operation: &str, list: &str, member: &str) -> BTreeSet<String> {
    let (mut all, mut marker) = (BTreeSet::new(), Value::Null);
    loop {
        let page = kms.ok(operation, json!({"Limit": 1000, "Marker": marker}));
        let entries = page[list].as_array().expect("a list").iter();
        all.extend(entries.map(|entry| entry[member].as_str().expect("a text").to_owned()));
        match page.get("NextMarker") {
            Some(next) => marker = next.clone(),
            None => return all,
        }
    }
}

/// Asserts that no line of the trail is torn and no event is recorded twice; returns all records.
#[track_caller]
fn assert_whole(server: &Server) -> Vec<Value> {
    let (mut records, mut batch) = (Vec::new(), 0);
    for (_, path) in read::segments(&server.data().join("trail")).expect("the trail is there") {
        let text = fs::read(path).expect("a segment can be read");
        let end = text.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let text = &text[..end];
        assert!(text.is_empty() || text.ends_with(b"\n"), "the last line is whole");
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match segment::parse(line) {
                segment::Line::Record(line) => {
                    records.push(serde_json::from_slice(line).expect("a record is JSON"));
                    batch += 1;
                }
                segment::Line::Trailer(trailer) => {
                    assert_eq!(trailer.records, batch, "a batch is whole");
                    batch = 0;
                }
                segment::Line::Damaged => panic!("{}", String::from_utf8_lossy(line)),
            }
        }
    }
    assert_eq!(batch, 0, "the last batch is whole");
    let records: Vec<Value> = records;
    let ids: BTreeSet<_> = records.iter().map(|record| record["eventID"].as_str()).collect();
    assert_eq!(ids.len(), records.len(), "each event is recorded once");
    records
}
