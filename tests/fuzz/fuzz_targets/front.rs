//! What a front tells of where a request comes from: the input's lines are the values of its
//! headers.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use keycell::front::Front;

const NAMES: [&str; 4] =
    ["x-forwarded-for", "x-forwarded-proto", "x-keycell-vpc", "x-keycell-vpc-endpoint"];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut front = Front::default();
    front.believe(&["10.0.0.0/8".to_owned(), "2001:db8::/32".to_owned()]).expect("two ranges");
    let mut headers = HeaderMap::new();
    for (at, line) in data.split(|byte| *byte == b'\n').take(40).enumerate() {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(HeaderName::from_static(NAMES[at % 4]), value);
        }
    }
    let stranger = "192.0.2.1".parse().expect("an address");
    assert_eq!(front.told(stranger, &headers).0, stranger);
    let (_, network) = front.told("10.0.0.1".parse().expect("an address"), &headers);
    for id in network.vpc.iter().chain(&network.vpc_endpoint) {
        assert!((1..=64).contains(&id.len()) && id.is_ascii(), "{id}");
    }
});
