//! `ScheduleKeyDeletion`.

use serde_json::{Value, json};

use crate::kit::{Client, kms, now, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id, "PendingWindowInDays": 7})
}

#[test]
fn the_answer_and_the_key_tell_when() {
    let kms = kms();
    for (members, days) in [(json!({}), 30), (json!({"PendingWindowInDays": 7}), 7)] {
        let key = kms.key();
        let (outcome, record) =
            kms.call_recorded("ScheduleKeyDeletion", with(json!({"KeyId": key.id}), members));
        let output = outcome.expect("the key is deleted some day");
        assert_eq!(
            (&output["KeyId"], &output["PendingWindowInDays"]),
            (&json!(key.arn), &json!(days))
        );
        assert_eq!(output["KeyState"], "PendingDeletion");
        let date = output["DeletionDate"].as_f64().expect("a time");
        let seconds = f64::from(days) * 86400.0;
        #[expect(clippy::cast_precision_loss, reason = "seconds of this age")]
        let expected = now().as_second() as f64 + seconds;
        assert!((date - expected).abs() < 60.0, "{date}");
        let metadata = kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take();
        assert_eq!(metadata["DeletionDate"], output["DeletionDate"]);
        assert_eq!(metadata["KeyState"], "PendingDeletion");
        assert_eq!(metadata["Enabled"], false);
        // The window is told of keys whose wait has not begun.
        assert!(metadata.get("PendingDeletionWindowInDays").is_none(), "{metadata}");
        assert_eq!(record["responseElements"]["keyState"], "PendingDeletion");
        assert!(record["responseElements"]["deletionDate"].is_string(), "{record}");
    }
}

#[test]
fn a_week_at_least_and_a_month_at_most() {
    let kms = kms();
    let key = kms.key();
    for days in [1, 6, 31, 365] {
        let input = json!({"KeyId": key.id, "PendingWindowInDays": days});
        let message = "PendingWindowInDays must be between 7 and 30";
        kms.refuses("ScheduleKeyDeletion", input, "ValidationException", message);
    }
    assert_eq!(kms.state(&key), "Enabled");
}

#[test]
fn what_is_to_be_deleted_serves_nothing_and_cannot_be_changed() {
    let kms = kms();
    let (key, other) = (kms.key(), kms.key());
    let alias = kms.alias(&key);
    let ciphertext = kms.encrypt(&key, "once");
    let parameters =
        json!({"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
    kms.ok("ScheduleKeyDeletion", json!({"KeyId": key.id}));
    let message = format!("{} is pending deletion.", key.arn);
    let refuses = |operation: &str, members: Value| {
        let input = with(json!({"KeyId": key.id}), members);
        kms.refuses(operation, input, "KMSInvalidStateException", &message);
    };
    refuses("Encrypt", json!({"Plaintext": "AAAA"}));
    refuses("Decrypt", json!({"CiphertextBlob": ciphertext}));
    refuses("GenerateDataKey", json!({"KeySpec": "AES_256"}));
    refuses("EnableKey", json!({}));
    refuses("DisableKey", json!({}));
    refuses("EnableKeyRotation", json!({}));
    refuses("DisableKeyRotation", json!({}));
    refuses("RotateKeyOnDemand", json!({}));
    refuses("ScheduleKeyDeletion", json!({}));
    refuses("UpdateKeyDescription", json!({"Description": "x"}));
    let name = "alias/of-what-goes";
    refuses("CreateAlias", json!({"AliasName": name, "TargetKeyId": key.id}));
    refuses("UpdateAlias", json!({"AliasName": kms.alias(&other), "TargetKeyId": key.id}));
    // An alias may leave it, and go.
    kms.ok("UpdateAlias", json!({"AliasName": alias, "TargetKeyId": other.id}));
    kms.ok("DeleteAlias", json!({"AliasName": alias}));
    for operation in ["DescribeKey", "GetKeyRotationStatus", "ListKeyRotations", "ListAliases"] {
        kms.ok(operation, json!({"KeyId": key.id}));
    }
    let external = kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    kms.ok("ScheduleKeyDeletion", json!({"KeyId": external.id}));
    let message = format!("{} is pending deletion.", external.arn);
    let input = with(json!({"KeyId": external.id}), parameters);
    kms.refuses("GetParametersForImport", input, "KMSInvalidStateException", &message);
    kms.ok("DeleteImportedKeyMaterial", json!({"KeyId": external.id}));
}

#[test]
fn a_public_key_is_not_told_of_a_pair_that_is_to_be_deleted() {
    let kms = kms();
    let key = kms.key_of("ECC_NIST_P256", "SIGN_VERIFY");
    kms.ok("ScheduleKeyDeletion", json!({"KeyId": key.id}));
    let message = format!("{} is pending deletion.", key.arn);
    kms.refuses("GetPublicKey", json!({"KeyId": key.id}), "KMSInvalidStateException", &message);
}
