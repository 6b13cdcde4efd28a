//! Who is not: each with the words of AWS, no record, and a server that lives on.

use jiff::SignedDuration;
use serde_json::json;

use crate::kit::{Credentials, Launch, Request, Server, Signer, kms, now, send_http2};

use super::{MISMATCH, assert_invalid, invalid, mismatch, refusal, refuses};

#[test]
fn another_secret() {
    let kms = kms();
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ".to_owned();
    let other = Credentials { secret, ..kms.credentials.clone() };
    let signer = Signer { credentials: other, ..kms.signer() };
    mismatch(&kms, &signer.sign(kms.request("ListKeys", "{}")));
    mismatch(&kms, &signer.presign(kms.request("ListKeys", "{}"), 60));
}

#[test]
fn the_secret_of_another_account() {
    let kms = kms();
    let secret = kms.stranger().credentials.secret;
    let mixed = Credentials { secret, ..kms.credentials.clone() };
    mismatch(&kms, &kms.as_caller(mixed).signed("ListKeys", "{}"));
}

#[test]
fn an_unknown_access_key() {
    let kms = kms();
    for id in ["AKIAIOSFODNN7EXAMPLF", "AKIAI", "akiaiosfodnn7example", "AKIA.OSFODNN7EXAM"] {
        let access_key_id = id.to_owned();
        let other = Credentials { access_key_id, ..kms.credentials.clone() };
        let request = kms.as_caller(other).signed("ListKeys", "{}");
        refuses(&kms, &request, "UnrecognizedClientException", INVALID_TOKEN);
    }
}

#[test]
fn a_date_of_the_past_or_of_the_future() {
    let kms = kms();
    for (seconds, start, end) in [
        (-302, "Signature expired: ", " - 5 min.)"),
        (-86_400, "Signature expired: ", " - 5 min.)"),
        (310, "Signature not yet current: ", " + 5 min.)"),
        (86_400, "Signature not yet current: ", " + 5 min.)"),
    ] {
        let time = now() + SignedDuration::from_secs(seconds);
        let signer = Signer { time, ..kms.signer() };
        let request = signer.sign(kms.request("ListKeys", "{}"));
        let refusal = refusal(&kms, &request);
        assert_eq!(refusal.code, "InvalidSignatureException");
        let start = format!("{start}{}", signer.date_time());
        assert!(refusal.message.starts_with(&start), "{refusal:?}");
        assert!(refusal.message.ends_with(end), "{refusal:?}");
    }
}

#[test]
fn a_presigned_request_that_has_expired() {
    let kms = kms();
    let time = now() - SignedDuration::from_secs(62);
    let signer = Signer { time, ..kms.signer() };
    let refusal = refusal(&kms, &signer.presign(kms.request("ListKeys", "{}"), 60));
    assert!(refusal.message.starts_with("Signature expired: "), "{refusal:?}");
}

#[test]
fn another_body_than_the_signed_one() {
    let kms = kms();
    for body in [&b"{\"Limit\":2}"[..], b"{ }", b"{}\n"] {
        mismatch(&kms, &kms.signed("ListKeys", r#"{"Limit":1}"#).body(body));
        let presigned = kms.signer().presign(kms.request("ListKeys", "{}"), 60);
        mismatch(&kms, &presigned.body(body));
    }
}

#[test]
fn another_header_than_the_signed_one() {
    let kms = kms();
    let signed = || kms.signed("ListKeys", "{}");
    mismatch(&kms, &signed().set("X-Amz-Target", "TrentService.ListAliases"));
    mismatch(&kms, &signed().set("Host", "kms.us-east-1.amazonaws.com"));
    mismatch(&kms, &signed().set("Content-Type", "application/x-amz-json-1.1;x"));
    let later = (now() + SignedDuration::from_secs(2)).strftime("%Y%m%dT%H%M%SZ").to_string();
    mismatch(&kms, &signed().set("X-Amz-Date", &later));
}

#[test]
fn a_header_given_twice() {
    let kms = kms();
    let once = |name: &str| format!("'{name}' must not be given more than once.");
    for name in ["Authorization", "Host", "X-Amz-Target", "X-Amz-Date", "Content-Type"] {
        let request = kms.signed("ListKeys", "{}");
        let value = request.header(name).expect("a signed request has it").to_owned();
        invalid(&kms, &request.add(name, &value), &once(name));
    }
    // Both signed, as one value: still nobody knows which of them is meant.
    for (name, value) in [
        ("X-Amz-Target", "TrentService.ListAliases"),
        ("Content-Type", "application/json"),
        ("Host", "localhost"),
    ] {
        let request = kms.request("ListKeys", "{}").add(name, value);
        invalid(&kms, &kms.signer().sign(request), &once(name));
    }
}

#[test]
fn a_header_that_decides_something_and_is_not_signed() {
    let kms = kms();
    for name in ["Host", "X-Amz-Target", "X-Amz-Date"] {
        let request = kms.request("ListKeys", "{}").unsigned(name);
        let message = unsigned(name);
        invalid(&kms, &kms.signer().sign(request), &message);
    }
    let request = kms.request("ListKeys", "{}").unsigned("X-Amz-Security-Token");
    let request = request.add("X-Amz-Security-Token", "token");
    invalid(&kms, &kms.signer().sign(request), &unsigned("X-Amz-Security-Token"));
    let request = kms.signed("ListKeys", "{}").add("X-Amz-Security-Token", "token");
    invalid(&kms, &request, &unsigned("X-Amz-Security-Token"));
    let request = kms.request("ListKeys", "{}").unsigned("X-Amz-Target");
    invalid(&kms, &kms.signer().presign(request, 60), &unsigned("X-Amz-Target"));
}

/// Whole clients do so: the second SDK for JavaScript, and that for PHP.
#[test]
fn a_media_type_that_is_not_signed_is_taken() {
    let kms = kms();
    let request = kms.request("ListKeys", "{}").unsigned("Content-Type");
    kms.send(&kms.signer().sign(request)).outcome().expect("nothing hangs on it");
}

#[test]
fn an_authority_other_than_the_host() {
    let kms = kms();
    let request = kms.signed("ListKeys", "{}");
    let message = "'Host' must be the authority of the request.";
    let answer = send_http2(kms.address, "kms.us-east-1.amazonaws.com", &request);
    assert_invalid(&kms, &answer, message);
    let target = "http://kms.us-east-1.amazonaws.com/".to_owned();
    invalid(&kms, &Request { target, ..request }, message);
    // No host besides: the authority is what must have been signed.
    let request = kms.signed("ListKeys", "{}").remove("Host");
    let answer = send_http2(kms.address, "kms.us-east-1.amazonaws.com", &request);
    assert_invalid(&kms, &answer, MISMATCH);
}

#[test]
fn a_payload_that_is_not_signed() {
    let kms = kms();
    for digest in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "", "0"] {
        let request = kms.request("ListKeys", "{}").add("X-Amz-Content-Sha256", digest);
        mismatch(&kms, &kms.signer().sign(request));
    }
}

#[test]
fn a_header_and_a_query_that_both_authenticate() {
    let kms = kms();
    let presigned = kms.signer().presign(kms.request("ListKeys", "{}"), 60);
    let message = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' \
                   as HTTP header.";
    invalid(&kms, &kms.signer().sign(presigned), message);
}

#[test]
fn nothing_that_authenticates() {
    let kms = kms();
    let code = "MissingAuthenticationTokenException";
    let message = "Missing Authentication Token";
    refuses(&kms, &kms.request("ListKeys", "{}"), code, message);
    let basic = kms.request("ListKeys", "{}").add("Authorization", "Basic QTpC");
    refuses(&kms, &basic, code, message);
}

#[test]
fn half_a_signature() {
    let kms = kms();
    let signed = kms.signed("ListKeys", "{}");
    let authorization = signed.header("Authorization").expect("it is signed");
    let (half, _) = authorization.split_once(", Signature").expect("it has a signature");
    let refusal = refusal(&kms, &signed.clone().set("Authorization", half));
    assert_eq!(refusal.code, "IncompleteSignatureException");
    let message =
        format!("Authorization header requires 'Signature' parameter. Authorization={half}");
    assert_eq!(refusal.message, message);
}

#[test]
fn a_session_token_as_long_as_there_are_none() {
    let kms = kms();
    let request = kms.request("ListKeys", "{}").add("X-Amz-Security-Token", "token");
    let code = "UnrecognizedClientException";
    refuses(&kms, &kms.signer().sign(request), code, INVALID_TOKEN);
    let mut request = kms.request("ListKeys", "{}");
    request.query_token = Some("token");
    refuses(&kms, &kms.signer().presign(request, 60), code, INVALID_TOKEN);
}

#[test]
fn a_scope_of_another_service_or_of_no_region() {
    let kms = kms();
    let signer = Signer { service: "s3".to_owned(), ..kms.signer() };
    let message = "Credential should be scoped to correct service: 'kms'. ";
    invalid(&kms, &signer.sign(kms.request("ListKeys", "{}")), message);
    for region in ["eu-nowhere-1", "us-gov-west-1", "global", "US-EAST-1"] {
        let signer = Signer { region: region.to_owned(), ..kms.signer() };
        let message = format!("Credential should be scoped to a valid region, not '{region}'. ");
        invalid(&kms, &signer.sign(kms.request("ListKeys", "{}")), &message);
    }
}

#[test]
fn a_region_that_the_configuration_leaves_out() {
    let server = Launch::preset().config("regions = [\"eu-central-1\"]\n").start();
    let client = server.client();
    let message = "Credential should be scoped to a valid region, not 'us-east-1'. ";
    invalid(&client, &client.signed("ListKeys", "{}"), message);
    client.in_region("eu-central-1").ok("ListKeys", json!({}));
}

/// One server for all of these alone, so that nothing else writes into its trail.
#[test]
fn none_of_these_is_recorded_under_whatever_name() {
    let server = Server::start();
    let kms = server.client();
    let before = server.trail.all().len();
    let requests = [
        kms.request("CreateKey", "{}"),
        kms.signed("CreateKey", "{}").body(b"{ }"),
        kms.signed("CreateKey", "{}").set("X-Amz-Target", "TrentService.ListKeys"),
        Signer { region: "nowhere-1".to_owned(), ..kms.signer() }
            .sign(kms.request("CreateKey", "{}")),
        kms.signed("Nonsense", "{}"),
        kms.signed("CreateKey", "{"),
    ];
    for request in &requests {
        assert_eq!(kms.send(request).status, 400);
    }
    kms.ok("ListKeys", json!({}));
    assert_eq!(server.trail.all().len(), before + 1);
    assert!(server.log().contains("requests were refused before authentication"));
}

fn unsigned(name: &str) -> String {
    format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")
}

const INVALID_TOKEN: &str = "The security token included in the request is invalid.";
