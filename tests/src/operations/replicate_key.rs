//! `ReplicateKey`. Source of the texts: AWS's answers as captured in September 2026.

use serde_json::{Value, json};

use crate::kit::{Client, Key, kms, with};

use super::put_key_policy::{owner, policy};

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "KeyId": kms.multi_region_key().id,
        "ReplicaRegion": "eu-west-1",
        "Policy": policy(json!([owner(kms)])),
        "Description": "an example",
        "BypassPolicyLockoutSafetyCheck": true,
        "Tags": [{"TagKey": "team", "TagValue": "blue"}],
    })
}

#[test]
fn a_replica_has_tags_of_its_own() {
    let kms = kms();
    let tags = json!([{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": ""}]);
    let key = kms.multi_region_key();
    let input = json!({"KeyId": key.id, "ReplicaRegion": "eu-west-1", "Tags": tags});
    assert_eq!(kms.ok("ReplicateKey", input)["ReplicaTags"], tags);
    let list = |kms: &Client| kms.ok("ListResourceTags", json!({"KeyId": key.id}))["Tags"].take();
    assert_eq!((list(&kms.in_region("eu-west-1")), list(&kms)), (tags, json!([])));
    let untagged = json!({"KeyId": key.id, "ReplicaRegion": "eu-west-2"});
    assert_eq!(kms.ok("ReplicateKey", untagged).get("ReplicaTags"), None);
    let twice = json!([{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}]);
    let input = json!({"KeyId": key.id, "ReplicaRegion": "eu-west-2", "Tags": twice});
    kms.refuses("ReplicateKey", input, "TagException", "Duplicate tag keys");
}

fn describe(kms: &Client, key: &Key) -> Value {
    kms.ok("DescribeKey", json!({"KeyId": key.id}))["KeyMetadata"].take()
}

#[test]
fn the_answer_shows_a_replica_in_the_making_which_is_ready() {
    let kms = kms();
    let key = kms.multi_region_key();
    let input = json!({"KeyId": key.arn, "ReplicaRegion": "eu-west-1"});
    let answer = kms.ok("ReplicateKey", input);
    let metadata = &answer["ReplicaKeyMetadata"];
    let there = kms.in_region("eu-west-1");
    let arn = there.arn(&format!("key/{}", key.id));
    let expected = json!({
        "AWSAccountId": kms.credentials.account,
        "KeyId": key.id,
        "Arn": arn,
        "CreationDate": metadata["CreationDate"],
        "Enabled": false,
        "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Creating",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": true,
        "MultiRegionConfiguration": {
            "MultiRegionKeyType": "REPLICA",
            "PrimaryKey": {"Arn": key.arn, "Region": "us-east-1"},
            "ReplicaKeys": [{"Arn": arn, "Region": "eu-west-1"}],
        },
    });
    assert_eq!(metadata, &expected);
    let theirs = there.ok("GetKeyPolicy", json!({"KeyId": key.id}));
    assert_eq!(answer["ReplicaPolicy"], theirs["Policy"]);
    assert_eq!(theirs, kms.ok("GetKeyPolicy", json!({"KeyId": key.id})), "both have the default");
    assert_eq!(answer.as_object().map(serde_json::Map::len), Some(2), "{answer}");
    let primary = describe(&kms, &key);
    let ready = json!({
        "Enabled": true,
        "KeyState": "Enabled",
        "CurrentKeyMaterialId": primary["CurrentKeyMaterialId"],
    });
    assert_eq!(describe(&there, &key), with(expected, ready));
    let told = &primary["MultiRegionConfiguration"];
    assert_eq!(told["MultiRegionKeyType"], "PRIMARY");
    assert_eq!(told["ReplicaKeys"], metadata["MultiRegionConfiguration"]["ReplicaKeys"]);
}

#[test]
fn a_replica_has_words_aliases_and_a_state_of_its_own() {
    let kms = kms();
    let key = kms.multi_region_key();
    kms.ok("UpdateKeyDescription", json!({"KeyId": key.id, "Description": "the primary"}));
    kms.alias(&key);
    let words = json!({"Description": "a replica", "ReplicaRegion": "eu-west-1"});
    kms.ok("ReplicateKey", with(json!({"KeyId": key.id}), words));
    let there = kms.in_region("eu-west-1");
    assert_eq!(describe(&there, &key)["Description"], "a replica");
    assert_eq!(describe(&kms, &key)["Description"], "the primary");
    let aliases = there.ok("ListAliases", json!({"KeyId": key.id}));
    assert_eq!(aliases["Aliases"], json!([]));
    kms.ok("DisableKey", json!({"KeyId": key.id}));
    assert_eq!((kms.state(&key), there.state(&key)), ("Disabled".into(), "Enabled".into()));
}

#[test]
fn a_replica_has_the_policy_that_it_is_given() {
    let kms = kms();
    let key = kms.multi_region_key();
    let input =
        |policy: &str| json!({"KeyId": key.id, "ReplicaRegion": "eu-west-1", "Policy": policy});
    let refuses = |policy: &str, message: &str| {
        kms.refuses("ReplicateKey", input(policy), "MalformedPolicyDocumentException", message);
    };
    refuses("{}", "");
    let stranger = kms.stranger();
    let foreign = policy(json!([owner(&stranger)]));
    let lockout = "The new key policy will not allow you to update the key policy in the future.";
    refuses(&foreign, lockout);
    let both = policy(json!([owner(&kms), owner(&stranger)]));
    let answer = kms.ok("ReplicateKey", input(&both));
    assert_eq!(answer["ReplicaPolicy"], json!(both));
    // Whom it names uses the replica, and not the primary.
    let encrypt =
        |kms: &Client| json!({"KeyId": kms.arn(&format!("key/{}", key.id)), "Plaintext": "AAAA"});
    let there = kms.in_region("eu-west-1");
    stranger.in_region("eu-west-1").ok("Encrypt", encrypt(&there));
    let refusal = stranger.call("Encrypt", encrypt(&kms)).expect_err("the primary's is another");
    assert_eq!(refusal.code, "AccessDeniedException");

    let bypass = json!({"ReplicaRegion": "eu-west-2", "BypassPolicyLockoutSafetyCheck": true});
    kms.ok("ReplicateKey", with(input(&foreign), bypass));
    let locked = kms.in_region("eu-west-2").call("DescribeKey", json!({"KeyId": key.id}));
    assert_eq!(locked.expect_err("it is locked out").code, "AccessDeniedException");
}

#[test]
fn to_which_region_a_key_may_go_is_said_by_its_policy() {
    let kms = kms();
    let key = kms.multi_region_key();
    let deny = json!({
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:ReplicateKey",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"kms:ReplicaRegion": "eu-west-1"}},
    });
    let policy = policy(json!([owner(&kms), deny]));
    kms.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": policy}));
    let input = json!({"KeyId": key.id, "ReplicaRegion": "us-west-2"});
    let refusal = kms.call("ReplicateKey", input).expect_err("it may not go there");
    assert_eq!(refusal.code, "AccessDeniedException");
    assert!(refusal.message.contains("with an explicit deny in a resource-based policy"));
    kms.replicate(&key, "eu-west-1");
}

#[test]
fn where_there_can_be_no_replica_it_is_told_why() {
    let kms = kms();
    let key = kms.multi_region_key();
    let partition =
        "The replica key Region must be in the same AWS partition as the primary key Region.";
    let unknown = "Region us-invalid-1 is not a valid Region or multi-Region keys are not \
                   supported in Region us-invalid-1.";
    for (region, message) in [
        ("us-east-1", "us-east-1 cannot have a replica because it contains the primary."),
        ("cn-north-1", partition),
        ("us-gov-west-1", partition),
        ("us-invalid-1", unknown),
    ] {
        let input = json!({"KeyId": key.id, "ReplicaRegion": region});
        kms.refuses("ReplicateKey", input, "ValidationException", message);
    }
    let long = "a".repeat(40);
    for name in ["Frankfurt", "eu-1", "eu-west-", "EU-WEST-1", &long] {
        let input = json!({"KeyId": key.id, "ReplicaRegion": name});
        let refusal = kms.call("ReplicateKey", input).expect_err("it is the name of no Region");
        assert_eq!(refusal.code, "ValidationException");
        let rule = r"Member must satisfy regular expression pattern: ^([a-z]+-){2,3}\d+$";
        assert!(refusal.message.ends_with(rule), "{refusal:?}");
    }
    let (there, _) = kms.replicate(&key, "eu-west-1");
    let again = json!({"KeyId": key.id, "ReplicaRegion": "eu-west-1"});
    let exists = "You can create only one replica of each primary key in each AWS Region.";
    kms.refuses("ReplicateKey", again.clone(), "AlreadyExistsException", exists);
    // One that is to be deleted is still there.
    there.ok("ScheduleKeyDeletion", json!({"KeyId": key.id}));
    kms.refuses("ReplicateKey", again, "AlreadyExistsException", exists);
}

#[test]
fn only_a_primary_that_is_in_use_is_replicated() {
    let kms = kms();
    let key = kms.multi_region_key();
    let input = json!({"KeyId": key.id, "ReplicaRegion": "eu-west-2"});
    let (there, replica) = kms.replicate(&key, "eu-west-1");
    let message = format!("{} is not a multi-region primary key.", replica.arn);
    there.refuses("ReplicateKey", input.clone(), "UnsupportedOperationException", &message);
    let single = kms.key();
    let message = format!("{} is not a multi-region primary key.", single.arn);
    let of_single = with(input.clone(), json!({"KeyId": single.id}));
    kms.refuses("ReplicateKey", of_single, "UnsupportedOperationException", &message);

    kms.ok("DisableKey", json!({"KeyId": key.id}));
    let message = format!("{} is disabled.", key.arn);
    kms.refuses("ReplicateKey", input.clone(), "DisabledException", &message);
    kms.ok("ScheduleKeyDeletion", json!({"KeyId": key.id}));
    let message = format!("{} is pending replica deletion.", key.arn);
    kms.refuses("ReplicateKey", input, "KMSInvalidStateException", &message);
    let leaving = kms.multi_region_key();
    kms.ok("ScheduleKeyDeletion", json!({"KeyId": leaving.id}));
    let message = format!("{} is pending deletion.", leaving.arn);
    let input = json!({"KeyId": leaving.id, "ReplicaRegion": "eu-west-2"});
    kms.refuses("ReplicateKey", input, "KMSInvalidStateException", &message);
    let made = kms.ok("CreateKey", json!({"MultiRegion": true, "Origin": "EXTERNAL"}));
    let message = format!("{} is pending import.", made["KeyMetadata"]["Arn"].as_str().unwrap());
    let input = json!({"KeyId": made["KeyMetadata"]["KeyId"], "ReplicaRegion": "eu-west-2"});
    kms.refuses("ReplicateKey", input, "KMSInvalidStateException", &message);
}

#[test]
fn a_key_goes_to_many_regions_at_once_and_all_know_of_all() {
    let kms = kms();
    let key = kms.multi_region_key();
    let regions = ["ap-east-1", "ca-west-1", "eu-north-1", "sa-east-1", "us-west-2"];
    std::thread::scope(|scope| {
        for region in regions {
            let (here, key) = (kms.in_region("us-east-1"), key.clone());
            scope.spawn(move || here.replicate(&key, region));
        }
    });
    let expected = describe(&kms, &key)["MultiRegionConfiguration"]["ReplicaKeys"].take();
    let listed: Vec<_> =
        expected.as_array().expect("a list").iter().map(|one| &one["Region"]).collect();
    assert_eq!(listed, regions);
    let ciphertext = kms.encrypt(&key, "everywhere");
    for region in regions {
        let there = kms.in_region(region);
        let told = describe(&there, &key)["MultiRegionConfiguration"].take();
        assert_eq!(told["ReplicaKeys"], expected, "{region}");
        assert_eq!(there.decrypt(&ciphertext), b"everywhere", "{region}");
    }
}

#[test]
fn two_requests_for_one_replica_make_one() {
    let kms = kms();
    let key = kms.multi_region_key();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let calls = (0..4).map(|_| {
            let (here, id) = (kms.in_region("us-east-1"), key.id.clone());
            scope.spawn(move || {
                here.call("ReplicateKey", json!({"KeyId": id, "ReplicaRegion": "eu-west-1"}))
            })
        });
        let calls: Vec<_> = calls.collect();
        calls.into_iter().map(|call| call.join().expect("it does not panic")).collect()
    });
    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 3);
    assert!(refused.iter().all(|refusal| refusal.code == "AlreadyExistsException"), "{refused:?}");
}

#[test]
fn the_record_names_both_keys_and_shows_the_replica() {
    let kms = kms();
    let input = example(&kms);
    let (answer, record) = kms.call_recorded("ReplicateKey", input.clone());
    let answer = answer.expect("the example succeeds");
    let id = input["KeyId"].as_str().expect("a text");
    let arns = ["us-east-1", "eu-west-1"]
        .map(|region| json!(kms.in_region(region).arn(&format!("key/{id}"))));
    let named: Vec<_> =
        record["resources"].as_array().expect("a list").iter().map(|one| &one["ARN"]).collect();
    assert_eq!(named, arns.iter().collect::<Vec<_>>());
    let told = &record["responseElements"]["replicaKeyMetadata"];
    assert_eq!(told["arn"], answer["ReplicaKeyMetadata"]["Arn"]);
    assert_eq!(told["keyState"], "Creating");
    let configuration = json!({
        "multiRegionKeyType": "REPLICA",
        "primaryKey": {"arn": arns[0], "region": "us-east-1"},
        "replicaKeys": [{"arn": arns[1], "region": "eu-west-1"}],
    });
    assert_eq!(told["multiRegionConfiguration"], configuration);
    assert!(told["creationDate"].is_string() && told["aWSAccountId"].is_string(), "{told}");
}
