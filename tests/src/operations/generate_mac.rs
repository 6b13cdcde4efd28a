//! `GenerateMac`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, encode, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "Message": encode("an example's message"),
        "KeyId": kms.key_of("HMAC_256", "GENERATE_VERIFY_MAC").id,
        "MacAlgorithm": "HMAC_SHA_256",
    })
}

/// Specs, their algorithms, and how long a MAC of them is.
pub(super) const MACS: [(&str, &str, usize); 4] = [
    ("HMAC_224", "HMAC_SHA_224", 28),
    ("HMAC_256", "HMAC_SHA_256", 32),
    ("HMAC_384", "HMAC_SHA_384", 48),
    ("HMAC_512", "HMAC_SHA_512", 64),
];

#[test]
fn a_message_has_one_mac_of_the_length_of_its_algorithm() {
    let kms = kms();
    for (spec, algorithm, length) in MACS {
        let key = kms.key_of(spec, "GENERATE_VERIFY_MAC");
        let input =
            json!({"KeyId": key.id, "Message": encode("message"), "MacAlgorithm": algorithm});
        let output = kms.ok("GenerateMac", input.clone());
        assert_eq!(decode(&output["Mac"]).len(), length);
        let expected = json!({"Mac": output["Mac"], "MacAlgorithm": algorithm, "KeyId": key.arn});
        assert_eq!(output, expected);
        assert_eq!(kms.ok("GenerateMac", input.clone()), output);
        let other = kms.ok("GenerateMac", with(input, json!({"Message": "AAAA"})));
        assert_ne!(other["Mac"], output["Mac"]);
    }
}

#[test]
fn an_algorithm_must_go_with_the_key() {
    let kms = kms();
    for (spec, own, _) in MACS {
        let key = kms.key_of(spec, "GENERATE_VERIFY_MAC");
        for (_, algorithm, _) in MACS.iter().filter(|(_, algorithm, _)| *algorithm != own) {
            let input = json!({"KeyId": key.id, "Message": "AAAA", "MacAlgorithm": algorithm});
            let message = format!("Algorithm {algorithm} is incompatible with key spec {spec}.");
            kms.refuses("GenerateMac", input, "InvalidKeyUsageException", &message);
        }
    }
}

#[test]
fn a_message_has_1_to_4096_bytes() {
    let kms = kms();
    let input = |length: usize| with(example(&kms), json!({"Message": encode(vec![1; length])}));
    kms.ok("GenerateMac", input(1));
    kms.ok("GenerateMac", input(4096));
    let message = "1 validation error detected: Value at 'message' failed to satisfy constraint: \
                   Member must have length less than or equal to 4096";
    kms.refuses("GenerateMac", input(4097), "ValidationException", message);
}
