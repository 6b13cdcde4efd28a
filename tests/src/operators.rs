//! What operators do with the service itself: quorums, rotations, erasure, with the real binary.

mod accounts;
mod erasure;
mod interrupted;
mod quorum;
mod rotation;
mod store;

use serde_json::{Value, json};

use crate::kit::{Connection, Output, Server};

/// `keycell operator COMMAND…`, which must succeed.
#[track_caller]
fn operator(server: &Server, arguments: &[&str]) -> String {
    let output = server.keycell(&[&["operator"], arguments].concat());
    assert_eq!(output.code, Some(0), "{output:?}");
    output.stdout
}

/// The same with shares on standard input, whatever comes of it.
fn operator_reading(server: &Server, arguments: &[&str], shares: &[String]) -> Output {
    let lines: Vec<_> = shares.iter().map(String::as_str).collect();
    server.keycell_reading(&[&["operator"], arguments].concat(), &lines)
}

#[track_caller]
fn status(server: &Server) -> Value {
    let text = operator(server, &["status", "--json"]);
    serde_json::from_str(&text).expect("JSON")
}

/// Hands the unseal key over to operators: their shares.
#[track_caller]
fn init(server: &Server, shares: u8, threshold: u8) -> Vec<String> {
    let (shares, threshold) = (shares.to_string(), threshold.to_string());
    let arguments = ["init", "--shares", &shares, "--threshold", &threshold];
    lines(&operator(server, &arguments))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Brings shares, which must unseal.
#[track_caller]
fn unseal(server: &Server, shares: &[String]) {
    let output = operator_reading(server, &["unseal"], shares);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stdout.ends_with("the service is unsealed\n"), "{output:?}");
}

/// Status and reason of `/healthz`.
fn health(server: &Server) -> (u16, Value) {
    let mut connection = Connection::open(server.address()).expect("it listens");
    let answer = connection.exchange_bytes(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = answer.expect("it answers");
    (answer.status, answer.json()["reason"].take())
}

/// Nothing is served, whoever asks: an internal error, before anybody is authenticated.
#[track_caller]
fn assert_sealed(server: &Server, why: &str) {
    assert_eq!(health(server), (503, json!(why)));
    let kms = server.client();
    let signed = kms.signed("ListKeys", "{}");
    let forged = kms.signed("ListKeys", "{}").set("Authorization", "AWS4-HMAC-SHA256 x");
    for request in [signed, kms.request("ListKeys", "{}"), forged] {
        let refusal = kms.send(&request).outcome().expect_err("it is sealed");
        assert_eq!((refusal.status, &*refusal.code), (500, "KMSInternalException"));
    }
}

#[track_caller]
fn assert_refused(output: &Output, why: &str) {
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains(why), "{output:?}");
}

/// The records of operators, oldest first: each has the uid of who runs the tests.
#[track_caller]
fn records(server: &Server) -> Vec<Value> {
    let uid = rustix::process::geteuid().as_raw();
    let mut records = server.trail.all();
    records.retain(|record| record["eventSource"] == "keycell");
    for record in &records {
        assert_eq!(record["userIdentity"], json!({"type": "Operator", "uid": uid}), "{record}");
    }
    records
}

/// What operators have done, but for asking.
fn names(server: &Server) -> Vec<String> {
    let mut records = records(server);
    records.retain(|record| record["eventName"] != "GetServiceStatus");
    let name = |record: &Value| {
        let name = record["eventName"].as_str().expect("a text");
        if record["errorCode"].is_null() { name.to_owned() } else { format!("{name} refused") }
    };
    records.iter().map(name).collect()
}
