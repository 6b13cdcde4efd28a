//! `DeriveSharedSecret`.

use serde_json::{Value, json};

use crate::kit::{Client, Key, decode, encode, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    let (own, peer) = (agreeing(kms, "ECC_NIST_P256"), agreeing(kms, "ECC_NIST_P256"));
    input(&own, &public(kms, &peer))
}

#[test]
fn two_keys_agree_on_a_secret_of_the_curves_length() {
    let kms = kms();
    for (spec, length) in [("ECC_NIST_P256", 32), ("ECC_NIST_P384", 48), ("ECC_NIST_P521", 66)] {
        let (one, other) = (agreeing(&kms, spec), agreeing(&kms, spec));
        let first = kms.ok("DeriveSharedSecret", input(&one, &public(&kms, &other)));
        let second = kms.ok("DeriveSharedSecret", input(&other, &public(&kms, &one)));
        assert_eq!(first["SharedSecret"], second["SharedSecret"]);
        assert_eq!(decode(&first["SharedSecret"]).len(), length);
        let expected = json!({
            "KeyId": one.arn,
            "SharedSecret": first["SharedSecret"],
            "KeyAgreementAlgorithm": "ECDH",
            "KeyOrigin": "AWS_KMS",
        });
        assert_eq!(first, expected);
        let itself = kms.ok("DeriveSharedSecret", input(&one, &public(&kms, &one)));
        assert_ne!(itself["SharedSecret"], first["SharedSecret"]);
    }
}

#[test]
fn a_peer_is_a_public_key_on_the_same_curve() {
    let kms = kms();
    let own = agreeing(&kms, "ECC_NIST_P256");
    let mut spoilt = decode(&public(&kms, &own));
    *spoilt.last_mut().expect("it has bytes") ^= 1;
    for peer in [
        json!(encode("no public key")),
        json!(encode(&spoilt)),
        json!(encode(&spoilt[1..])),
        public(&kms, &agreeing(&kms, "ECC_NIST_P384")),
        public(&kms, &kms.key_of("ECC_SECG_P256K1", "SIGN_VERIFY")),
        public(&kms, &kms.key_of("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")),
        public(&kms, &kms.rsa_key("SIGN_VERIFY")),
    ] {
        let input = input(&own, &peer);
        kms.refuses("DeriveSharedSecret", input.clone(), "ValidationException", "");
        let dry = with(input, json!({"DryRun": true}));
        kms.refuses("DeriveSharedSecret", dry, "ValidationException", "");
    }
}

fn agreeing(kms: &Client, spec: &str) -> Key {
    kms.key_of(spec, "KEY_AGREEMENT")
}

fn public(kms: &Client, key: &Key) -> Value {
    kms.ok("GetPublicKey", json!({"KeyId": key.id}))["PublicKey"].take()
}

fn input(own: &Key, peer: &Value) -> Value {
    json!({"KeyId": own.id, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer})
}
