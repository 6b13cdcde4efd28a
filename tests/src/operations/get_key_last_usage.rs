//! `GetKeyLastUsage`.

use keycell::keys::KeyPlace;
use serde_json::{Value, json};

use crate::kit::{Client, Inside, encode, kms, with};

use super::EXAMPLES;

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id})
}

#[test]
fn a_key_that_was_never_used_has_no_last_use() {
    let kms = kms();
    let key = kms.key();
    kms.ok("DescribeKey", json!({"KeyId": key.id}));
    let told = kms.ok("GetKeyLastUsage", json!({"KeyId": key.arn}));
    let created = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
    let expected = json!({
        "KeyId": key.id,
        "KeyLastUsage": {},
        "TrackingStartDate": created["CreationDate"],
        "KeyCreationDate": created["CreationDate"],
    });
    assert_eq!(told, expected);
}

#[test]
fn the_last_use_is_told_with_its_record() {
    let kms = kms();
    let key = kms.key();
    let input = json!({"KeyId": key.id, "Plaintext": encode("secret")});
    let (_, record) = kms.call_recorded("Encrypt", input);
    let last = kms.ok("GetKeyLastUsage", json!({"KeyId": key.id}))["KeyLastUsage"].take();
    assert_eq!(last["Operation"], "Encrypt");
    assert_eq!(last["CloudTrailEventId"], record["eventID"]);
    assert_eq!(last["KmsRequestId"], record["requestID"]);
    let time = record["eventTime"].as_str().expect("a text");
    let time: jiff::Timestamp = time.parse().expect("a time");
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are far below 2^52")]
    let second = time.as_second() as f64;
    assert_eq!(last["Timestamp"], json!(second));
}

#[test]
fn every_cryptographic_operation_is_a_use_and_no_other_is() {
    let kms = kms();
    for example in EXAMPLES.iter().filter(|example| example.has("KeyId")) {
        let input = (example.input)(&kms);
        let Some(Ok(described)) = input["KeyId"].as_str().map(|key| {
            let key = if key.starts_with("alias/") { kms.arn(key) } else { key.to_owned() };
            kms.call("DescribeKey", json!({"KeyId": key}))
        }) else {
            continue;
        };
        let key = described["KeyMetadata"]["KeyId"].clone();
        let last_use = || kms.ok("GetKeyLastUsage", json!({"KeyId": key}))["KeyLastUsage"].take();
        let before = last_use();
        let (outcome, record) = kms.call_recorded(example.operation, input);
        outcome.expect("an example succeeds");
        let after = last_use();
        if example.is_cryptographic() {
            assert_eq!(after["Operation"], example.operation);
            assert_eq!(after["CloudTrailEventId"], record["eventID"]);
        } else {
            assert_eq!(after, before, "{}", example.operation);
        }
    }
}

#[test]
fn re_encrypt_uses_both_keys() {
    let kms = kms();
    let (from, to) = (kms.key(), kms.key());
    let ciphertext = kms.encrypt(&from, "moving");
    let input = json!({"CiphertextBlob": ciphertext, "DestinationKeyId": to.id});
    let (_, record) = kms.call_recorded("ReEncrypt", input);
    for key in [&from, &to] {
        let last = kms.ok("GetKeyLastUsage", json!({"KeyId": key.id}))["KeyLastUsage"].take();
        assert_eq!(last["Operation"], "ReEncrypt");
        assert_eq!(last["CloudTrailEventId"], record["eventID"]);
    }
}

#[test]
fn what_fails_and_what_is_only_tried_is_no_use() {
    let kms = kms();
    let key = kms.key_of("HMAC_256", "GENERATE_VERIFY_MAC");
    let input = json!({"KeyId": key.id, "Message": encode("m"), "MacAlgorithm": "HMAC_SHA_256"});
    let dry = with(input.clone(), json!({"DryRun": true}));
    assert!(kms.call("GenerateMac", dry).is_err());
    let wrong = with(input.clone(), json!({"Mac": encode([1; 32])}));
    kms.refuses("VerifyMac", wrong, "KMSInvalidMacException", "");
    let last_use = || kms.ok("GetKeyLastUsage", json!({"KeyId": key.id}))["KeyLastUsage"].take();
    assert_eq!(last_use(), json!({}));
    let mac = kms.ok("GenerateMac", input.clone())["Mac"].take();
    assert_eq!(last_use()["Operation"], "GenerateMac");
    kms.ok("VerifyMac", with(input, json!({"Mac": mac})));
    assert_eq!(last_use()["Operation"], "VerifyMac");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_is_stored_behind_the_request_and_told_from_memory_and_storage_alike() {
    let inside = Inside::new().await;
    let made = inside.ok("CreateKey", json!({})).await;
    let key = &made["KeyMetadata"]["KeyId"];
    let last_use = async || {
        let told = inside.ok("GetKeyLastUsage", json!({"KeyId": key})).await;
        told["KeyLastUsage"].clone()
    };
    let input = json!({"KeyId": key, "Plaintext": "AAAA"});
    inside.ok("Encrypt", input.clone()).await;
    let rows = async || inside.service.storage().scan("usage/", None, 10).await.expect("it reads");
    assert_eq!(rows().await.len(), 0, "it is not stored on the way of the request");
    inside.service.store_uses().await.expect("the store works");
    assert_eq!(rows().await.len(), 1);
    let first = last_use().await;
    assert_eq!(first["Operation"], "Encrypt");
    inside.pass(jiff::SignedDuration::from_secs(5));
    inside.ok("GenerateDataKey", json!({"KeyId": key, "NumberOfBytes": 32})).await;
    let second = last_use().await;
    assert_eq!(second["Operation"], "GenerateDataKey");
    let seconds = |told: &Value| told["Timestamp"].as_f64().expect("a number");
    assert!(seconds(&second) > seconds(&first), "{first} {second}");
    inside.service.store_uses().await.expect("the store works");
    assert_eq!(last_use().await, second);
    // A clock that is set back does not take the last use back.
    inside.pass(jiff::SignedDuration::from_secs(-3));
    inside.ok("Encrypt", input).await;
    assert_eq!(last_use().await, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_uses_in_one_millisecond_the_second_is_the_last() {
    let inside = Inside::new().await;
    let made = inside.ok("CreateKey", json!({})).await;
    let key = &made["KeyMetadata"]["KeyId"];
    let input = json!({"KeyId": key, "Plaintext": "AAAA"});
    let encrypted = inside.ok("Encrypt", input).await;
    let decrypt = async || {
        inside.ok("Decrypt", json!({"CiphertextBlob": encrypted["CiphertextBlob"]})).await;
        let told = inside.ok("GetKeyLastUsage", json!({"KeyId": key})).await;
        assert_eq!(told["KeyLastUsage"]["Operation"], "Decrypt");
    };
    // The first one is in memory, then it is stored.
    decrypt().await;
    inside.ok("GenerateDataKey", json!({"KeyId": key, "NumberOfBytes": 32})).await;
    inside.service.store_uses().await.expect("the store works");
    decrypt().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_has_stored_later_stays() {
    let inside = Inside::new().await;
    let made = inside.ok("CreateKey", json!({})).await;
    let key = made["KeyMetadata"]["KeyId"].as_str().expect("a text");
    inside.ok("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await;
    let at = inside.now().as_millisecond() + 10_000;
    let other = json!({"at": at, "operation": "Sign", "event": key, "request": key});
    let path = format!("usage/{}/us-east-1/{key}", inside.caller.account);
    let put = keycell::storage::Change::put(path, other.to_string().into_bytes());
    inside.service.storage().commit(vec![put]).await.expect("the store works");
    inside.service.store_uses().await.expect("the store works");
    let told = inside.ok("GetKeyLastUsage", json!({"KeyId": key})).await;
    assert_eq!(told["KeyLastUsage"]["Operation"], "Sign", "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_deleted_key_no_use_is_kept() {
    let inside = Inside::new().await;
    let made = inside.ok("CreateKey", json!({})).await;
    let key = &made["KeyMetadata"]["KeyId"];
    inside.ok("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await;
    inside.service.store_uses().await.expect("the store works");
    inside.ok("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await;
    let schedule = json!({"KeyId": key, "PendingWindowInDays": 7});
    inside.ok("ScheduleKeyDeletion", schedule).await;
    inside.pass(jiff::SignedDuration::from_hours(7 * 24));
    inside.sweep().await;
    inside.service.store_uses().await.expect("the store works");
    let rows = inside.service.storage().scan("usage/", None, 10).await.expect("it reads");
    assert_eq!(rows.len(), 0, "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_about_days_without_use_never_waits_for_changes_to_settle() {
    let inside = Inside::new().await;
    let made = inside.ok("CreateKey", json!({})).await;
    let id = made["KeyMetadata"]["KeyId"].as_str().expect("a text");
    inside.ok("Encrypt", json!({"KeyId": id, "Plaintext": "AAAA"})).await;
    let place = KeyPlace {
        account: inside.caller.account.parse().expect("an account"),
        region: "us-east-1".parse().expect("a Region"),
        key: id.parse().expect("an id"),
    };
    // A request that changes something decides while a rotation waits for it.
    let changing = inside.service.changing().await;
    let service = inside.service.clone();
    let rotation = tokio::spawn(async move { service.settled().await });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let known = inside.service.known_use(&place);
    let known = tokio::time::timeout(std::time::Duration::from_secs(60), known).await;
    assert!(known.expect("it waits for nobody").expect("the store works").is_some());
    drop(changing);
    rotation.await.expect("it goes on");
}
