//! How sessions end.

use serde_json::json;

use super::world::{World, allow, trust};
use crate::kit::Credentials;

/// A user, a role of an hour, and a session of it.
async fn a_session() -> (World, Credentials, String, Credentials) {
    let world = World::new().await;
    let root = world.root.clone();
    let user = world.user(&root, "alice", Some(allow(json!("sts:*")))).await;
    let may = Some(allow(json!("kms:*")));
    let role = world.role("r", trust(&world.account, json!("sts:*"), json!({})), may).await;
    let session = world.assume(&user, &role, &[]).await;
    world.kms(&session, "ListKeys", json!({})).await.ok();
    (world, user, role, session)
}

const EXPIRED: &str = "The security token included in the request is expired";
const UNKNOWN: &str = "The security token included in the request is invalid.";

#[tokio::test]
async fn a_session_expires_and_is_removed_a_day_later() {
    let (world, user, role, session) = a_session().await;
    world.pass(3599);
    world.kms(&session, "ListKeys", json!({})).await.ok();
    world.pass(1);
    let told = world.kms(&session, "ListKeys", json!({})).await;
    told.refused(400, "ExpiredTokenException", EXPIRED);
    let told = world.query(&session, "GetCallerIdentity", &[]).await;
    told.refused(403, "ExpiredToken", EXPIRED);
    // Others are still there when it is swept.
    world.pass(86_399);
    let other = world.assume(&user, &role, &[]).await;
    world.inside.sweep().await;
    let told = world.kms(&session, "ListKeys", json!({})).await;
    told.refused(400, "ExpiredTokenException", EXPIRED);
    world.pass(1);
    world.inside.sweep().await;
    let told = world.kms(&session, "ListKeys", json!({})).await;
    told.refused(400, "UnrecognizedClientException", UNKNOWN);
    world.kms(&other, "ListKeys", json!({})).await.ok();
    let storage = world.inside.service.storage();
    assert_eq!(storage.scan("ending/", None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn sessions_end_with_their_role_and_not_begin_again_with_another_of_its_name() {
    let (world, user, role, session) = a_session().await;
    world.delete_role("r").await;
    let told = world.kms(&session, "ListKeys", json!({})).await;
    told.refused(400, "UnrecognizedClientException", UNKNOWN);
    let may = Some(allow(json!("kms:*")));
    let again = world.role("r", trust(&world.account, json!("sts:*"), json!({})), may).await;
    assert_eq!(again, role);
    let told = world.query(&session, "GetCallerIdentity", &[]).await;
    told.refused(403, "InvalidClientTokenId", UNKNOWN);
    let new = world.assume(&user, &again, &[]).await;
    world.kms(&new, "ListKeys", json!({})).await.ok();
}

#[tokio::test]
async fn temporary_credentials_are_nothing_without_their_token() {
    let (world, user, _, session) = a_session().await;
    let without = Credentials { session_token: None, ..session.clone() };
    let wrong = Credentials { session_token: Some("x".repeat(64)), ..session.clone() };
    let with = Credentials { session_token: session.session_token.clone(), ..user };
    for who in [without, wrong, with] {
        let told = world.kms(&who, "ListKeys", json!({})).await;
        told.refused(400, "UnrecognizedClientException", UNKNOWN);
    }
}

#[tokio::test]
async fn an_erased_account_leaves_no_session() {
    let (world, _, _, session) = a_session().await;
    let service = &world.inside.service;
    let (done, is_done) = tokio::sync::oneshot::channel::<()>();
    let labour = keycell::operators::labour(service.clone(), async { drop(is_done.await) });
    let labour = tokio::spawn(labour);
    let account = world.account.parse().expect("an account");
    let command = keycell::operators::Command::EraseAccount { id: account, confirmed: account };
    let reply = keycell::operators::run(service, &command, 0).await;
    assert!(matches!(reply, keycell::operators::Reply::Done(_)), "the account is erased");
    drop(done);
    labour.await.expect("it does not panic");
    let told = world.kms(&session, "ListKeys", json!({})).await;
    told.refused(400, "UnrecognizedClientException", UNKNOWN);
    for prefix in ["ending/", "access-key/", "iam/"] {
        assert!(service.storage().scan(prefix, None, 10).await.unwrap().is_empty(), "{prefix}");
    }
}
