//! `Decapsulate`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, encode, kms, with};

use super::encapsulate::SPECS;

pub(super) fn example(kms: &Client) -> Value {
    let input = super::encapsulate::example(kms);
    let made = kms.ok("Encapsulate", input.clone());
    let ciphertext = &made["SharedSecretCiphertextBlob"];
    with(input, json!({"SharedSecretCiphertextBlob": ciphertext}))
}

#[test]
fn the_holder_of_the_key_gets_the_same_secret() {
    let kms = kms();
    for (spec, _) in SPECS {
        let key = kms.key_of(spec, "ENCAPSULATE_DECAPSULATE");
        let input = json!({"KeyId": key.id, "EncapsulationAlgorithm": "ML_KEM"});
        let made = kms.ok("Encapsulate", input.clone());
        let ciphertext = &made["SharedSecretCiphertextBlob"];
        let input = with(input, json!({"SharedSecretCiphertextBlob": ciphertext}));
        let expected = json!({
            "KeyId": key.arn,
            "SharedSecret": made["SharedSecret"],
            "EncapsulationAlgorithm": "ML_KEM",
        });
        assert_eq!(kms.ok("Decapsulate", input), expected);
    }
}

#[test]
fn a_ciphertext_of_another_key_or_a_spoilt_one_gives_another_secret() {
    let kms = kms();
    let key = kms.key_of("ML_KEM_768", "ENCAPSULATE_DECAPSULATE");
    let other = kms.key_of("ML_KEM_768", "ENCAPSULATE_DECAPSULATE");
    let input = json!({"KeyId": key.id, "EncapsulationAlgorithm": "ML_KEM"});
    let made = kms.ok("Encapsulate", input.clone());
    let ciphertext = &made["SharedSecretCiphertextBlob"];
    let mut spoilt = decode(ciphertext);
    spoilt[0] ^= 1;
    for members in [
        json!({"KeyId": other.id, "SharedSecretCiphertextBlob": ciphertext}),
        json!({"SharedSecretCiphertextBlob": encode(&spoilt)}),
    ] {
        let output = kms.ok("Decapsulate", with(input.clone(), members));
        assert_ne!(output["SharedSecret"], made["SharedSecret"]);
    }
}

#[test]
fn a_ciphertext_of_another_length_is_none() {
    let kms = kms();
    let input = example(&kms);
    for length in [1, 767, 769, 1088, 6144] {
        let members = json!({"SharedSecretCiphertextBlob": encode(vec![1; length])});
        let input = with(input.clone(), members);
        kms.refuses("Decapsulate", input.clone(), "InvalidCiphertextException", "");
        let dry = with(input, json!({"DryRun": true}));
        kms.refuses("Decapsulate", dry, "InvalidCiphertextException", "");
    }
}
