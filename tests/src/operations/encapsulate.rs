//! `Encapsulate`.

use serde_json::{Value, json};

use crate::kit::{Client, decode, kms};

pub(super) fn example(kms: &Client) -> Value {
    let key = kms.key_of("ML_KEM_512", "ENCAPSULATE_DECAPSULATE");
    json!({"KeyId": key.id, "EncapsulationAlgorithm": "ML_KEM"})
}

/// Specs, and how long their ciphertexts are.
pub(super) const SPECS: [(&str, usize); 3] =
    [("ML_KEM_512", 768), ("ML_KEM_768", 1088), ("ML_KEM_1024", 1568)];

#[test]
fn a_secret_comes_in_the_clear_and_encapsulated() {
    let kms = kms();
    for (spec, length) in SPECS {
        let key = kms.key_of(spec, "ENCAPSULATE_DECAPSULATE");
        let input = json!({"KeyId": key.id, "EncapsulationAlgorithm": "ML_KEM"});
        let output = kms.ok("Encapsulate", input.clone());
        assert_eq!(decode(&output["SharedSecret"]).len(), 32);
        assert_eq!(decode(&output["SharedSecretCiphertextBlob"]).len(), length);
        let expected = json!({
            "KeyId": key.arn,
            "SharedSecret": output["SharedSecret"],
            "SharedSecretCiphertextBlob": output["SharedSecretCiphertextBlob"],
            "EncapsulationAlgorithm": "ML_KEM",
        });
        assert_eq!(output, expected);
        assert_ne!(kms.ok("Encapsulate", input)["SharedSecret"], output["SharedSecret"]);
    }
}
