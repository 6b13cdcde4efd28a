//! How multi-Region keys are deleted: replicas one by one, the primary last.

use serde_json::json;

use super::{AWAY, DAY, HOME, THIRD, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_waits_for_its_replicas_and_then_for_itself() {
    let world = World::of_two().await;
    world.ok(HOME, "EnableKeyRotation", json!({"RotationPeriodInDays": 90})).await;
    let ciphertext = world.encrypt(HOME, "shared").await;
    let answer = world.ok(HOME, "ScheduleKeyDeletion", json!({"PendingWindowInDays": 8})).await;
    let expected = json!({
        "KeyId": world.arn(HOME), "KeyState": "PendingReplicaDeletion", "PendingWindowInDays": 8,
    });
    assert_eq!(answer, expected);
    let metadata = world.metadata(HOME).await;
    assert_eq!(metadata["PendingDeletionWindowInDays"], 8);
    assert_eq!((metadata.get("DeletionDate"), &metadata["Enabled"]), (None, &json!(false)));
    let told = ("KMSInvalidStateException", "ARN is pending replica deletion.");
    world.refuses(HOME, "Encrypt", json!({"Plaintext": "AAAA"}), told).await;
    world.refuses(HOME, "ScheduleKeyDeletion", json!({}), told).await;
    let status = world.ok(HOME, "GetKeyRotationStatus", json!({})).await;
    assert_eq!(status["KeyRotationEnabled"], true);
    // It may wait for years, while its replica serves.
    world.pass(DAY * 100).await;
    world.decrypt(AWAY, &ciphertext).await.expect("the replica serves");

    world.ok(AWAY, "ScheduleKeyDeletion", json!({"PendingWindowInDays": 7})).await;
    let status = world.ok(AWAY, "GetKeyRotationStatus", json!({})).await;
    assert_eq!(status["KeyRotationEnabled"], false);
    world.pass(DAY * 7).await;
    let gone = world.call(AWAY, "DescribeKey", json!({})).await.expect_err("it is gone");
    assert_eq!(gone.code, "NotFoundException");
    let metadata = world.metadata(HOME).await;
    assert_eq!(metadata["KeyState"], "PendingDeletion");
    assert_eq!(metadata["MultiRegionConfiguration"]["ReplicaKeys"], json!([]));
    assert!(metadata["DeletionDate"].is_f64(), "{metadata}");
    assert!(metadata.get("PendingDeletionWindowInDays").is_none(), "{metadata}");
    let status = world.ok(HOME, "GetKeyRotationStatus", json!({})).await;
    assert_eq!(status["KeyRotationEnabled"], false);
    world.pass(DAY * 8 - jiff::SignedDuration::from_secs(1)).await;
    assert_eq!(world.state(HOME).await, "PendingDeletion");
    world.pass(jiff::SignedDuration::from_secs(1)).await;
    let gone = world.call(HOME, "DescribeKey", json!({})).await.expect_err("it is gone");
    assert_eq!(gone.code, "NotFoundException");
    for prefix in ["key/", "material/", "due/"] {
        let left = world.inside.service.storage().scan(prefix, None, 10).await;
        assert!(left.expect("the store works").is_empty(), "{prefix}");
    }
    assert_eq!(world.records("DeleteKey").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn deletion_is_taken_back_in_each_state() {
    let world = World::of_two().await;
    let none = || json!({});
    let told = ("KMSInvalidStateException", "ARN is not pending deletion.");
    world.refuses(HOME, "CancelKeyDeletion", none(), told).await;
    world.ok(HOME, "ScheduleKeyDeletion", none()).await;
    world.ok(HOME, "CancelKeyDeletion", none()).await;
    assert_eq!(world.state(HOME).await, "Disabled");
    assert!(world.metadata(HOME).await.get("PendingDeletionWindowInDays").is_none());
    world.ok(HOME, "EnableKey", none()).await;

    // While the primary waits for it, a replica is taken back: then the primary waits on.
    world.ok(HOME, "ScheduleKeyDeletion", none()).await;
    world.ok(AWAY, "ScheduleKeyDeletion", none()).await;
    world.ok(AWAY, "CancelKeyDeletion", none()).await;
    world.pass(DAY * 100).await;
    assert_eq!(world.state(AWAY).await, "Disabled");
    assert_eq!(world.state(HOME).await, "PendingReplicaDeletion");

    // When the replica is gone, the primary can still be taken back, and replicated anew.
    world.ok(AWAY, "ScheduleKeyDeletion", none()).await;
    world.pass(DAY * 30).await;
    assert_eq!(world.state(HOME).await, "PendingDeletion");
    world.ok(HOME, "CancelKeyDeletion", none()).await;
    world.ok(HOME, "EnableKey", none()).await;
    let ciphertext = world.encrypt(HOME, "again").await;
    world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": AWAY})).await;
    world.decrypt(AWAY, &ciphertext).await.expect("the new replica has its material");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_goes_is_forgotten_everywhere() {
    let world = World::of_two().await;
    world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": THIRD})).await;
    world.ok(AWAY, "ScheduleKeyDeletion", json!({"PendingWindowInDays": 7})).await;
    // It is rotated with the others until it is gone, as it may be taken back.
    world.rotate(HOME).await;
    assert_eq!(world.materials(AWAY).await.len(), 2);
    world.pass(DAY * 7).await;
    for region in [HOME, THIRD] {
        let configuration = &world.metadata(region).await["MultiRegionConfiguration"];
        let left = json!([{"Arn": world.arn(THIRD), "Region": THIRD}]);
        assert_eq!(configuration["ReplicaKeys"], left);
        assert_eq!(world.state(region).await, "Enabled");
    }
    world.rotate(HOME).await;
    assert_eq!(world.materials(THIRD).await.len(), 3);
    let synchronized = world.records("SynchronizeMultiRegionKey");
    assert_eq!(synchronized.len(), 3, "two rotations and a deletion");
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_fall_due_at_once_are_all_forgotten() {
    let world = World::of_two().await;
    for region in [THIRD, "us-west-2", "sa-east-1"] {
        world.ok(HOME, "ReplicateKey", json!({"ReplicaRegion": region})).await;
    }
    world.ok(HOME, "ScheduleKeyDeletion", json!({"PendingWindowInDays": 7})).await;
    for region in [AWAY, THIRD, "us-west-2", "sa-east-1"] {
        world.ok(region, "ScheduleKeyDeletion", json!({"PendingWindowInDays": 7})).await;
    }
    world.inside.pass(DAY * 7);
    let sweeps = (0..4).map(|_| {
        let service = world.inside.service.clone();
        tokio::spawn(async move { keycell::sweep::sweep(&service).await })
    });
    for sweep in sweeps.collect::<Vec<_>>() {
        sweep.await.expect("it does not panic").expect("the store works");
    }
    world.inside.sweep().await;
    let metadata = world.metadata(HOME).await;
    assert_eq!(metadata["KeyState"], "PendingDeletion");
    assert_eq!(metadata["MultiRegionConfiguration"]["ReplicaKeys"], json!([]));
    assert_eq!(world.records("DeleteKey").len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_is_to_go_while_its_last_replica_goes_has_its_own_wait() {
    // Whichever comes first, the primary ends up waiting for itself alone.
    for _ in 0..8 {
        let world = World::of_two().await;
        world.ok(AWAY, "ScheduleKeyDeletion", json!({"PendingWindowInDays": 7})).await;
        world.inside.pass(DAY * 7);
        let schedule = json!({"PendingWindowInDays": 7});
        let service = world.inside.service.clone();
        let sweep = tokio::spawn(async move { keycell::sweep::sweep(&service).await });
        world.ok(HOME, "ScheduleKeyDeletion", schedule).await;
        sweep.await.expect("it does not panic").expect("the store works");
        world.inside.sweep().await;
        assert_eq!(world.state(HOME).await, "PendingDeletion");
    }
}
