//! `GenerateRandom`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kit::{Client, decode, kms};

pub(super) fn example(_: &Client) -> Value {
    json!({"NumberOfBytes": 32})
}

#[test]
fn random_bytes_come_in_any_number_up_to_1024() {
    let kms = kms();
    for length in [1, 16, 1023, 1024] {
        let output = kms.ok("GenerateRandom", json!({"NumberOfBytes": length}));
        assert_eq!(decode(&output["Plaintext"]).len(), length);
        assert_eq!(output.as_object().map(serde_json::Map::len), Some(1));
    }
}

#[test]
fn the_number_must_be_told() {
    let message = "NumberOfBytes is required.";
    kms().refuses("GenerateRandom", json!({}), "ValidationException", message);
}

#[test]
fn nothing_comes_twice() {
    let kms = kms();
    let output = || kms.ok("GenerateRandom", json!({"NumberOfBytes": 32}))["Plaintext"].to_string();
    assert_eq!((0..100).map(|_| output()).collect::<BTreeSet<_>>().len(), 100);
}

#[test]
fn every_bit_is_sometimes_one_and_sometimes_zero() {
    let bytes = kms().ok("GenerateRandom", json!({"NumberOfBytes": 1024}));
    let bytes = decode(&bytes["Plaintext"]);
    assert_eq!(bytes.iter().fold(0, |all, byte| all | byte), 0xff);
    assert_eq!(bytes.iter().fold(0xff, |all, byte| all & byte), 0);
}
