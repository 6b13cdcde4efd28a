//! What every operation does alike: its answer's head, its record, DryRun, grant tokens, disabled
//! keys.

use keycell::wire::member::{Kind, camel_case};
use serde_json::{Map, Value, json};

use crate::kit::{Client, kms, with};

use super::{EXAMPLES, Example, create_grant::grant_of};

#[test]
fn an_answer_has_the_head_that_clients_rely_on() {
    let kms = kms();
    for example in EXAMPLES {
        let input = (example.input)(&kms);
        let answer = kms.send(&kms.signed(example.operation, input.to_string()));
        assert_eq!(answer.status, 200, "{}: {answer:?}", example.operation);
        assert!(answer.request_id().parse::<keycell::arn::KeyId>().is_ok(), "it is a UUID");
        assert_eq!(answer.header("content-type"), Some("application/x-amz-json-1.1"));
        let never = "no-cache, no-store, must-revalidate, private";
        assert_eq!(answer.header("cache-control"), Some(never));
        let date = answer.header("date").expect("clients correct their clocks by it");
        let date = jiff::fmt::rfc2822::parse(date).expect("RFC 9110's date").timestamp();
        assert!(date.duration_until(crate::kit::now()).as_secs().abs() < 60, "{date}");
    }
}

#[test]
fn operations_without_output_have_an_empty_body() {
    let kms = kms();
    for example in EXAMPLES {
        let input = (example.input)(&kms);
        let answer = kms.send(&kms.signed(example.operation, input.to_string()));
        let is_silent = matches!(
            example.operation,
            "CreateAlias"
                | "DeleteAlias"
                | "DisableKey"
                | "DisableKeyRotation"
                | "EnableKey"
                | "EnableKeyRotation"
                | "PutKeyPolicy"
                | "RetireGrant"
                | "RevokeGrant"
                | "TagResource"
                | "UntagResource"
                | "UpdateAlias"
                | "UpdateKeyDescription"
                | "UpdatePrimaryRegion"
        );
        assert_eq!(answer.body.is_empty(), is_silent, "{}: {answer:?}", example.operation);
    }
}

#[test]
fn a_call_leaves_one_record_in_the_form_of_cloudtrail() {
    let kms = kms();
    for example in EXAMPLES {
        let input = (example.input)(&kms);
        let answer = kms.send(&kms.signed(example.operation, input.to_string()));
        // That it is the only one is checked where it is found.
        let record = kms.trail.record(&answer);
        let expected = json!({
            "eventVersion": "1.11",
            "eventSource": "kms.amazonaws.com",
            "eventName": example.operation,
            "awsRegion": kms.region,
            "sourceIPAddress": "127.0.0.1",
            "userAgent": answer.user_agent,
            "userIdentity": {
                "type": "Root",
                "principalId": kms.credentials.account,
                "arn": format!("arn:aws:iam::{}:root", kms.credentials.account),
                "accountId": kms.credentials.account,
                "accessKeyId": kms.credentials.access_key_id,
            },
            "requestID": answer.request_id(),
            "readOnly": is_read_only(example.operation),
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": kms.credentials.account,
            "eventCategory": "Management",
        });
        assert_contains(&record, &expected);
        assert!(record.get("errorCode").is_none(), "{record}");
        let digest = &record["additionalEventData"]["componentDigest"];
        assert_eq!(digest.as_str().map(str::len), Some(64), "{record}");
    }
}

#[test]
fn a_record_tells_which_key_was_changed_and_nothing_of_what_was_only_read() {
    let kms = kms();
    // Of a key that was made, more is told than its ARN.
    let makes = |example: &&Example| matches!(example.operation, "CreateKey" | "ReplicateKey");
    for example in EXAMPLES.iter().filter(|example| !makes(example)) {
        let (_, record) = kms.call_recorded(example.operation, (example.input)(&kms));
        let told = &record["responseElements"];
        if is_read_only(example.operation) {
            assert!(told.is_null(), "{record}");
        } else {
            let resources = record["resources"].as_array().expect("a list");
            let arns: Vec<_> = resources.iter().map(|resource| &resource["ARN"]).collect();
            assert!(arns.contains(&&told["keyId"]), "{record}");
        }
    }
}

#[test]
fn a_record_shows_the_request_but_no_secret_and_no_ciphertext() {
    let kms = kms();
    for example in EXAMPLES {
        let input = (example.input)(&kms);
        let (output, record) = kms.call_recorded(example.operation, input.clone());
        let output = output.expect("an example succeeds");
        let text = record.to_string();
        let is_blob = |name: &str| {
            let mut members = example.descriptor().members.iter();
            members.any(|(known, shape)| *known == name && matches!(shape.kind, Kind::Blob(_)))
        };
        let input = input.as_object().expect("an object");
        let given = input.iter().filter(|(name, _)| is_blob(name)).map(|(_, value)| value);
        let told = SECRETS.iter().filter_map(|name| output.get(name));
        for blob in given.chain(told) {
            let blob = blob.as_str().expect("a blob is a text");
            assert!(!text.contains(blob), "{record}");
        }
        let shown: Map<_, _> = input
            .iter()
            .filter(|(name, _)| !is_blob(name))
            .map(|(name, value)| (camel_case(name), shown(value, kind(example, name))))
            .collect();
        assert_contains(&record["requestParameters"], &Value::Object(shown));
    }
}

#[test]
fn a_refused_call_leaves_one_record_with_the_error_and_no_response() {
    let kms = kms();
    for example in EXAMPLES.iter().filter(|example| example.has("KeyId")) {
        let input = with((example.input)(&kms), json!({"KeyId": "nonsense"}));
        let (outcome, record) = kms.call_recorded(example.operation, input);
        assert_eq!(outcome.expect_err("no key has that id").code, "NotFoundException");
        assert_eq!(record["errorCode"], "NotFoundException");
        assert_eq!(record["errorMessage"], "Invalid keyId 'nonsense'");
        assert!(record["responseElements"].is_null(), "{record}");
    }
}

#[test]
fn dry_run_checks_everything_and_does_nothing() {
    let kms = kms();
    let examples: Vec<_> = EXAMPLES.iter().filter(|example| example.has("DryRun")).collect();
    assert_eq!(examples.len(), 17);
    for example in examples {
        let input = (example.input)(&kms);
        let dry = with(input.clone(), json!({"DryRun": true}));
        kms.refuses(example.operation, dry, "DryRunOperationException", DRY_RUN);
        kms.ok(example.operation, with(input, json!({"DryRun": false})));
    }
}

#[test]
fn grant_tokens_are_those_of_grants_that_there_are() {
    let kms = kms();
    let key = kms.key();
    let [live, other, ended] = [(); 3].map(|()| grant_of(&kms, &key, &kms));
    kms.ok("RevokeGrant", json!({"KeyId": key.id, "GrantId": ended.id}));
    for example in EXAMPLES.iter().filter(|example| example.has("GrantTokens")) {
        let input = (example.input)(&kms);
        let with_tokens = |tokens: Value| with(input.clone(), json!({"GrantTokens": tokens}));
        let refuses = |tokens: Value, code: &str, message: &str| {
            kms.refuses(example.operation, with_tokens(tokens), code, message);
        };
        refuses(json!(["token"]), "InvalidGrantTokenException", "");
        refuses(json!(vec!["token"; 10]), "InvalidGrantTokenException", "");
        refuses(json!([live.token, ended.token]), "InvalidGrantTokenException", "");
        refuses(json!([live.id]), "InvalidGrantTokenException", "");
        refuses(
            json!(vec!["token"; 11]),
            "ValidationException",
            "1 validation error detected: Value at 'grantTokens' failed to satisfy constraint: \
             Member must have length less than or equal to 10",
        );
        refuses(
            json!(["token", ""]),
            "ValidationException",
            "1 validation error detected: Value '' at 'grantTokens.2.member' failed to satisfy \
             constraint: Member must have length greater than or equal to 1",
        );
        for tokens in [json!([]), json!([live.token, other.token, live.token])] {
            kms.ok(example.operation, with_tokens(tokens));
        }
    }
}

#[test]
fn a_disabled_key_serves_no_cryptographic_operation_and_nearly_all_others() {
    let kms = kms();
    for example in EXAMPLES {
        for member in example.key_members() {
            let key = super::keys::disabled(&kms, example.operation);
            let input = with((example.input)(&kms), json!({member: key.arn}));
            if example.wants_enabled() {
                let message = format!("{} is disabled.", key.arn);
                kms.refuses(example.operation, input, "DisabledException", &message);
            } else {
                let own = super::keys::of_key(&kms, example.operation, member, &key);
                kms.ok(example.operation, with(input, own));
            }
        }
    }
}

#[test]
fn operations_that_there_are_not_are_unknown() {
    let kms = kms();
    let others = ["Nonsense", "", "encrypt", "Encrypt.Decrypt", "TrentService.Encrypt"];
    for operation in others {
        let answer = kms.send(&kms.signed(operation, "{}"));
        assert_eq!(answer.body, br#"{"__type":"UnknownOperationException"}"#, "{operation:?}");
        assert_eq!(answer.status, 400);
        assert_eq!(kms.trail.of(&answer.user_agent).len(), 0, "there is no name to record");
    }
}

/// Source: CloudTrail's records of KMS, `readOnly`.
fn is_read_only(operation: &str) -> bool {
    const WRITING: [&str; 15] = [
        "Cancel",
        "Create",
        "Delete",
        "Disable",
        "Enable",
        "Import",
        "Put",
        "Replicate",
        "Retire",
        "Revoke",
        "Rotate",
        "Schedule",
        "Tag",
        "Untag",
        "Update",
    ];
    !WRITING.iter().any(|verb| operation.starts_with(verb))
}

fn kind(example: &Example, member: &str) -> &'static Kind {
    let mut members = example.descriptor().members.iter();
    &members.find(|(name, _)| *name == member).expect("an example's members are served").1.kind
}

/// A value as records show it: with the names of its members in lower camel case.
fn shown(value: &Value, kind: &Kind) -> Value {
    match (kind, value) {
        (Kind::List(kind, _), Value::Array(entries)) => {
            entries.iter().map(|entry| shown(entry, kind)).collect()
        }
        (Kind::Structure(members), Value::Object(given)) => {
            let members = members.iter().filter_map(|(name, shape)| {
                Some((camel_case(name), shown(given.get(*name)?, &shape.kind)))
            });
            Value::Object(members.collect())
        }
        _ => value.clone(),
    }
}

/// Asserts that all of `expected` stands in `found`.
#[track_caller]
fn assert_contains(found: &Value, expected: &Value) {
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(found.get(name), Some(value), "{name} in {found}");
    }
}

/// A key with an alias, as tests of several operations need them.
pub(super) fn key_and_alias(kms: &Client) -> (crate::kit::Key, String) {
    let key = kms.key();
    let alias = kms.alias(&key);
    (key, alias)
}

/// What a dry run is told that would have succeeded.
pub(super) const DRY_RUN: &str = "The request would have succeeded, but the DryRun option is set.";

/// What answers tell and records never.
const SECRETS: &[&str] = &[
    "CiphertextBlob",
    "ImportToken",
    "Mac",
    "Plaintext",
    "PrivateKeyCiphertextBlob",
    "PrivateKeyPlaintext",
    "PublicKey",
    "SharedSecret",
    "SharedSecretCiphertextBlob",
    "Signature",
];
