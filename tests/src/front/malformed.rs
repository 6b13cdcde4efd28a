//! What is no request, or none for KMS.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use keycell::arn::KeyId;
use serde_json::json;

use crate::kit::{Connection, Request, kms};

use super::{healthy, untold};

#[test]
fn another_method_path_or_media_type_has_no_operation() {
    let kms = kms();
    let good = || kms.request("ListKeys", "{}");
    for request in [
        good().method("GET"),
        good().method("PUT"),
        good().set("Content-Type", "application/json"),
        good().set("Content-Type", "application/x-amz-json-1.0"),
        good().remove("Content-Type"),
        good().remove("X-Amz-Target"),
        good().set("X-Amz-Target", "TrentService"),
        good().set("X-Amz-Target", "DynamoDB_20120810.ListTables"),
        Request { target: "/keys".to_owned(), ..good() },
    ] {
        let answer = kms.send(&kms.signer().sign(request));
        assert_eq!(answer.body, br#"{"__type":"UnknownOperationException"}"#);
        assert_eq!(answer.status, 400);
        untold(&kms, &answer);
    }
}

#[test]
fn a_body_of_512_kib_is_read_and_a_longer_one_is_not() {
    let kms = kms();
    let padded = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    let answer = kms.send(&kms.signed("ListKeys", padded(LONGEST)));
    assert_eq!(answer.status, 200);
    // Refused by its head: the body is not waited for.
    let request = kms.signed("ListKeys", "{}");
    let head = request.clone().add("Content-Length", &(LONGEST + 1).to_string()).head();
    let mut connection = Connection::open(kms.address).expect("the server listens");
    let answer = connection.exchange_bytes(head.as_bytes()).expect("an answer");
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json(), json!({"__type": "RequestEntityTooLargeException"}));
    assert!(answer.request_id().parse::<KeyId>().is_ok());
    healthy(&kms);
}

#[test]
fn a_body_in_chunks_is_refused_once_it_is_too_long() {
    let kms = kms();
    let request = kms.signed("ListKeys", "{}");
    let head = request.clone().add("Transfer-Encoding", "chunked").head();
    let chunk = format!("{:x}\r\n{}\r\n", LONGEST + 1, " ".repeat(LONGEST + 1));
    let mut connection = Connection::open(kms.address).expect("the server listens");
    let answer = connection.exchange_bytes(format!("{head}{chunk}").as_bytes());
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json(), json!({"__type": "RequestEntityTooLargeException"}));
    assert_eq!(kms.trail.of(request.user_agent()).len(), 0);
    healthy(&kms);
}

#[test]
fn a_body_that_ends_early_is_no_request() {
    let kms = kms();
    let head = kms.signed("CreateKey", "{}").add("Content-Length", "3").head();
    let mut stream = TcpStream::connect(kms.address).expect("the server listens");
    stream.write_all(format!("{head}{{}}").as_bytes()).expect("it is sent");
    stream.shutdown(std::net::Shutdown::Write).expect("it can be ended");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    healthy(&kms);
}

#[test]
fn what_is_no_http_is_refused_and_the_connection_closed() {
    let kms = kms();
    let long = format!("POST / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(64 << 10));
    let many = format!("POST / HTTP/1.1\r\n{}\r\n", "X: x\r\n".repeat(200));
    for (bytes, status) in [
        ("nonsense\r\n\r\n", 400),
        ("POST / HTTP/9.9\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (&long, 431),
        (&many, 431),
    ] {
        let mut connection = Connection::open(kms.address).expect("the server listens");
        match connection.exchange_bytes(bytes.as_bytes()) {
            Ok(answer) => assert_eq!(answer.status, status, "{bytes:.40}"),
            // What was not read when the server closed takes the answer with it.
            Err(error) => assert!(bytes.len() > 1000, "{bytes:.40}: {error}"),
        }
        assert!(connection.is_closed(), "{bytes:.40}");
    }
    healthy(&kms);
}

#[test]
fn requests_of_one_connection_are_served_one_after_the_other() {
    let kms = kms();
    let requests: Vec<_> = (0..3).map(|_| kms.signed("ListKeys", "{}")).collect();
    let bytes: String = requests.iter().map(|request| request.head() + "{}").collect();
    let mut connection = Connection::open(kms.address).expect("the server listens");
    let mut bytes = bytes.into_bytes();
    for _ in &requests {
        let answer = connection.exchange_bytes(&std::mem::take(&mut bytes));
        assert_eq!(answer.expect("an answer").status, 200);
    }
    for request in &requests {
        assert_eq!(kms.trail.of(request.user_agent()).len(), 1);
    }
}

#[test]
fn health_is_told_to_everybody() {
    let kms = kms();
    let answer = healthy(&kms);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json(), json!({"status": "ok"}));
}

/// The longest body, in bytes.
const LONGEST: usize = 512 << 10;
