//! `VerifyMac`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, encode, kms, with};

use super::generate_mac::MACS;

pub(super) fn example(kms: &Client) -> Value {
    let input = super::generate_mac::example(kms);
    let mac = kms.ok("GenerateMac", input.clone())["Mac"].take();
    with(input, json!({"Mac": mac}))
}

#[test]
fn a_mac_is_the_keys_or_an_error() {
    let kms = kms();
    for (spec, algorithm, _) in MACS {
        let key = kms.key_of(spec, "GENERATE_VERIFY_MAC");
        let input =
            json!({"KeyId": key.id, "Message": encode("message"), "MacAlgorithm": algorithm});
        let mac = kms.ok("GenerateMac", input.clone())["Mac"].take();
        let good = with(input, json!({"Mac": mac}));
        let expected = json!({"KeyId": key.arn, "MacValid": true, "MacAlgorithm": algorithm});
        assert_eq!(kms.ok("VerifyMac", good.clone()), expected);
        let other = kms.key_of(spec, "GENERATE_VERIFY_MAC");
        let mut spoilt = decode(&mac);
        spoilt[0] ^= 1;
        for members in [
            json!({"Message": encode("another message")}),
            json!({"Mac": encode(&spoilt)}),
            json!({"Mac": encode(&spoilt[1..])}),
            json!({"Mac": encode([1; 6144])}),
            json!({"KeyId": other.id}),
        ] {
            let input = with(good.clone(), members);
            kms.refuses("VerifyMac", input.clone(), "KMSInvalidMacException", "");
            let dry = with(input, json!({"DryRun": true}));
            kms.refuses("VerifyMac", dry, "KMSInvalidMacException", "");
        }
    }
}

#[test]
fn an_algorithm_must_go_with_the_key() {
    let kms = kms();
    let input = with(example(&kms), json!({"MacAlgorithm": "HMAC_SHA_512"}));
    let message = "Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256.";
    kms.refuses("VerifyMac", input, "InvalidKeyUsageException", message);
}

#[test]
fn algorithms_are_named_in_the_order_of_aws() {
    let kms = kms();
    let input = with(example(&kms), json!({"MacAlgorithm": "INVALID"}));
    let message = "1 validation error detected: Value 'INVALID' at 'macAlgorithm' failed to \
                   satisfy constraint: Member must satisfy enum value set: [HMAC_SHA_384, \
                   HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512]";
    kms.refuses("VerifyMac", input, "ValidationException", message);
}
