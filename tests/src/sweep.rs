//! What falls due by time, with a clock that the test tells.

use jiff::SignedDuration;
use keycell::storage::Change;
use serde_json::{Value, json};

use crate::kit::{Inside, Parameters, with};

const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn key(inside: &Inside, input: Value) -> Value {
    inside.ok("CreateKey", input).await["KeyMetadata"]["KeyId"].clone()
}

async fn encrypt(inside: &Inside, key: &Value) -> Value {
    let made = inside.ok("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await;
    json!({"CiphertextBlob": made["CiphertextBlob"]})
}

async fn rotations(inside: &Inside, key: &Value) -> Vec<Value> {
    let listed = inside.ok("ListKeyRotations", json!({"KeyId": key})).await;
    listed["Rotations"].as_array().expect("a list").clone()
}

/// How many records of that name the trail has.
fn records(inside: &Inside, name: &str) -> Vec<Value> {
    let all = inside.records();
    all.into_iter().filter(|record| record["eventName"] == name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_gone_when_its_wait_is_over_and_not_before() {
    let inside = Inside::new().await;
    let key = key(&inside, json!({})).await;
    let input = json!({"KeyId": key});
    let alias = json!({"AliasName": "alias/going", "TargetKeyId": key});
    inside.ok("CreateAlias", alias.clone()).await;
    let ciphertext = encrypt(&inside, &key).await;
    inside.ok("ScheduleKeyDeletion", with(input.clone(), json!({"PendingWindowInDays": 7}))).await;
    inside.pass(DAY * 7 - SignedDuration::from_secs(1));
    inside.sweep().await;
    inside.ok("CancelKeyDeletion", input.clone()).await;
    inside.ok("EnableKey", input.clone()).await;
    inside.ok("Decrypt", ciphertext.clone()).await;
    inside.ok("ScheduleKeyDeletion", with(input.clone(), json!({"PendingWindowInDays": 7}))).await;
    inside.pass(DAY * 7);
    inside.sweep().await;
    let gone = inside.call("DescribeKey", input.clone()).await.expect_err("the key is gone");
    assert_eq!(gone.code, "NotFoundException");
    let gone = inside.call("Decrypt", ciphertext).await.expect_err("its material is gone");
    assert_eq!(gone.code, "AccessDeniedException");
    assert_eq!(inside.ok("ListAliases", json!({})).await["Aliases"], json!([]));
    assert_eq!(inside.ok("ListKeys", json!({})).await["Keys"], json!([]));
    let told = records(&inside, "DeleteKey");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["eventType"], "AwsServiceEvent");
    assert_eq!(told[0]["userIdentity"]["invokedBy"], "AWS Internal");
    assert_eq!(told[0]["serviceEventDetails"]["keyId"], key);
    // Nothing leads to it any more.
    for prefix in ["key/", "material/", "alias/", "key-alias/", "due/"] {
        let left = inside.service.storage().scan(prefix, None, 10).await.expect("the store works");
        assert!(left.is_empty(), "{prefix} {left:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_rotated_on_its_days_and_keeps_all_it_had() {
    let inside = Inside::new().await;
    let key = key(&inside, json!({})).await;
    let schedule = json!({"KeyId": key, "RotationPeriodInDays": 90});
    inside.ok("EnableKeyRotation", schedule).await;
    let mut ciphertexts = vec![encrypt(&inside, &key).await];
    for count in 1..=3 {
        inside.pass(DAY * 90 - SignedDuration::from_secs(1));
        inside.sweep().await;
        assert_eq!(rotations(&inside, &key).await.len(), count - 1);
        inside.pass(SignedDuration::from_secs(1));
        inside.sweep().await;
        inside.sweep().await;
        let done = rotations(&inside, &key).await;
        assert_eq!(done.len(), count, "{done:?}");
        assert_eq!(done[count - 1]["RotationType"], "AUTOMATIC");
        ciphertexts.push(encrypt(&inside, &key).await);
    }
    for ciphertext in ciphertexts {
        inside.ok("Decrypt", ciphertext).await;
    }
    let told = records(&inside, "RotateKey");
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[2]["serviceEventDetails"]["rotationType"], "AUTOMATIC");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_key_is_rotated_when_it_is_enabled_again() {
    let inside = Inside::new().await;
    let key = key(&inside, json!({})).await;
    let input = json!({"KeyId": key});
    inside.ok("EnableKeyRotation", input.clone()).await;
    inside.ok("DisableKey", input.clone()).await;
    inside.pass(DAY * 1000);
    inside.sweep().await;
    assert_eq!(rotations(&inside, &key).await.len(), 0);
    inside.ok("EnableKey", input.clone()).await;
    inside.sweep().await;
    inside.sweep().await;
    // Once: what was missed is not made up for.
    assert_eq!(rotations(&inside, &key).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_is_done_even_if_the_key_is_to_be_deleted() {
    let inside = Inside::new().await;
    let key = key(&inside, json!({})).await;
    let input = json!({"KeyId": key});
    inside.ok("RotateKeyOnDemand", input.clone()).await;
    inside.ok("ScheduleKeyDeletion", input.clone()).await;
    let status = || inside.ok("GetKeyRotationStatus", input.clone());
    assert!(status().await["OnDemandRotationStartDate"].is_f64());
    inside.pass(SignedDuration::from_secs(2));
    inside.sweep().await;
    assert!(status().await["OnDemandRotationStartDate"].is_null());
    assert_eq!(rotations(&inside, &key).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rotation_is_asked_for_shortly_before_the_schedules() {
    let inside = Inside::new().await;
    let key = key(&inside, json!({})).await;
    let input = json!({"KeyId": key});
    inside.ok("EnableKeyRotation", input.clone()).await;
    inside.pass(DAY * 365 - SignedDuration::from_mins(20));
    let refusal = inside.call("RotateKeyOnDemand", input.clone()).await;
    assert_eq!(refusal.expect_err("it is due in 20 minutes").code, "ConflictException");
    inside.pass(SignedDuration::from_mins(20));
    inside.sweep().await;
    inside.ok("RotateKeyOnDemand", input).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_rotated_on_demand_25_times_in_its_life() {
    let inside = Inside::new().await;
    let key = key(&inside, json!({})).await;
    let input = json!({"KeyId": key});
    let ciphertext = encrypt(&inside, &key).await;
    for _ in 0..25 {
        inside.ok("RotateKeyOnDemand", input.clone()).await;
        inside.pass(SignedDuration::from_secs(2));
        inside.sweep().await;
    }
    let refusal = inside.call("RotateKeyOnDemand", input).await.expect_err("the 26th time");
    assert_eq!(refusal.code, "LimitExceededException");
    assert!(
        refusal.message.starts_with(
            "The on-demand rotations limit has been reached for the given keyId. No more \
             on-demand rotations can be performed for this key: arn:aws:kms:"
        ),
        "{refusal:?}"
    );
    inside.ok("Decrypt", ciphertext).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_material_is_removed_and_takes_the_same_bytes_again() {
    let inside = Inside::new().await;
    let key = key(&inside, json!({"Origin": "EXTERNAL"})).await;
    let wrapping = json!({
        "KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048",
    });
    let output = inside.ok("GetParametersForImport", wrapping).await;
    let parameters = Parameters::new("RSAES_OAEP_SHA_256", &output);
    let valid_to = (inside.now() + SignedDuration::from_hours(1)).as_second();
    let material = |byte: u8, members: Value| with(parameters.import(&key, &[byte; 32]), members);
    let expiring = json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": valid_to});
    inside.ok("ImportKeyMaterial", material(1, expiring.clone())).await;
    let waiting = with(expiring, json!({"ImportType": "NEW_KEY_MATERIAL"}));
    inside.ok("ImportKeyMaterial", material(2, waiting)).await;
    let ciphertext = encrypt(&inside, &key).await;
    let sealed = async || {
        let records = inside.service.storage().scan("key/", None, 10).await.expect("it works");
        String::from_utf8(records[0].1.value.clone())
            .expect("JSON")
            .matches("\"sealed\":\"")
            .count()
    };
    assert_eq!(sealed().await, 2);
    inside.pass(SignedDuration::from_hours(1));
    inside.sweep().await;
    assert_eq!(sealed().await, 0);
    assert_eq!(records(&inside, "DeleteExpiredKeyMaterial").len(), 2);
    inside.call("Decrypt", ciphertext.clone()).await.expect_err("its material is gone");
    inside.ok("ImportKeyMaterial", material(1, json!({}))).await;
    inside.ok("Decrypt", ciphertext).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sweeps_at_once_do_nothing_twice() {
    let inside = Inside::new().await;
    let mut keys = Vec::new();
    for _ in 0..8 {
        let key = key(&inside, json!({})).await;
        inside.ok("EnableKeyRotation", json!({"KeyId": key})).await;
        keys.push(key);
    }
    let going = key(&inside, json!({})).await;
    inside.ok("ScheduleKeyDeletion", json!({"KeyId": going})).await;
    inside.pass(DAY * 365);
    let sweeps = (0..4).map(|_| {
        let service = inside.service.clone();
        tokio::spawn(async move { keycell::sweep::sweep(&service).await })
    });
    for sweep in sweeps.collect::<Vec<_>>() {
        sweep.await.expect("it does not panic").expect("the store works");
    }
    inside.sweep().await;
    for key in &keys {
        assert_eq!(rotations(&inside, key).await.len(), 1);
    }
    assert_eq!(records(&inside, "RotateKey").len(), keys.len());
    assert_eq!(records(&inside, "DeleteKey").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_key_opens_nowhere_once_its_tenants_root_is_rotated() {
    let inside = Inside::new().await;
    let id = key(&inside, json!({})).await;
    let storage = inside.service.storage();
    let (path, backup) = storage.scan("key/", None, 1).await.expect("it works").remove(0);
    inside.ok("ScheduleKeyDeletion", json!({"KeyId": id})).await;
    inside.pass(DAY * 30);
    inside.sweep().await;
    assert!(storage.get(&path).await.expect("the store works").is_none());
    // Who has kept a copy can put it back until then.
    let put_back = async || {
        let change = Change::put(path.clone(), backup.value.clone());
        storage.commit(vec![change]).await.expect("the store works");
        inside.call("Encrypt", json!({"KeyId": id, "Plaintext": "AAAA"})).await
    };
    put_back().await.expect("the root is the same");
    storage.commit(vec![Change::remove(path.clone())]).await.expect("the store works");
    inside.rotate_root().await;
    let refusal = put_back().await.expect_err("its seal is gone");
    assert_eq!(refusal.code, "KeyUnavailableException");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_a_sealed_account_waits() {
    let inside = Inside::new().await;
    let id = key(&inside, json!({})).await;
    inside.ok("EnableKeyRotation", json!({"KeyId": id})).await;
    inside.pass(DAY * 365);
    let account = inside.caller.account.parse().expect("an account");
    inside.service.seal_account(account).await;
    inside.sweep().await;
    assert_eq!(records(&inside, "RotateKey").len(), 0);
    inside.service.unseal_account(account);
    inside.sweep().await;
    assert_eq!(rotations(&inside, &id).await.len(), 1);
}
