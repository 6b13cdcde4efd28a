//! GetSessionToken, GetFederationToken, GetAccessKeyInfo, and GetCallerIdentity as others use it.

use serde_json::json;

use super::world::{World, allow, trust};
use crate::kit::Signer;

const UNKNOWN: &str = "The security token included in the request is invalid.";

#[tokio::test]
async fn a_users_own_session_is_the_user_but_for_iam_and_sts() {
    let world = World::new().await;
    let root = world.root.clone();
    let may = allow(json!(["kms:ListKeys", "iam:*", "sts:*"]));
    let user = world.user(&root, "alice", Some(may)).await;
    let arn = format!("arn:aws:iam::{}:user/alice", world.account);
    let role = world.role("r", trust(&arn, json!("sts:AssumeRole"), json!({})), None).await;
    let told = world.query(&user, "GetSessionToken", &[]).await.ok();
    let session = told.session();
    let identity = world.query(&session, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(identity.text("Arn"), arn);
    world.kms(&session, "ListKeys", json!({})).await.ok();
    let record = world.record("ListKeys")["userIdentity"].clone();
    assert_eq!(record["type"], "IAMUser");
    assert_eq!(record["sessionContext"]["attributes"]["mfaAuthenticated"], "false");
    world.assume(&session, &role, &[]).await;
    let told = world.query(&session, "GetUser", &[]).await;
    told.refused(403, "InvalidClientTokenId", UNKNOWN);
    let id = user.access_key_id.as_str();
    for (operation, members) in [
        ("GetSessionToken", &[][..]),
        ("GetFederationToken", &[("Name", "bob")][..]),
        ("GetAccessKeyInfo", &[("AccessKeyId", id)][..]),
    ] {
        let told = world.query(&session, operation, members).await;
        let message = format!("Cannot call {operation} with session credentials");
        told.refused(403, "AccessDenied", &message);
    }
    let session = world.assume(&user, &role, &[]).await;
    let told = world.query(&session, "GetSessionToken", &[]).await;
    let message = "Cannot call GetSessionToken with session credentials";
    told.refused(403, "AccessDenied", message);
}

#[tokio::test]
async fn sessions_of_root_users_are_cut_to_an_hour() {
    let world = World::new().await;
    let root = world.root.clone();
    let user = world.user(&root, "alice", Some(allow(json!("*")))).await;
    let own = |seconds: &'static str| [("DurationSeconds", seconds)];
    for (who, long) in [(&root, false), (&user, true)] {
        let session = world.query(who, "GetSessionToken", &own("129600")).await.ok().session();
        let federated = [("Name", "bob"), ("DurationSeconds", "129600")];
        let federated = world.query(who, "GetFederationToken", &federated).await.ok().session();
        world.pass(3600);
        for session in [session, federated] {
            let told = world.query(&session, "GetCallerIdentity", &[]).await;
            assert_eq!(told.status, if long { 200 } else { 403 }, "{}", told.body);
        }
    }
}

#[tokio::test]
async fn a_federated_user_has_what_both_policies_allow() {
    let world = World::new().await;
    let (root, key) = (world.root.clone(), world.key().await);
    let may = allow(json!(["kms:DescribeKey", "kms:ListKeys", "sts:GetFederationToken"]));
    let user = world.user(&root, "alice", Some(may)).await;
    let policy = allow(json!(["kms:DescribeKey", "kms:Encrypt"])).to_string();
    let members = [("Name", "bob"), ("Policy", policy.as_str())];
    let told = world.query(&user, "GetFederationToken", &members).await.ok();
    let arn = format!("arn:aws:sts::{}:federated-user/bob", world.account);
    assert_eq!(told.text("Arn"), arn);
    assert_eq!(told.text("FederatedUserId"), format!("{}:bob", world.account));
    let session = told.session();
    world.kms(&session, "DescribeKey", json!({"KeyId": key})).await.ok();
    let record = world.record("DescribeKey")["userIdentity"].clone();
    assert_eq!(record["type"], "FederatedUser");
    assert_eq!(record["sessionContext"]["sessionIssuer"]["userName"], "alice");
    assert_eq!(world.kms(&session, "ListKeys", json!({})).await.status, 400);
    let input = json!({"KeyId": key, "Plaintext": "eA=="});
    assert_eq!(world.kms(&session, "Encrypt", input).await.status, 400);
    let told = world.query(&session, "GetUser", &[("UserName", "alice")]).await;
    told.refused(403, "InvalidClientTokenId", UNKNOWN);
    let bare = world.query(&user, "GetFederationToken", &[("Name", "bob")]).await.ok();
    assert_eq!(bare.text("PackedPolicySize"), "0");
    let bare = bare.session();
    assert_eq!(world.kms(&bare, "DescribeKey", json!({"KeyId": key})).await.status, 400);

    let tags = [("Name", "bob"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
    let told = world.query(&user, "GetFederationToken", &tags).await;
    let message = format!(
        "User: arn:aws:iam::{}:user/alice is not authorized to perform: sts:TagSession on \
         resource: {arn} because no identity-based policy allows the sts:TagSession action",
        world.account
    );
    told.refused(403, "AccessDenied", &message);
}

#[tokio::test]
async fn an_access_key_tells_its_account() {
    let world = World::new().await;
    let root = world.root.clone();
    let session = world.query(&root, "GetSessionToken", &[]).await.ok().session();
    for id in [&root.access_key_id, &session.access_key_id] {
        let told = world.query(&root, "GetAccessKeyInfo", &[("AccessKeyId", id)]).await.ok();
        assert_eq!(told.text("Account"), world.account);
    }
    let told = world.query(&root, "GetAccessKeyInfo", &[("AccessKeyId", "AKIAIOSFODNN7EXAMPLF")]);
    let message = "The access key ID provided does not exist in our records.";
    told.await.refused(400, "ValidationError", message);
}

/// As those do that verify a presigned request which somebody has handed them.
#[test]
fn who_accepts_json_alone_is_answered_in_json() {
    let kms = crate::kit::kms();
    let signer = Signer { service: "sts".to_owned(), ..kms.signer() };
    let ask = |action: &str| {
        let request = kms.sts().request(action, &[]).set("Accept", "application/json");
        kms.send(&signer.sign(request))
    };
    let answer = ask("GetCallerIdentity");
    let account = &kms.credentials.account;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let result = json!({
        "UserId": account, "Account": account, "Arn": format!("arn:aws:iam::{account}:root"),
    });
    let told = json!({"GetCallerIdentityResponse": {
        "GetCallerIdentityResult": result,
        "ResponseMetadata": {"RequestId": answer.request_id()},
    }});
    assert_eq!(answer.json(), told);
    let refused = ask("AssumeRole");
    let error = refused.json();
    assert_eq!((refused.status, &error["RequestId"]), (400, &json!(refused.request_id())));
    assert_eq!(
        (&error["Error"]["Code"], &error["Error"]["Type"]),
        (&json!("ValidationError"), &json!("Sender"))
    );
}
