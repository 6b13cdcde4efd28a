//! What every operation does alike: its answer's head, its record.

use serde_json::{Value, json};

use crate::{cloudtrail::EXAMPLES, kit::kms};

#[test]
fn an_answer_has_the_head_that_clients_rely_on() {
    let cloudtrail = kms().cloudtrail();
    for example in EXAMPLES {
        let input = (example.input)(&cloudtrail.client).to_string();
        let answer = cloudtrail.client.send(&cloudtrail.signed(example.operation, input));
        assert_eq!(answer.status, 200, "{}: {answer:?}", example.operation);
        assert!(answer.request_id().parse::<keycell::arn::KeyId>().is_ok(), "it is a UUID");
        assert_eq!(answer.header("content-type"), Some("application/x-amz-json-1.1"));
        assert!(answer.json().is_object(), "{answer:?}");
    }
}

#[test]
fn a_call_leaves_one_record_in_the_form_of_cloudtrail() {
    let cloudtrail = kms().cloudtrail();
    let credentials = &cloudtrail.client.credentials;
    for example in EXAMPLES {
        let input = (example.input)(&cloudtrail.client);
        let (outcome, record) = cloudtrail.call_recorded(example.operation, input);
        outcome.expect("an example succeeds");
        for (name, expected) in [
            ("eventSource", json!("cloudtrail.amazonaws.com")),
            ("awsRegion", json!(cloudtrail.client.region)),
            ("recipientAccountId", json!(credentials.account)),
            ("readOnly", json!(true)),
            ("responseElements", Value::Null),
            ("eventType", json!("AwsApiCall")),
        ] {
            assert_eq!(record[name], expected, "{name} in {record}");
        }
        assert_eq!(record["userIdentity"]["accessKeyId"], json!(credentials.access_key_id));
    }
}

#[test]
fn what_is_not_served_is_unknown() {
    let cloudtrail = kms().cloudtrail();
    for operation in ["CreateTrail", "Nonsense", "", "Encrypt"] {
        let answer = cloudtrail.client.send(&cloudtrail.signed(operation, "{}"));
        assert_eq!(answer.body, br#"{"__type":"UnknownOperationException"}"#, "{operation:?}");
        assert_eq!(answer.status, 400);
        assert_eq!(cloudtrail.client.trail.of(&answer.user_agent).len(), 0, "it has no name");
    }
}

/// As SDKs have it that are made from newer models.
#[test]
fn a_target_may_be_without_its_namespace() {
    let cloudtrail = kms().cloudtrail();
    for example in EXAMPLES {
        let input = (example.input)(&cloudtrail.client).to_string();
        let target = format!("CloudTrail_20131101.{}", example.operation);
        let request = cloudtrail.request(example.operation, input).set("X-Amz-Target", &target);
        let answer = cloudtrail.client.send(&cloudtrail.signer().sign(request));
        answer.outcome().expect("it is the same operation");
        assert_eq!(cloudtrail.client.trail.record(&answer)["eventName"], example.operation);
    }
}

/// A signature is good for one service.
#[test]
fn what_is_signed_for_another_service_is_refused() {
    let cloudtrail = kms().cloudtrail();
    for example in EXAMPLES {
        let request = cloudtrail.request(example.operation, "{}");
        let answer = cloudtrail.client.send(&cloudtrail.client.signer().sign(request));
        let refusal = answer.outcome().expect_err("it is signed for KMS");
        assert_eq!(refusal.code, "InvalidSignatureException", "{refusal:?}");
    }
}
