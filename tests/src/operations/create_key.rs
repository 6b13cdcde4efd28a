//! `CreateKey`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kit::{Client, Inside, encode, kms, now};

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "Policy": super::put_key_policy::policy(json!([super::put_key_policy::owner(kms)])),
        "Description": "an example",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "Origin": "AWS_KMS",
        "MultiRegion": false,
        "BypassPolicyLockoutSafetyCheck": true,
    })
}

#[test]
fn the_answer_tells_all_that_is_known_of_the_key() {
    let kms = kms();
    let metadata = kms.ok("CreateKey", json!({"Description": "för \"x\""}))["KeyMetadata"].take();
    let id = metadata["KeyId"].as_str().expect("a text");
    let material = metadata["CurrentKeyMaterialId"].as_str().expect("a text");
    let created = metadata["CreationDate"].as_f64().expect("seconds");
    let expected = json!({
        "AWSAccountId": kms.credentials.account,
        "KeyId": id,
        "Arn": kms.arn(&format!("key/{id}")),
        "CreationDate": created,
        "Enabled": true,
        "Description": "för \"x\"",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
        "CurrentKeyMaterialId": material,
    });
    assert_eq!(metadata, expected);
    assert!(id.parse::<keycell::arn::KeyId>().is_ok() && !id.starts_with("mrk-"), "{id}");
    assert!(material.len() == 64 && material.bytes().all(|b| b.is_ascii_hexdigit()));
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are far below 2^52")]
    let age = now().as_second() as f64 - created;
    assert!(age.abs() < 60.0, "{created}");
}

#[test]
fn no_two_keys_are_alike() {
    let kms = kms();
    let made: Vec<_> = (0..8).map(|_| kms.ok("CreateKey", json!({}))).collect();
    for member in ["KeyId", "Arn", "CurrentKeyMaterialId"] {
        let values = made.iter().map(|output| output["KeyMetadata"][member].to_string());
        assert_eq!(values.collect::<BTreeSet<_>>().len(), 8, "{member}");
    }
}

#[test]
fn no_description_is_an_empty_one_and_the_longest_has_8192_characters() {
    let kms = kms();
    assert_eq!(kms.ok("CreateKey", json!({}))["KeyMetadata"]["Description"], "");
    let longest = "é".repeat(8192);
    let output = kms.ok("CreateKey", json!({"Description": longest}));
    assert_eq!(output["KeyMetadata"]["Description"], longest);
}

#[test]
fn the_old_name_of_key_spec_still_works_but_not_beside_the_new() {
    let kms = kms();
    kms.ok("CreateKey", json!({"CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}));
    let both = json!({"KeySpec": "RSA_2048", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"});
    let message = "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. \
                   CustomerMasterKeySpec is deprecated.";
    kms.refuses("CreateKey", both, "ValidationException", message);
}

#[test]
fn what_there_is_not_is_refused() {
    let kms = kms();
    let (unsupported, invalid) = ("UnsupportedOperationException", "ValidationException");
    let usage = "You must specify a KeyUsage value for all KMS keys except for symmetric \
                 encryption keys.";
    for (input, code, message) in [
        (
            json!({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}),
            unsupported,
            "KeySpec SM2 is not supported.",
        ),
        (json!({"KeySpec": "ECC_NIST_P256"}), invalid, usage),
        (json!({"CustomerMasterKeySpec": "HMAC_256"}), invalid, usage),
        (json!({"Origin": "AWS_CLOUDHSM"}), unsupported, "Origin AWS_CLOUDHSM is not supported."),
    ] {
        kms.refuses("CreateKey", input, code, message);
    }
    for spec in ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"] {
        let input = json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"});
        let message = format!("KeySpec {spec} is not supported for Origin EXTERNAL");
        kms.refuses("CreateKey", input, invalid, &message);
    }
}

#[test]
fn a_usage_must_go_with_the_spec() {
    let kms = kms();
    for (spec, usages) in [
        ("SYMMETRIC_DEFAULT", &["ENCRYPT_DECRYPT"][..]),
        ("RSA_2048", &["ENCRYPT_DECRYPT", "SIGN_VERIFY"]),
        ("ECC_NIST_P256", &["SIGN_VERIFY", "KEY_AGREEMENT"]),
        ("ECC_SECG_P256K1", &["SIGN_VERIFY"]),
        ("ECC_NIST_EDWARDS25519", &["SIGN_VERIFY"]),
        ("HMAC_512", &["GENERATE_VERIFY_MAC"]),
        ("ML_DSA_87", &["SIGN_VERIFY"]),
        ("ML_KEM_1024", &["ENCAPSULATE_DECAPSULATE"]),
    ] {
        for usage in [
            "ENCRYPT_DECRYPT",
            "SIGN_VERIFY",
            "GENERATE_VERIFY_MAC",
            "KEY_AGREEMENT",
            "ENCAPSULATE_DECAPSULATE",
        ] {
            if usages.contains(&usage) {
                continue;
            }
            let input = json!({"KeySpec": spec, "KeyUsage": usage});
            let message = format!("KeyUsage {usage} is not compatible with KeySpec {spec}");
            kms.refuses("CreateKey", input, "ValidationException", &message);
        }
    }
}

#[test]
fn a_key_for_material_from_elsewhere_waits_for_it() {
    let kms = kms();
    let metadata = kms.ok("CreateKey", json!({"Origin": "EXTERNAL"}))["KeyMetadata"].take();
    assert_eq!(metadata["Origin"], "EXTERNAL");
    assert_eq!(metadata["KeyState"], "PendingImport");
    assert_eq!(metadata["Enabled"], false);
    for absent in ["CurrentKeyMaterialId", "ExpirationModel", "ValidTo"] {
        assert!(metadata.get(absent).is_none(), "{metadata}");
    }
}

#[test]
fn a_multi_region_key_is_the_primary_of_no_replicas_yet() {
    let kms = kms();
    let metadata = kms.ok("CreateKey", json!({"MultiRegion": true}))["KeyMetadata"].take();
    let id = metadata["KeyId"].as_str().expect("a text");
    assert!(id.starts_with("mrk-") && id.len() == 36, "{id}");
    assert_eq!(metadata["MultiRegion"], true);
    let expected = json!({
        "MultiRegionKeyType": "PRIMARY",
        "PrimaryKey": {"Arn": metadata["Arn"], "Region": kms.region},
        "ReplicaKeys": [],
    });
    assert_eq!(metadata["MultiRegionConfiguration"], expected);
    assert_eq!(kms.ok("DescribeKey", json!({"KeyId": id}))["KeyMetadata"], metadata);
}

#[test]
fn a_refused_key_is_not_made() {
    let kms = kms().elsewhere();
    let _ = kms.call("CreateKey", json!({"Origin": "AWS_CLOUDHSM"}));
    assert_eq!(kms.ok("ListKeys", json!({}))["Keys"], json!([]));
}

#[test]
fn the_record_tells_what_was_made_as_cloudtrail_does() {
    let kms = kms();
    let (output, record) = kms.call_recorded("CreateKey", json!({"Description": "recorded"}));
    let metadata = output.expect("a key is made")["KeyMetadata"].take();
    let told = &record["responseElements"]["keyMetadata"];
    assert_eq!(told["aWSAccountId"], kms.credentials.account);
    for name in ["KeyId", "Arn", "Description", "KeyState", "CurrentKeyMaterialId"] {
        let told = &told[keycell::wire::member::camel_case(name)];
        assert_eq!(*told, metadata[name], "{record}");
    }
    // "Aug 10, 2022, 10:38:27 PM"
    let created = told["creationDate"].as_str().expect("a text");
    let created = jiff::civil::DateTime::strptime("%b %d, %Y, %I:%M:%S %p", created);
    assert!(created.is_ok(), "{record}");
    assert_eq!(record["resources"][0]["ARN"], metadata["Arn"]);
    let defaults = json!({
        "description": "recorded",
        "keySpec": "SYMMETRIC_DEFAULT",
        "origin": "AWS_KMS",
        "bypassPolicyLockoutSafetyCheck": false,
    });
    assert_eq!(record["requestParameters"], defaults);
}

#[test]
fn a_new_key_encrypts_at_once() {
    let kms = kms();
    let ciphertext = kms.encrypt(&kms.key(), "new");
    assert_eq!(encode(kms.decrypt(&ciphertext)), encode("new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_has_so_many_keys_and_no_more() {
    let inside = Inside::with(|config| config.keys = 3).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(inside.ok("CreateKey", json!({})).await["KeyMetadata"]["KeyId"].clone());
    }
    let refusal = inside.call("CreateKey", json!({})).await.expect_err("a fourth key");
    assert_eq!(refusal.code, "LimitExceededException");
    inside.call_in("eu-west-1", "CreateKey", json!({})).await.expect("each Region has its own");
    let input = json!({"KeyId": made[0], "PendingWindowInDays": 7});
    inside.ok("ScheduleKeyDeletion", input).await;
    inside.pass(jiff::SignedDuration::from_hours(7 * 24));
    inside.sweep().await;
    inside.ok("CreateKey", json!({})).await;
}

#[test]
fn a_new_key_has_the_policy_that_it_was_given() {
    let kms = kms();
    let input = example(&kms);
    let id = kms.ok("CreateKey", input.clone())["KeyMetadata"]["KeyId"].take();
    assert_eq!(kms.ok("GetKeyPolicy", json!({"KeyId": id}))["Policy"], input["Policy"]);
    let message = "The new key policy will not allow you to update the key policy in the future.";
    let nobody = super::put_key_policy::policy(json!([]));
    let input = json!({"Policy": nobody});
    kms.refuses("CreateKey", input, "MalformedPolicyDocumentException", message);
    let on_purpose = json!({"Policy": nobody, "BypassPolicyLockoutSafetyCheck": true});
    let id = kms.ok("CreateKey", on_purpose)["KeyMetadata"]["KeyId"].take();
    assert!(kms.call("DescribeKey", json!({"KeyId": id})).is_err());
}
