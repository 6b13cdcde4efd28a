//! The front over the wire: who is let in, and what becomes of everybody else. The rules of
//! signatures in full are tested in [`crate::sigv4`]; here it is the server that must keep them.

mod authenticated;
mod malformed;
mod refused;

use keycell::arn::KeyId;

use crate::kit::{Answer, Client, Connection, Refusal, Request};

/// What a request is refused with; and nothing more comes of it.
#[track_caller]
fn refusal(kms: &Client, request: &Request) -> Refusal {
    let answer = kms.send(request);
    untold(kms, &answer);
    answer.outcome().expect_err("it is refused")
}

#[track_caller]
fn refuses(kms: &Client, request: &Request, code: &str, message: &str) {
    let refusal = refusal(kms, request);
    let told = (refusal.status, refusal.code.as_str(), refusal.message.as_str());
    assert_eq!(told, (400, code, message));
}

#[track_caller]
fn invalid(kms: &Client, request: &Request, message: &str) {
    refuses(kms, request, "InvalidSignatureException", message);
}

#[track_caller]
fn mismatch(kms: &Client, request: &Request) {
    invalid(kms, request, MISMATCH);
}

#[track_caller]
fn assert_invalid(kms: &Client, answer: &Answer, message: &str) {
    let refusal = answer.outcome().expect_err("it is refused");
    let told = (refusal.status, refusal.code.as_str(), refusal.message.as_str());
    assert_eq!(told, (400, "InvalidSignatureException", message));
    untold(kms, answer);
}

/// Nobody knows who it was, so there is no record; and the server lives on.
#[track_caller]
fn untold(kms: &Client, answer: &Answer) {
    assert!(answer.request_id().parse::<KeyId>().is_ok(), "it is a UUID");
    assert_eq!(kms.trail.of(&answer.user_agent).len(), 0);
    healthy(kms);
}

#[track_caller]
fn healthy(kms: &Client) -> Answer {
    let mut connection = Connection::open(kms.address).expect("the server listens");
    let answer = connection.exchange_bytes(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 200);
    answer
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult \
                        the service documentation for details.";
