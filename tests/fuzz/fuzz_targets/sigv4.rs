//! Heads of requests: the input's lines are the target, then headers.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use keycell::sigv4::{self, Expectation, Head, Policy, SigningKey};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let target = lines.next().and_then(|line| str::from_utf8(line).ok()).unwrap_or("/");
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let mut headers = HeaderMap::new();
    for line in lines.take(100) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let parsed = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value));
        if let (Ok(name), Ok(value)) = parsed {
            headers.append(name, value);
        }
    }
    let head = Head { method: "POST", path, query, headers: &headers, authority: None };
    let expected = Expectation { service: "kms", serves: &|_| true, policy: Policy::KMS };
    // 30 August 2015, the day of AWS's examples.
    let now = jiff::Timestamp::from_second(1_440_938_160).expect("in range");
    if let Ok(presented) = sigv4::present(head, &expected, now) {
        let key = SigningKey::new([0; 32].into());
        assert!(presented.verify(b"", &key).is_err());
    }
});
