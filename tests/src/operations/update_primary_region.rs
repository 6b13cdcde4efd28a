//! `UpdatePrimaryRegion`. Source of the texts: AWS's answers as captured in September 2026.

use serde_json::{Value, json};

use crate::kit::{Client, Key, kms};

use super::put_key_policy::{owner, policy};

pub(super) fn example(kms: &Client) -> Value {
    let key = kms.multi_region_key();
    kms.replicate(&key, "eu-west-1");
    json!({"KeyId": key.id, "PrimaryRegion": "eu-west-1"})
}

fn configuration(kms: &Client, key: &Key) -> Value {
    let described = kms.ok("DescribeKey", json!({"KeyId": key.id}));
    described["KeyMetadata"]["MultiRegionConfiguration"].clone()
}

#[test]
fn the_primary_and_a_replica_change_places() {
    let kms = kms();
    let key = kms.multi_region_key();
    let (west, _) = kms.replicate(&key, "us-west-2");
    let (asia, _) = kms.replicate(&key, "ap-east-1");
    let input = json!({"KeyId": key.arn, "PrimaryRegion": "us-west-2"});
    kms.ok("UpdatePrimaryRegion", input);
    let arn = |client: &Client| client.arn(&format!("key/{}", key.id));
    for (client, kind) in [(&kms, "REPLICA"), (&west, "PRIMARY"), (&asia, "REPLICA")] {
        let expected = json!({
            "MultiRegionKeyType": kind,
            "PrimaryKey": {"Arn": arn(&west), "Region": "us-west-2"},
            "ReplicaKeys": [
                {"Arn": arn(&asia), "Region": "ap-east-1"},
                {"Arn": arn(&kms), "Region": "us-east-1"},
            ],
        });
        assert_eq!(configuration(client, &key), expected);
        assert_eq!(client.state(&key), "Enabled");
    }
    // From now on the new one is rotated and replicated, and the old one is not.
    let one = json!({"KeyId": key.id});
    let message = format!(
        "{} is a multi-region replica key which is not valid for RotateKeyOnDemand.",
        arn(&kms)
    );
    kms.refuses("RotateKeyOnDemand", one.clone(), "UnsupportedOperationException", &message);
    let old = kms.encrypt(&key, "old");
    west.ok("RotateKeyOnDemand", one.clone());
    west.wait_for(|| {
        west.ok("ListKeyRotations", one.clone())["Rotations"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    });
    for client in [&kms, &west, &asia] {
        assert_eq!(client.decrypt(&old), b"old");
        let own = Key { arn: arn(client), id: key.id.clone() };
        assert_eq!(kms.decrypt(&client.encrypt(&own, "new")), b"new");
    }
    west.replicate(&key, "eu-west-1");
}

#[test]
fn where_it_is_it_may_be_told_to_be() {
    let kms = kms();
    let key = kms.multi_region_key();
    let before = configuration(&kms, &key);
    let input = json!({"KeyId": key.id, "PrimaryRegion": "us-east-1"});
    let (outcome, record) = kms.call_recorded("UpdatePrimaryRegion", input);
    outcome.expect("nothing is to be done");
    assert_eq!(record["responseElements"]["keyId"], key.arn);
    assert_eq!(configuration(&kms, &key), before);
}

#[test]
fn it_moves_only_between_keys_that_are_in_use() {
    let kms = kms();
    let key = kms.multi_region_key();
    let input = json!({"KeyId": key.id, "PrimaryRegion": "eu-west-1"});
    let message = format!("{} does not have a replica key in the specified Region.", key.id);
    kms.refuses("UpdatePrimaryRegion", input.clone(), "ValidationException", &message);
    let (there, replica) = kms.replicate(&key, "eu-west-1");
    let one = json!({"KeyId": key.id});
    let refuses = |code: &str, message: String| {
        kms.refuses("UpdatePrimaryRegion", input.clone(), code, &message);
    };
    kms.ok("DisableKey", one.clone());
    refuses("DisabledException", format!("{} is disabled.", key.arn));
    kms.ok("EnableKey", one.clone());
    there.ok("DisableKey", one.clone());
    refuses("DisabledException", format!("{} is disabled.", replica.arn));
    there.ok("ScheduleKeyDeletion", one.clone());
    refuses("KMSInvalidStateException", format!("{} is pending deletion.", replica.arn));
    kms.ok("ScheduleKeyDeletion", one);
    refuses("KMSInvalidStateException", format!("{} is pending replica deletion.", key.arn));
}

#[test]
fn it_is_asked_of_the_primary() {
    let kms = kms();
    let key = kms.multi_region_key();
    let (there, replica) = kms.replicate(&key, "eu-west-1");
    for (client, arn, id) in [(&there, &replica.arn, &key.id), (&kms, &kms.key().arn, &key.id)] {
        let id = if client.region == "us-east-1" { arn } else { id };
        let input = json!({"KeyId": id, "PrimaryRegion": client.region});
        let message = format!("{arn} is not a multi-Region primary key.");
        client.refuses("UpdatePrimaryRegion", input, "KMSInvalidStateException", &message);
    }
}

#[test]
fn both_keys_have_a_say() {
    let kms = kms();
    let key = kms.multi_region_key();
    let (west, replica) = kms.replicate(&key, "us-west-2");
    kms.replicate(&key, "eu-west-1");
    let denied = |client: &Client, condition: Value| {
        let deny = json!({
            "Effect": "Deny",
            "Principal": "*",
            "Action": "kms:UpdatePrimaryRegion",
            "Resource": "*",
            "Condition": condition,
        });
        let policy = policy(json!([owner(client), deny]));
        client.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": policy}));
    };
    let refuses = |region: &str, arn: &str| {
        let caller = format!("arn:aws:iam::{}:root", kms.credentials.account);
        let message = format!(
            "User: {caller} is not authorized to perform: kms:UpdatePrimaryRegion on resource: \
             {arn} with an explicit deny in a resource-based policy"
        );
        let input = json!({"KeyId": key.id, "PrimaryRegion": region});
        kms.refuses("UpdatePrimaryRegion", input, "AccessDeniedException", &message);
    };
    denied(&kms, json!({"StringEquals": {"kms:PrimaryRegion": "eu-west-1"}}));
    refuses("eu-west-1", &key.arn);
    // In the replica's eyes the request comes to the replica's Region.
    denied(
        &west,
        json!({
            "StringEquals": {
                "aws:RequestedRegion": "us-west-2",
                "kms:MultiRegionKeyType": "REPLICA",
            },
        }),
    );
    refuses("us-west-2", &replica.arn);
    denied(&west, json!({"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}}));
    kms.ok("UpdatePrimaryRegion", json!({"KeyId": key.id, "PrimaryRegion": "us-west-2"}));
}

#[test]
fn two_who_move_it_at_once_do_so_one_after_the_other() {
    let kms = kms();
    let key = kms.multi_region_key();
    let regions = ["eu-west-1", "eu-west-2", "eu-west-3"];
    for region in regions {
        kms.replicate(&key, region);
    }
    let moved: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> = regions
            .into_iter()
            .map(|region| {
                let (here, id) = (kms.in_region("us-east-1"), key.id.clone());
                let input = json!({"KeyId": id, "PrimaryRegion": region});
                scope.spawn(move || here.call("UpdatePrimaryRegion", input))
            })
            .collect();
        calls.into_iter().map(|call| call.join().expect("it does not panic")).collect()
    });
    assert_eq!(moved.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{moved:?}");
    let told = configuration(&kms, &key);
    let primary = told["PrimaryKey"]["Region"].as_str().expect("a text");
    let there = kms.in_region(primary);
    assert_eq!(configuration(&there, &key)["MultiRegionKeyType"], "PRIMARY");
    assert_eq!(told["ReplicaKeys"].as_array().map(Vec::len), Some(3));
}

#[test]
fn the_record_names_both_keys() {
    let kms = kms();
    let input = example(&kms);
    let (_, record) = kms.call_recorded("UpdatePrimaryRegion", input.clone());
    let id = input["KeyId"].as_str().expect("a text");
    let arns = ["us-east-1", "eu-west-1"]
        .map(|region| json!(kms.in_region(region).arn(&format!("key/{id}"))));
    let named: Vec<_> =
        record["resources"].as_array().expect("a list").iter().map(|one| &one["ARN"]).collect();
    assert_eq!(named, arns.iter().collect::<Vec<_>>());
    assert_eq!(record["responseElements"], json!({"keyId": arns[0]}));
}
