//! Who is let in.

use jiff::SignedDuration;

use crate::kit::{Connection, Request, Signer, kms, now, send_http2};

#[test]
fn a_signed_request_is_answered_and_recorded_once() {
    let kms = kms();
    let answer = kms.send(&kms.signed("ListKeys", "{}"));
    assert_eq!(answer.status, 200);
    kms.trail.record(&answer);
}

#[test]
fn so_is_one_with_its_query_signed() {
    let kms = kms();
    let answer = kms.send(&kms.signer().presign(kms.request("ListKeys", "{}"), 60));
    assert_eq!(answer.status, 200, "{answer:?}");
    kms.trail.record(&answer);
}

#[test]
fn so_is_one_over_http_2() {
    let kms = kms();
    let host = kms.address.to_string();
    let request = kms.signed("ListKeys", "{}");
    for request in [request.clone(), request.remove("Host")] {
        let request = request.set("User-Agent", &format!("over-2-{}", keycell::service::uuid()));
        let answer = send_http2(kms.address, &host, &request);
        assert_eq!(answer.status, 200, "{answer:?}");
        kms.trail.record(&answer);
    }
}

#[test]
fn so_is_one_with_a_target_in_absolute_form() {
    let kms = kms();
    let target = format!("http://{}/", kms.address);
    let request = Request { target, ..kms.signed("ListKeys", "{}") };
    assert_eq!(kms.send(&request).status, 200);
}

#[test]
fn so_is_one_whose_body_comes_in_chunks() {
    let kms = kms();
    let request = kms.signed("GenerateRandom", r#"{"NumberOfBytes":1}"#);
    let head = request.clone().add("Transfer-Encoding", "chunked").head();
    let chunks = "5\r\n{\"Num\r\ne\r\nberOfBytes\":1}\r\n0\r\n\r\n";
    let mut connection = Connection::open(kms.address).expect("the server listens");
    let answer = connection.exchange_bytes(format!("{head}{chunks}").as_bytes());
    assert_eq!(answer.expect("an answer").status, 200);
}

#[test]
fn a_media_type_may_name_its_characters() {
    let kms = kms();
    let media_type = "application/x-amz-json-1.1; charset=utf-8";
    let request = kms.request("ListKeys", "{}").set("Content-Type", media_type);
    assert_eq!(kms.send(&kms.signer().sign(request)).status, 200);
}

#[test]
fn a_date_may_be_five_minutes_off() {
    let kms = kms();
    for seconds in [-290, 290] {
        let time = now() + SignedDuration::from_secs(seconds);
        let signer = Signer { time, ..kms.signer() };
        let answer = kms.send(&signer.sign(kms.request("ListKeys", "{}")));
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[test]
fn headers_that_decide_nothing_need_no_signature() {
    let kms = kms();
    let request = kms.signed("ListKeys", "{}").add("Accept", "*/*").add("X-Other", "1");
    assert_eq!(kms.send(&request).status, 200);
}

#[test]
fn a_declared_digest_must_be_that_of_the_body() {
    let kms = kms();
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let request = kms.request("ListKeys", "{}").add("X-Amz-Content-Sha256", digest);
    assert_eq!(kms.send(&kms.signer().sign(request)).status, 200);
}
