//! AWS managed keys: made when they are first described by their alias, and nobody's to use but by
//! way of their service.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::{Client, Inside, kms};

const S3: &str = "alias/aws/s3";

#[test]
fn the_key_of_a_service_is_made_when_it_is_first_described() {
    let kms = kms().elsewhere();
    let (output, record) = kms.call_recorded("DescribeKey", json!({"KeyId": S3}));
    let metadata = output.expect("it is made")["KeyMetadata"].take();
    assert_eq!(metadata["KeyManager"], "AWS");
    assert_eq!(metadata["KeyState"], "Enabled");
    let description = "Default key that protects my S3 objects when no other key is defined";
    assert_eq!(metadata["Description"], description);
    assert_eq!(metadata["CurrentKeyMaterialId"].as_str().map(str::len), Some(64));
    // That it was made is recorded.
    assert_eq!(record["responseElements"]["keyId"], metadata["Arn"], "{record}");
    assert_eq!(record["resources"][0]["ARN"], metadata["Arn"], "{record}");
    assert_eq!(record["readOnly"], false, "{record}");
    for name in [S3.to_owned(), kms.arn(S3), text(&metadata["Arn"])] {
        let (again, record) = kms.call_recorded("DescribeKey", json!({"KeyId": name}));
        assert_eq!(again.expect("it is there")["KeyMetadata"], metadata);
        assert_eq!(record["readOnly"], true, "{record}");
    }
    let listed = kms.ok("ListAliases", json!({}))["Aliases"].take();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed[0]["AliasName"], S3);
    assert_eq!(listed[0]["TargetKeyId"], metadata["KeyId"]);
    let of_key = kms.ok("ListAliases", json!({"KeyId": metadata["KeyId"]}));
    assert_eq!(of_key["Aliases"], listed);
}

#[test]
fn only_services_have_such_keys_and_only_descriptions_make_them() {
    let kms = kms().elsewhere();
    for name in ["alias/aws/nothing", "alias/aws/", "alias/aws/s3/more"] {
        let message = format!("Alias {} is not found.", kms.arn(name));
        kms.refuses("DescribeKey", json!({"KeyId": name}), "NotFoundException", &message);
    }
    let message = format!("Alias {} is not found.", kms.arn(S3));
    let input = json!({"KeyId": S3, "Plaintext": "AAAA"});
    kms.refuses("Encrypt", input, "NotFoundException", &message);
    kms.refuses("GetPublicKey", json!({"KeyId": S3}), "NotFoundException", &message);
    let stranger = kms.stranger();
    let refusal = stranger.call("DescribeKey", json!({"KeyId": kms.arn(S3)}));
    assert_eq!(refusal.expect_err("it is not theirs").code, "AccessDeniedException");
    assert_eq!(kms.ok("ListAliases", json!({}))["Aliases"], json!([]));
}

#[test]
fn nobody_but_its_service_uses_or_changes_the_key() {
    let kms = kms().elsewhere();
    let own = kms.key();
    let key = kms.ok("DescribeKey", json!({"KeyId": S3}))["KeyMetadata"].take();
    let arn = text(&key["Arn"]);
    let denied = |operation: &str, action: &str, input: Value| {
        let refusal = kms.call(operation, input).expect_err("its policy is another");
        let message = format!(
            "User: arn:aws:iam::{}:root is not authorized to perform: {action} on resource: {arn} \
             because no resource-based policy allows the {action} action",
            kms.credentials.account
        );
        assert_eq!((refusal.code.as_str(), refusal.status), ("AccessDeniedException", 400));
        assert_eq!(refusal.message, message, "{operation}");
    };
    let direct = |operation: &str, input: Value| {
        denied(operation, &format!("kms:{operation}"), input);
    };
    let id = &key["KeyId"];
    direct("Encrypt", json!({"KeyId": S3, "Plaintext": "AAAA"}));
    direct("GenerateDataKey", json!({"KeyId": S3, "NumberOfBytes": 32}));
    direct("GenerateDataKeyWithoutPlaintext", json!({"KeyId": id, "NumberOfBytes": 32}));
    let ciphertext = kms.encrypt(&own, "own");
    let moving = json!({"CiphertextBlob": ciphertext, "DestinationKeyId": S3});
    denied("ReEncrypt", "kms:ReEncryptTo", moving);
    direct("Decrypt", json!({"KeyId": S3, "CiphertextBlob": ciphertext}));
    let policy = kms.ok("GetKeyPolicy", json!({"KeyId": id}))["Policy"].take();
    direct("PutKeyPolicy", json!({"KeyId": id, "Policy": policy}));
    direct("ScheduleKeyDeletion", json!({"KeyId": id}));
    for operation in [
        "CancelKeyDeletion",
        "DisableKey",
        "DisableKeyRotation",
        "EnableKey",
        "EnableKeyRotation",
        "RotateKeyOnDemand",
    ] {
        direct(operation, json!({"KeyId": id}));
    }
    direct("UpdateKeyDescription", json!({"KeyId": id, "Description": "mine"}));
    direct("DeleteImportedKeyMaterial", json!({"KeyId": id}));
    direct("CreateAlias", json!({"AliasName": "alias/mine", "TargetKeyId": id}));
    for (operation, input) in [
        ("CreateAlias", json!({"AliasName": "alias/aws/sqs", "TargetKeyId": own.id})),
        ("UpdateAlias", json!({"AliasName": S3, "TargetKeyId": own.id})),
        ("DeleteAlias", json!({"AliasName": S3})),
    ] {
        kms.refuses(operation, input, "NotAuthorizedException", "");
    }
    assert_eq!(kms.ok("DescribeKey", json!({"KeyId": S3}))["KeyMetadata"], key);
}

#[test]
fn its_account_reads_what_is_to_be_known_of_it() {
    let kms = kms().elsewhere();
    let key = kms.ok("DescribeKey", json!({"KeyId": "alias/aws/sqs"}))["KeyMetadata"].take();
    let input = json!({"KeyId": key["KeyId"]});
    let policy = text(&kms.ok("GetKeyPolicy", input.clone())["Policy"]);
    let policy: Value = serde_json::from_str(&policy).expect("a policy is JSON");
    assert_eq!(policy["Id"], "auto-sqs-1");
    let via = format!("sqs.{}.amazonaws.com", kms.region);
    assert_eq!(policy["Statement"][0]["Condition"]["StringEquals"]["kms:ViaService"], via);
    let status = kms.ok("GetKeyRotationStatus", input.clone());
    assert_eq!(status, json!({"KeyRotationEnabled": true, "KeyId": key["Arn"]}));
    assert_eq!(kms.ok("GetKeyLastUsage", input)["KeyLastUsage"], json!({}));
}

#[test]
fn who_comes_at_once_finds_one_key() {
    let kms = kms().elsewhere();
    let describe = |client: &Client| {
        text(&client.ok("DescribeKey", json!({"KeyId": S3}))["KeyMetadata"]["KeyId"])
    };
    let ids: Vec<String> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8).map(|_| kms.in_region(&kms.region)).collect();
        let threads = clients.into_iter().map(|client| scope.spawn(move || describe(&client)));
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(|thread| thread.join().expect("it ends")).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(kms.ok("ListKeys", json!({}))["Keys"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_gets_other_material_every_year() {
    let inside = Inside::new().await;
    let describe = async || {
        let told = inside.ok("DescribeKey", json!({"KeyId": S3})).await;
        told["KeyMetadata"].clone()
    };
    let first = describe().await;
    inside.pass(SignedDuration::from_hours(365 * 24) - SignedDuration::from_secs(1));
    inside.sweep().await;
    assert_eq!(describe().await, first);
    inside.pass(SignedDuration::from_secs(1));
    inside.sweep().await;
    let second = describe().await;
    assert_ne!(second["CurrentKeyMaterialId"], first["CurrentKeyMaterialId"]);
    assert_eq!(second["KeyId"], first["KeyId"]);
    let listed = inside.ok("ListKeyRotations", json!({"KeyId": first["KeyId"]})).await;
    assert_eq!(listed["Rotations"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed["Rotations"][0]["RotationType"], "AUTOMATIC");
    inside.pass(SignedDuration::from_hours(365 * 24));
    inside.sweep().await;
    assert_ne!(describe().await["CurrentKeyMaterialId"], second["CurrentKeyMaterialId"]);
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
