//! `Decrypt`.

use serde_json::{Value, json};

use crate::kit::{Client, Key, decode, encode, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    let input = super::encrypt::example(kms);
    let ciphertext = kms.ok("Encrypt", input.clone())["CiphertextBlob"].take();
    json!({
        "CiphertextBlob": ciphertext,
        "EncryptionContext": input["EncryptionContext"],
        "KeyId": input["KeyId"],
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    })
}

#[test]
fn a_ciphertext_tells_its_key_itself() {
    let kms = kms();
    let key = kms.key();
    let ciphertext = kms.encrypt(&key, "secret");
    let output = kms.ok("Decrypt", json!({"CiphertextBlob": ciphertext}));
    let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
    let expected = json!({
        "KeyId": key.arn,
        "Plaintext": encode("secret"),
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "KeyMaterialId": metadata["CurrentKeyMaterialId"],
    });
    assert_eq!(output, expected);
}

#[test]
fn the_key_of_a_ciphertext_may_be_disabled() {
    let kms = kms();
    let key = kms.key();
    let ciphertext = kms.encrypt(&key, "secret");
    kms.ok("DisableKey", json!({"KeyId": key.id}));
    let message = format!("{} is disabled.", key.arn);
    let input = json!({"CiphertextBlob": ciphertext});
    kms.refuses("Decrypt", input.clone(), "DisabledException", &message);
    kms.ok("EnableKey", json!({"KeyId": key.id}));
    assert_eq!(kms.ok("Decrypt", input)["Plaintext"], encode("secret"));
}

#[test]
fn the_order_of_an_encryption_context_does_not_matter() {
    let kms = kms();
    let key = kms.key();
    let body = |context: &str, rest: &str| format!(r#"{{"EncryptionContext":{context},{rest}}}"#);
    let rest = format!(r#""KeyId":"{}","Plaintext":"AAAA""#, key.id);
    let body_1 = body(r#"{"a":"1","b":"2","c":"3"}"#, &rest);
    let output = kms.send(&kms.signed("Encrypt", body_1)).json();
    let rest = format!(r#""CiphertextBlob":{}"#, output["CiphertextBlob"]);
    let answer = kms.send(&kms.signed("Decrypt", body(r#"{"c":"3","a":"1","b":"2"}"#, &rest)));
    assert_eq!(answer.json()["Plaintext"], "AAAA");
}

#[test]
fn no_encryption_context_is_an_empty_one() {
    let kms = kms();
    let key = kms.key();
    let input = json!({"KeyId": key.id, "Plaintext": "AAAA", "EncryptionContext": {}});
    let ciphertext = kms.ok("Encrypt", input)["CiphertextBlob"].take();
    for context in [json!(null), json!({})] {
        let input = json!({"CiphertextBlob": ciphertext, "EncryptionContext": context});
        assert_eq!(kms.ok("Decrypt", input)["Plaintext"], "AAAA");
    }
}

#[test]
fn another_encryption_context_is_refused() {
    let kms = kms();
    let key = kms.key();
    let input = json!({
        "KeyId": key.id, "Plaintext": "AAAA", "EncryptionContext": {"ab": "cd", "e": "f"},
    });
    let ciphertext = kms.ok("Encrypt", input)["CiphertextBlob"].take();
    for context in [
        json!({}),
        json!(null),
        json!({"ab": "cd"}),
        json!({"AB": "cd", "e": "f"}),
        json!({"ab": "CD", "e": "f"}),
        json!({"a": "bcd", "e": "f"}),
        json!({"ab": "cd", "e": "f", "": ""}),
        json!({"ab": "f", "e": "cd"}),
        json!({"ab": "cd ", "e": "f"}),
    ] {
        for key in [json!(key.id), json!(null)] {
            let input = json!({
                "CiphertextBlob": ciphertext, "EncryptionContext": context, "KeyId": key,
            });
            kms.refuses("Decrypt", input, "InvalidCiphertextException", "");
        }
    }
}

#[test]
fn a_ciphertext_of_another_key_is_told_from_one_of_none() {
    let kms = kms();
    let (key, other) = (kms.key(), kms.key());
    let ciphertext = kms.encrypt(&key, "secret");
    let input = json!({"CiphertextBlob": ciphertext, "KeyId": other.id});
    let message = "The key ID in the request does not identify a CMK that can perform this \
                   operation.";
    kms.refuses("Decrypt", input, "IncorrectKeyException", message);
    let input = json!({"CiphertextBlob": encode([7; 100]), "KeyId": other.id});
    kms.refuses("Decrypt", input, "InvalidCiphertextException", "");
}

#[test]
fn a_truncated_ciphertext_is_refused_at_every_length() {
    let kms = kms();
    let key = kms.key();
    let ciphertext = bytes(&kms, &key);
    for length in 1..ciphertext.len() {
        let cut = encode(&ciphertext[..length]);
        for key in [json!(null), json!(key.id)] {
            let input = json!({"CiphertextBlob": cut, "KeyId": key});
            kms.refuses("Decrypt", input, "InvalidCiphertextException", "");
        }
    }
    let message = "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy \
                   constraint: Member must have length greater than or equal to 1";
    let input = json!({"CiphertextBlob": ""});
    kms.refuses("Decrypt", input, "ValidationException", message);
}

#[test]
fn a_ciphertext_with_a_flipped_bit_is_refused_wherever_it_is() {
    let kms = kms();
    let key = kms.key();
    let ciphertext = bytes(&kms, &key);
    for at in 0..ciphertext.len() {
        let mut spoilt = ciphertext.clone();
        spoilt[at] ^= 1 << (at % 8);
        let input = json!({"CiphertextBlob": encode(&spoilt), "KeyId": key.id});
        kms.refuses("Decrypt", input.clone(), "InvalidCiphertextException", "");
        let input = with(input, json!({"KeyId": null}));
        // Bytes 1 to 32 name the material: there the key itself is another one.
        match at {
            1..=32 => kms.refuses("Decrypt", input, "AccessDeniedException", UNKNOWN),
            _ => kms.refuses("Decrypt", input, "InvalidCiphertextException", ""),
        }
    }
}

#[test]
fn a_ciphertext_with_more_at_its_end_is_refused() {
    let kms = kms();
    let key = kms.key();
    for more in [&b"\0"[..], b"more"] {
        let longer = encode([&bytes(&kms, &key), more].concat());
        let input = json!({"CiphertextBlob": longer});
        kms.refuses("Decrypt", input, "InvalidCiphertextException", "");
    }
}

#[test]
fn a_ciphertext_has_at_most_6144_bytes() {
    let kms = kms();
    let input = |length: usize| json!({"CiphertextBlob": encode(vec![0; length])});
    kms.refuses("Decrypt", input(6144), "InvalidCiphertextException", "");
    let message = "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy \
                   constraint: Member must have length less than or equal to 6144";
    kms.refuses("Decrypt", input(6145), "ValidationException", message);
}

#[test]
fn another_algorithm_needs_a_key_and_does_not_go_with_this_one() {
    let kms = kms();
    let key = kms.key();
    let ciphertext = kms.encrypt(&key, "secret");
    let algorithm = "RSAES_OAEP_SHA_256";
    let input = json!({"CiphertextBlob": ciphertext, "EncryptionAlgorithm": algorithm});
    kms.refuses("Decrypt", input.clone(), "ValidationException", "KeyId must not be null");
    let message = format!("Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.");
    let input = with(input, json!({"KeyId": key.id}));
    kms.refuses("Decrypt", input, "InvalidKeyUsageException", &message);
}

#[test]
fn dry_run_still_checks_the_ciphertext() {
    let kms = kms();
    let key = kms.key();
    let mut spoilt = bytes(&kms, &key);
    *spoilt.last_mut().expect("it has bytes") ^= 1;
    let input = json!({"CiphertextBlob": encode(spoilt), "DryRun": true});
    kms.refuses("Decrypt", input, "InvalidCiphertextException", "");
}

#[test]
fn the_record_names_the_key_that_the_ciphertext_told() {
    let kms = kms();
    let key = kms.key();
    let ciphertext = kms.encrypt(&key, "secret");
    let (output, record) = kms.call_recorded("Decrypt", json!({"CiphertextBlob": ciphertext}));
    let output = output.expect("it is decrypted");
    assert_eq!(record["resources"][0]["ARN"], key.arn);
    assert_eq!(record["additionalEventData"]["keyMaterialId"], output["KeyMaterialId"]);
    let parameters = json!({"encryptionAlgorithm": "SYMMETRIC_DEFAULT"});
    assert_eq!(record["requestParameters"], parameters);
}

#[test]
fn rsa_decrypts_with_the_key_and_the_algorithm_that_are_named() {
    let kms = kms();
    let key = kms.rsa_key("ENCRYPT_DECRYPT");
    for (algorithm, other) in
        [("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"), ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1")]
    {
        let input = json!({
            "KeyId": key.id, "Plaintext": encode("secret"), "EncryptionAlgorithm": algorithm,
        });
        let ciphertext = kms.ok("Encrypt", input)["CiphertextBlob"].take();
        let good = json!({
            "KeyId": key.id, "CiphertextBlob": ciphertext, "EncryptionAlgorithm": algorithm,
        });
        let expected = json!({
            "KeyId": key.arn, "Plaintext": encode("secret"), "EncryptionAlgorithm": algorithm,
        });
        assert_eq!(kms.ok("Decrypt", good.clone()), expected);
        let refuses = |members: Value, code: &str, message: &str| {
            kms.refuses("Decrypt", with(good.clone(), members), code, message);
        };
        refuses(json!({"KeyId": null}), "ValidationException", "KeyId must not be null");
        for algorithm in [json!(null), json!(other)] {
            let members = json!({"EncryptionAlgorithm": algorithm});
            refuses(members, "InvalidCiphertextException", "");
        }
        let context = json!({"EncryptionContext": {"a": "b"}});
        refuses(context, "ValidationException", super::encrypt::NO_CONTEXT);
        let mut spoilt = decode(&ciphertext);
        spoilt[200] ^= 1;
        for bytes in [&spoilt[..], &spoilt[1..], &[1][..]] {
            let members = json!({"CiphertextBlob": encode(bytes), "DryRun": true});
            refuses(members, "InvalidCiphertextException", "");
        }
    }
}

#[test]
fn a_key_that_never_encrypts_is_the_wrong_one() {
    let kms = kms();
    let ciphertext = kms.encrypt(&kms.key(), "secret");
    let message = "The key ID in the request does not identify a CMK that can perform this \
                   operation.";
    for key in [
        kms.key_of("ECC_NIST_P256", "SIGN_VERIFY"),
        kms.key_of("HMAC_256", "GENERATE_VERIFY_MAC"),
        kms.rsa_key("SIGN_VERIFY"),
    ] {
        let input = json!({"CiphertextBlob": ciphertext, "KeyId": key.id});
        kms.refuses("Decrypt", input, "IncorrectKeyException", message);
    }
}

/// A short ciphertext.
fn bytes(kms: &Client, key: &Key) -> Vec<u8> {
    decode(&json!(kms.encrypt(key, "secret")))
}

/// What is said where a ciphertext's key is unknown or forbidden.
pub(super) const UNKNOWN: &str = "The ciphertext refers to a customer master key that does not \
                                  exist, does not exist in this region, or you are not allowed \
                                  to access.";

#[test]
fn a_dry_run_may_do_without_the_ciphertext() {
    let kms = kms();
    let key = kms.key();
    let dry = json!({"KeyId": key.id, "DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
    let passes = |input: Value| {
        kms.refuses("Decrypt", input, "DryRunOperationException", super::every::DRY_RUN);
    };
    passes(dry.clone());
    passes(with(dry.clone(), json!({"KeyId": kms.alias(&key), "EncryptionContext": {"a": "b"}})));
    // What it is told to ignore may be anything.
    passes(with(dry.clone(), json!({"CiphertextBlob": "AAAA"})));
    let twice = json!(["IGNORE_CIPHERTEXT", "IGNORE_CIPHERTEXT"]);
    passes(with(dry.clone(), json!({"DryRunModifiers": twice})));
    let nameless = with(dry.clone(), json!({"KeyId": null, "CiphertextBlob": "AAAA"}));
    kms.refuses("Decrypt", nameless, "ValidationException", "KeyId must not be null");
    kms.ok("DisableKey", json!({"KeyId": key.id}));
    let message = format!("{} is disabled.", key.arn);
    kms.refuses("Decrypt", dry, "DisabledException", &message);
}

#[test]
fn a_dry_run_without_a_ciphertext_asks_for_permission_all_the_same() {
    let kms = kms();
    let stranger = kms.stranger();
    let key = kms.key();
    let dry = json!({"KeyId": key.arn, "DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
    let refusal = stranger.call("Decrypt", dry.clone()).expect_err("it is somebody else's");
    assert_eq!(refusal.code, "AccessDeniedException");
    let (_, record) = kms.call_recorded("Decrypt", dry);
    let shown = &record["requestParameters"];
    assert_eq!(shown["dryRunModifiers"], json!(["IGNORE_CIPHERTEXT"]), "{record}");
}

#[test]
fn only_such_a_dry_run_may() {
    let kms = kms();
    let missing = "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy \
                   constraint: Member must not be null";
    let ignoring = json!(["IGNORE_CIPHERTEXT"]);
    for (dry_run, modifiers) in [
        (json!(false), &ignoring),
        (Value::Null, &ignoring),
        (json!(true), &json!([])),
        (json!(true), &Value::Null),
    ] {
        let input = json!({"KeyId": kms.key().id, "DryRun": dry_run, "DryRunModifiers": modifiers});
        kms.refuses("Decrypt", input, "ValidationException", missing);
    }
    let other = "1 validation error detected: Value '[NONE]' at 'dryRunModifiers' failed to \
                 satisfy constraint: Member must satisfy constraint: [Member must satisfy enum \
                 value set: [IGNORE_CIPHERTEXT]]";
    let input = with(example(&kms), json!({"DryRunModifiers": ["NONE"]}));
    kms.refuses("Decrypt", input, "ValidationException", other);
    // Where it is no dry run the ciphertext is decrypted.
    let input = with(example(&kms), json!({"DryRunModifiers": ignoring}));
    assert!(kms.ok("Decrypt", input)["Plaintext"].is_string());
}
