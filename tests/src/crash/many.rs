//! A hundred thousand calls by sixteen clients of a server that is killed again and again.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs::File,
    io::{BufRead, BufReader},
    sync::mpsc,
};

use keycell::audit::{read, segment};
use serde_json::{Value, json};

use crate::kit::{Answer, Client, Launch, Query, Request, Server, encode, unique};

use super::listed;

#[test]
fn every_answered_call_of_a_hundred_thousand_has_exactly_one_record() {
    let mut server = Launch::preset().config("[trail]\nsegment_mib = 16\n").start();
    let mut seen = Seen::default();
    while seen.calls.len() < CALLS {
        let client = server.client();
        // Each time at another moment, with sixteen calls under way.
        let left = CALLS - seen.calls.len();
        let until_killed = (CALLS / KILLS + 97 * seen.rounds).min(left);
        seen.rounds += 1;
        work(&client, until_killed, &mut seen, || server.kill());
        server.restart();
        assert!(!server.log().contains("ERROR"), "{}", server.log());
    }
    seen.check_kept(&server);
    seen.check_records(&server);
    assert_whole(&server);
    server.terminate();
    assert_whole(&server);
}

/// The trail is proved, whether the server runs or not.
#[track_caller]
fn assert_whole(server: &Server) {
    let output = server.keycell(&["trail", "verify"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stdout.contains("the trail is whole up to batch "), "{output:?}");
}

/// What clients were answered.
#[derive(Default)]
struct Seen {
    rounds: usize,
    /// The names of the operations, by request ids.
    calls: HashMap<u128, &'static str>,
    /// Keys that were made, with the last thing that was encrypted under each.
    keys: BTreeMap<String, Option<Value>>,
    aliases: BTreeSet<String>,
    tagged: BTreeSet<String>,
    users: BTreeSet<String>,
    policies: BTreeSet<String>,
}

/// One answer: the request id, the operation, and what it was about.
struct Answered(u128, &'static str, What);

enum What {
    Key(String),
    Alias(String),
    Tag(String),
    Ciphertext(String, Value),
    DataKey,
    User(String),
    Policy(String),
}

/// Sixteen clients call, until `end` is called after that many answers and the server is gone.
fn work(client: &Client, answers: usize, seen: &mut Seen, end: impl FnOnce()) {
    // A bound, so that no client is far ahead of what is counted.
    let (sender, receiver) = mpsc::sync_channel(CLIENTS);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let (client, sender) = (client.in_region(&client.region), sender.clone());
            // Ends when the server does.
            scope.spawn(move || Customer::new(client, sender).shop());
        }
        drop(sender);
        let before = seen.calls.len();
        receiver.iter().take(answers).for_each(|answered| seen.take(answered));
        assert_eq!(seen.calls.len() - before, answers, "the server ended by itself");
        end();
        receiver.iter().for_each(|answered| seen.take(answered));
    });
}

/// One client, on a connection that it keeps.
struct Customer {
    kms: Client,
    iam: Query,
    answers: mpsc::SyncSender<Answered>,
}

impl Customer {
    fn new(kms: Client, answers: mpsc::SyncSender<Answered>) -> Self {
        Self { iam: kms.iam(), kms, answers }
    }

    /// Calls until there is no answer any more.
    fn shop(&self) -> Option<()> {
        loop {
            let key = self.make()?;
            for number in 0..ENCRYPTIONS {
                let input = json!({"KeyId": key, "Plaintext": encode(&key)});
                let (id, mut output) = self.call("Encrypt", input)?;
                let ciphertext = output["CiphertextBlob"].take();
                self.tell(id, "Encrypt", What::Ciphertext(key.clone(), ciphertext))?;
                if number % 32 == 0 {
                    let input = json!({"KeyId": key, "KeySpec": "AES_256"});
                    let (id, _) = self.call("GenerateDataKey", input)?;
                    self.tell(id, "GenerateDataKey", What::DataKey)?;
                }
            }
        }
    }

    /// Makes a key with an alias and a tag, and a user with a policy.
    fn make(&self) -> Option<String> {
        let (id, output) = self.call("CreateKey", json!({}))?;
        let key = output["KeyMetadata"]["KeyId"].as_str().expect("a text").to_owned();
        self.tell(id, "CreateKey", What::Key(key.clone()))?;
        let alias = format!("alias/of-{key}");
        let input = json!({"AliasName": alias, "TargetKeyId": key});
        let (id, _) = self.call("CreateAlias", input)?;
        self.tell(id, "CreateAlias", What::Alias(alias))?;
        let tags = json!([{"TagKey": "of", "TagValue": key}]);
        let (id, _) = self.call("TagResource", json!({"KeyId": key, "Tags": tags}))?;
        self.tell(id, "TagResource", What::Tag(key.clone()))?;
        let user = unique("user");
        let id = self.ask("CreateUser", &[("UserName", &user)])?;
        self.tell(id, "CreateUser", What::User(user.clone()))?;
        let document = crate::kit::policy(json!([crate::kit::allow("kms:Encrypt")]));
        let form = [("UserName", &*user), ("PolicyName", "p"), ("PolicyDocument", &document)];
        let id = self.ask("PutUserPolicy", &form)?;
        self.tell(id, "PutUserPolicy", What::Policy(user))?;
        Some(key)
    }

    fn call(&self, operation: &str, input: Value) -> Option<(u128, Value)> {
        let answer = sent(&self.kms, &self.kms.signed(operation, input.to_string()))?;
        Some((number(answer.request_id()), answer.json()))
    }

    fn ask(&self, action: &str, form: &[(&str, &str)]) -> Option<u128> {
        let answer = sent(&self.iam.client, &self.iam.signed(action, form))?;
        Some(number(answer.request_id()))
    }

    fn tell(&self, id: u128, operation: &'static str, what: What) -> Option<()> {
        self.answers.send(Answered(id, operation, what)).ok()
    }
}

/// What was answered, which is no error; none once the server is gone.
fn sent(client: &Client, request: &Request) -> Option<Answer> {
    let answer = client.try_send(request).ok()?;
    assert_eq!(answer.status, 200, "{answer:?}");
    Some(answer)
}

impl Seen {
    fn take(&mut self, Answered(id, operation, what): Answered) {
        assert!(self.calls.insert(id, operation).is_none(), "a request id came twice");
        match what {
            What::Key(key) => drop(self.keys.insert(key, None)),
            What::Alias(alias) => drop(self.aliases.insert(alias)),
            What::Tag(key) => drop(self.tagged.insert(key)),
            What::Ciphertext(key, ciphertext) => drop(self.keys.insert(key, Some(ciphertext))),
            What::DataKey => {}
            What::User(user) => drop(self.users.insert(user)),
            What::Policy(user) => drop(self.policies.insert(user)),
        }
    }

    /// What was answered is there.
    fn check_kept(&self, server: &Server) {
        let kms = server.client();
        let call = |operation: &str, input: Value| {
            let answer = kms.send(&kms.signed(operation, input.to_string()));
            answer.outcome().unwrap_or_else(|refusal| panic!("{operation}: {refusal:?}"))
        };
        for (key, ciphertext) in &self.keys {
            let Some(ciphertext) = ciphertext else { continue };
            let output = call("Decrypt", json!({"CiphertextBlob": ciphertext}));
            assert_eq!(output["Plaintext"], encode(key));
        }
        for key in &self.tagged {
            let output = call("ListResourceTags", json!({"KeyId": key}));
            assert_eq!(output["Tags"], json!([{"TagKey": "of", "TagValue": key}]));
        }
        let iam = kms.iam();
        for user in &self.policies {
            let form = [("UserName", user.as_str()), ("PolicyName", "p")];
            let answer = iam.client.send(&iam.signed("GetUserPolicy", &form));
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        for user in self.users.difference(&self.policies) {
            let answer = iam.client.send(&iam.signed("GetUser", &[("UserName", user)]));
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        let stored = listed(&kms, "ListKeys", "Keys", "KeyId");
        assert!(self.keys.keys().all(|key| stored.contains(key)));
        let stored = listed(&kms, "ListAliases", "Aliases", "AliasName");
        assert!(self.aliases.is_subset(&stored));
    }

    /// Each call that was answered has one record, none has two, and what is there was recorded.
    fn check_records(mut self, server: &Server) {
        let (mut events, mut requests) = (HashSet::new(), HashSet::new());
        let mut made = BTreeSet::new();
        for_each_record(server, |record| {
            let event = record["eventID"].as_str().expect("a text");
            assert!(events.insert(number(event)), "it is there twice: {record}");
            let Some(request) = record["requestID"].as_str() else { return };
            assert!(requests.insert(number(request)), "it has two records: {record}");
            if let Some(operation) = self.calls.remove(&number(request)) {
                assert_eq!(record["eventName"], operation, "{record}");
                assert!(record["errorCode"].is_null(), "{record}");
            }
            if record["eventName"] == "CreateKey" {
                let key = record["responseElements"]["keyMetadata"]["keyId"].as_str();
                assert!(made.insert(key.expect("a text").to_owned()), "{record}");
            }
        });
        assert!(self.calls.is_empty(), "{} answers have no record", self.calls.len());
        assert_eq!(made, listed(&server.client(), "ListKeys", "Keys", "KeyId"));
    }
}

/// All records of the trail, oldest first, of which one is held at a time.
#[track_caller]
fn for_each_record(server: &Server, mut take: impl FnMut(Value)) {
    let (mut line, mut batch) = (Vec::new(), 0);
    for (_, path) in read::segments(&server.data().join("trail")).expect("the trail is there") {
        let mut text = BufReader::new(File::open(path).expect("a segment can be read"));
        loop {
            line.clear();
            text.read_until(b'\n', &mut line).expect("a segment can be read");
            // Behind the last batch, a segment that is being written holds zeros.
            if line.iter().all(|byte| *byte == 0) {
                break;
            }
            match segment::parse(line.strip_suffix(b"\n").expect("the last line is whole")) {
                segment::Line::Record(record) => {
                    take(serde_json::from_slice(record).expect("a record is JSON"));
                    batch += 1;
                }
                segment::Line::Trailer(trailer) => {
                    assert_eq!(trailer.records, batch, "a batch is whole");
                    batch = 0;
                }
                segment::Line::Damaged => panic!("{}", String::from_utf8_lossy(&line)),
            }
        }
    }
    assert_eq!(batch, 0, "the last batch is whole");
}

/// A UUID as a number, of which a hundred thousand take little room.
fn number(uuid: &str) -> u128 {
    u128::from_str_radix(&uuid.replace('-', ""), 16).expect("a UUID")
}

const CALLS: usize = 100_000;
/// How often the server is killed: every few seconds.
const KILLS: usize = 12;
const CLIENTS: usize = 16;
/// Between two times that a client makes something.
const ENCRYPTIONS: usize = 250;
