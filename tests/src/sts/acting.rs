//! Services that act for themselves or on behalf of others, and what a trusted front tells.

use serde_json::json;

use super::world::{Told, World, allow};
use crate::kit::{Credentials, Request};

const STORE: &str = "arn:aws:iam::ACCOUNT:user/store";

/// A world in which the user `store` acts as S3.
async fn with_a_store() -> (World, Credentials) {
    let world = World::with(|config, account| {
        let store = STORE.replace("ACCOUNT", account);
        config.actors.register("s3.amazonaws.com", &store).expect("a service and its actor");
    })
    .await;
    let root = world.root.clone();
    let store = world.user(&root, "store", None).await;
    (world, store)
}

impl World {
    /// A request of KMS that the store makes as S3, with more headers.
    async fn as_s3(
        &self,
        store: &Credentials,
        headers: &[(&str, &str)],
        operation: &str,
        input: serde_json::Value,
    ) -> Told {
        let mut request = Request::new("localhost", operation, input.to_string());
        if !headers.iter().any(|(name, _)| *name == "X-Keycell-Service") {
            request = request.add("X-Keycell-Service", "s3.amazonaws.com");
        }
        for (name, value) in headers {
            request = request.add(name, value);
        }
        self.send(store, "kms", request).await
    }
}

#[tokio::test]
async fn a_managed_key_serves_whoever_comes_by_way_of_its_service() {
    let (world, store) = with_a_store().await;
    let may = allow(json!(["kms:GenerateDataKey", "kms:Decrypt"]));
    let root = world.root.clone();
    let user = world.user(&root, "alice", Some(may)).await;
    let id = user.access_key_id.clone();
    let alice = [("X-Keycell-On-Behalf-Of", id.as_str())];
    let input = json!({"KeyId": "alias/aws/s3", "KeySpec": "AES_256"});
    let made = world.as_s3(&store, &alice, "GenerateDataKey", input.clone()).await.ok().json();
    let record = world.record("GenerateDataKey");
    let arn = format!("arn:aws:iam::{}:user/alice", world.account);
    assert_eq!(record["userIdentity"]["arn"], arn);
    assert_eq!(record["userIdentity"]["invokedBy"], "s3.amazonaws.com");
    assert_eq!(record["sourceIPAddress"], "s3.amazonaws.com");
    assert_eq!(record["userAgent"], "s3.amazonaws.com");
    let actor = STORE.replace("ACCOUNT", &world.account);
    assert_eq!(record["additionalEventData"]["actingPrincipal"], actor);
    assert_eq!(world.record("CreateKey")["eventType"], "AwsServiceEvent");

    // By her ARN as well, and with the same key.
    let by_arn = [("X-Keycell-On-Behalf-Of", arn.as_str())];
    let again = world.as_s3(&store, &by_arn, "GenerateDataKey", input.clone()).await.ok().json();
    assert_eq!(again["KeyId"], made["KeyId"]);
    let input = json!({"CiphertextBlob": made["CiphertextBlob"]});
    world.as_s3(&store, &alice, "Decrypt", input.clone()).await.ok();
    // Not without the service.
    assert_eq!(world.kms(&user, "Decrypt", input.clone()).await.status, 400);
    assert_eq!(world.kms(&store, "Decrypt", input.clone()).await.status, 400);
    // The key's policy allows it to the whole account by way of the service, but a denial in one's
    // own policies counts.
    let bob = world.user(&root, "bob", None).await;
    let bob = [("X-Keycell-On-Behalf-Of", bob.access_key_id.as_str())];
    world.as_s3(&store, &bob, "Decrypt", input.clone()).await.ok();
    let never = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}});
    let eve = world.user(&root, "eve", Some(never)).await;
    let eve = [("X-Keycell-On-Behalf-Of", eve.access_key_id.as_str())];
    let told = world.as_s3(&store, &eve, "Decrypt", input).await;
    assert_eq!(told.json()["__type"], "AccessDeniedException", "{}", told.body);
}

#[tokio::test]
async fn a_forwarded_call_has_the_callers_policies_and_its_own_conditions() {
    let (world, store) = with_a_store().await;
    let (root, key) = (world.root.clone(), world.key().await);
    let conditions = json!({
        "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com",
                         "aws:CalledViaFirst": "s3.amazonaws.com"},
        "ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"},
        "Bool": {"aws:ViaAWSService": "true"},
        "Null": {"aws:SourceIp": "true"}
    });
    let may = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*", "Condition": conditions}});
    let user = world.user(&root, "alice", Some(may)).await;
    let alice = [("X-Keycell-On-Behalf-Of", user.access_key_id.as_str())];
    let input = json!({"KeyId": key});
    world.as_s3(&store, &alice, "DescribeKey", input.clone()).await.ok();
    assert_eq!(world.kms(&user, "DescribeKey", input.clone()).await.status, 400);

    // A session brings what limits it.
    let policy = allow(json!("kms:ListKeys")).to_string();
    let members = [("Name", "bob"), ("Policy", policy.as_str())];
    let session = world.query(&root, "GetFederationToken", &members).await.ok().session();
    let bob = [("X-Keycell-On-Behalf-Of", session.access_key_id.as_str())];
    assert_eq!(world.as_s3(&store, &bob, "DescribeKey", input.clone()).await.status, 400);
    world.as_s3(&store, &bob, "ListKeys", json!({})).await.ok();
    world.pass(3600);
    let told = world.as_s3(&store, &bob, "ListKeys", json!({})).await;
    let expired = "The security token included in the request is expired";
    told.refused(400, "ExpiredTokenException", expired);
}

#[tokio::test]
async fn grants_for_resources_are_made_by_way_of_services_and_used_by_them() {
    let (world, store) = with_a_store().await;
    let (root, key) = (world.root.clone(), world.key().await);
    let may = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*",
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}});
    let user = world.user(&root, "alice", Some(may)).await;
    let bucket = "arn:aws:s3:us-east-1:111122223333:bucket";
    let arn = format!("arn:aws:iam::{}:user/alice", world.account);
    let grant = json!({"KeyId": key, "GranteeServicePrincipal": "s3.amazonaws.com",
        "RetiringPrincipal": arn, "Operations": ["DescribeKey"],
        "Constraints": {"SourceArn": bucket}});
    assert_eq!(world.kms(&user, "CreateGrant", grant.clone()).await.status, 400);
    let alice = [("X-Keycell-On-Behalf-Of", user.access_key_id.as_str())];
    world.as_s3(&store, &alice, "CreateGrant", grant).await.ok();

    let input = json!({"KeyId": key});
    assert_eq!(world.as_s3(&store, &[], "DescribeKey", input.clone()).await.status, 400);
    let other = [("X-Keycell-Source-Arn", "arn:aws:s3:us-east-1:111122223333:other")];
    assert_eq!(world.as_s3(&store, &other, "DescribeKey", input.clone()).await.status, 400);
    let own = [("X-Keycell-Source-Arn", bucket)];
    world.as_s3(&store, &own, "DescribeKey", input).await.ok();
    let record = world.record("DescribeKey");
    let identity = json!({"type": "AWSService", "invokedBy": "s3.amazonaws.com"});
    assert_eq!(record["userIdentity"], identity);
    assert_eq!(record["recipientAccountId"], world.account);
    // It is nobody's account.
    for operation in ["ListKeys", "CreateKey"] {
        assert_eq!(world.as_s3(&store, &own, operation, json!({})).await.status, 400);
    }
}

#[tokio::test]
async fn a_key_policy_allows_a_service_what_it_says() {
    let (world, store) = with_a_store().await;
    let key = world.key().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": world.account}, "Action": "kms:*",
         "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
         "Action": "kms:DescribeKey", "Resource": "*",
         "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}
    ]});
    let input = json!({"KeyId": key, "Policy": policy.to_string()});
    world.kms(&world.root, "PutKeyPolicy", input).await.ok();
    let input = json!({"KeyId": key});
    assert_eq!(world.as_s3(&store, &[], "DescribeKey", input.clone()).await.status, 400);
    let headers = [("X-Keycell-Source-Account", "111122223333")];
    world.as_s3(&store, &headers, "DescribeKey", input.clone()).await.ok();
    assert_eq!(world.as_s3(&store, &headers, "DisableKey", input).await.status, 400);
}

#[tokio::test]
async fn nobody_else_acts_as_a_service() {
    let (world, store) = with_a_store().await;
    let root = world.root.clone();
    let user = world.user(&root, "alice", Some(allow(json!("*")))).await;
    let message = format!(
        "User: arn:aws:iam::{}:user/alice is not registered to act as s3.amazonaws.com",
        world.account
    );
    let told = world.as_s3(&user, &[], "ListKeys", json!({})).await;
    told.refused(400, "AccessDeniedException", &message);
    assert_eq!(world.record("ListKeys")["errorCode"], "AccessDenied");
    let other = [("X-Keycell-Service", "sqs.amazonaws.com")];
    assert_eq!(world.as_s3(&store, &other, "ListKeys", json!({})).await.status, 400);
    // Whoever does not say as what does not either.
    let request = Request::new("localhost", "ListKeys", "{}")
        .add("X-Keycell-On-Behalf-Of", &user.access_key_id);
    assert_eq!(world.send(&store, "kms", request).await.status, 400);
    // What is not signed was added on the way.
    let request = Request::new("localhost", "ListKeys", "{}")
        .add("X-Keycell-Service", "s3.amazonaws.com")
        .unsigned("X-Keycell-Service");
    let told = world.send(&store, "kms", request).await;
    assert_ne!(told.status, 200, "{}", told.body);
    for name in [
        "AKIAIOSFODNN7EXAMPLF",
        "arn:aws:iam::111122223333:role/r",
        "arn:aws:sts::111122223333:assumed-role/r/s",
        "arn:aws:iam::999999999999:root",
        "nobody",
    ] {
        let headers = [("X-Keycell-On-Behalf-Of", name)];
        let told = world.as_s3(&store, &headers, "ListKeys", json!({})).await;
        assert_eq!(told.json()["__type"], "AccessDeniedException", "{name} {}", told.body);
    }
    let both = [
        ("X-Keycell-On-Behalf-Of", user.access_key_id.as_str()),
        ("X-Keycell-Source-Arn", "arn:aws:s3:::bucket"),
    ];
    let told = world.as_s3(&store, &both, "ListKeys", json!({})).await;
    let message = "A service that acts on behalf of a caller names no source of its own.";
    told.refused(400, "AccessDeniedException", message);
}

#[tokio::test]
async fn a_believed_front_tells_where_requests_come_from() {
    let may = |condition: serde_json::Value| {
        json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*", "Condition": condition}})
    };
    let cases = [
        (json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), true, false),
        (json!({"Bool": {"aws:SecureTransport": "true"}}), true, true),
        (json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}), false, true),
        (json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}), false, true),
        (json!({"IpAddress": {"aws:VpcSourceIp": "203.0.113.0/24"}}), false, true),
    ];
    for is_believed in [true, false] {
        let world = World::with(|config, _| {
            let peers = if is_believed { "127.0.0.1" } else { "192.0.2.1" };
            config.front.believe(&[peers.to_owned()]).expect("an address");
        })
        .await;
        let root = world.root.clone();
        for (number, (condition, in_public, in_private)) in cases.iter().enumerate() {
            let name = format!("user{number}");
            let user = world.user(&root, &name, Some(may(condition.clone()))).await;
            let public = Request::new("localhost", "ListKeys", "{}")
                .add("X-Forwarded-For", "192.0.2.9, 203.0.113.7")
                .unsigned("X-Forwarded-For")
                .add("X-Forwarded-Proto", "https")
                .unsigned("X-Forwarded-Proto");
            let private = public
                .clone()
                .add("X-Keycell-Vpc", "vpc-1")
                .unsigned("X-Keycell-Vpc")
                .add("X-Keycell-Vpc-Endpoint", "vpce-1")
                .unsigned("X-Keycell-Vpc-Endpoint");
            for (request, expected) in [(public, *in_public), (private, *in_private)] {
                let told = world.send(&user, "kms", request).await;
                let is_ok = told.status == 200;
                assert_eq!(is_ok, is_believed && expected, "{condition} {}", told.body);
            }
        }
        let record = world.record("ListKeys");
        let address = if is_believed { "203.0.113.7" } else { "127.0.0.1" };
        assert_eq!(record["sourceIPAddress"], address);
        assert_eq!(record["vpcEndpointId"].is_string(), is_believed);
    }
}
