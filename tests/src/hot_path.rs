//! What a warm Encrypt costs: no look into storage, and one call across the boundary.

use keycell::{accounts, isolates::TenantId};
use serde_json::json;

use crate::kit::{Credentials, Inside, encode};

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_encrypt_touches_no_storage_and_crosses_the_boundary_once() {
    let inside = Inside::new().await;
    let made = inside.ok("CreateKey", json!({})).await;
    let key = made["KeyMetadata"]["KeyId"].as_str().expect("a text").to_owned();
    let alias = json!({"AliasName": "alias/warm", "TargetKeyId": key});
    inside.ok("CreateAlias", alias).await;
    let id = TenantId::of(
        inside.caller.account.parse().expect("an account"),
        "us-east-1".parse().expect("a Region"),
    );
    for name in [key.as_str(), "alias/warm"] {
        let context = json!({"purpose": "test"});
        let plaintext = encode("32 bytes of plaintext, as it were");
        let input = json!({"KeyId": name, "Plaintext": plaintext, "EncryptionContext": context});
        inside.ok("Encrypt", input.clone()).await;
        let isolate = inside.service.tenant(id).await.expect("it lives");
        let (reads, calls) = (inside.service.storage().reads(), isolate.calls());
        for _ in 0..10 {
            inside.ok("Encrypt", input.clone()).await;
        }
        assert_eq!(inside.service.storage().reads(), reads);
        assert_eq!(isolate.calls(), calls + 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_encrypt_that_a_grant_alone_allows_touches_no_storage() {
    let mut inside = Inside::new().await;
    let made = inside.ok("CreateKey", json!({})).await["KeyMetadata"].take();
    let stranger = another_account(&inside).await;
    let grant = json!({
        "KeyId": made["KeyId"],
        "GranteePrincipal": format!("arn:aws:iam::{}:root", stranger.account),
        "Operations": ["Encrypt"],
    });
    let grant = inside.ok("CreateGrant", grant).await["GrantId"].take();
    let owner = std::mem::replace(&mut inside.caller, stranger.clone());
    let input = json!({"KeyId": made["Arn"], "Plaintext": encode("x")});
    inside.ok("Encrypt", input.clone()).await;
    let reads = inside.service.storage().reads();
    for _ in 0..10 {
        inside.ok("Encrypt", input.clone()).await;
    }
    assert_eq!(inside.service.storage().reads(), reads);
    // What is kept in memory ends with the grant.
    inside.caller = owner;
    inside.ok("RevokeGrant", json!({"KeyId": made["KeyId"], "GrantId": grant})).await;
    inside.caller = stranger;
    let refusal = inside.call("Encrypt", input).await.expect_err("the grant is gone");
    assert_eq!(refusal.code, "AccessDeniedException");
}

/// Another account's root user.
async fn another_account(inside: &Inside) -> Credentials {
    let id = "444455556666".parse().expect("an account");
    let command = accounts::Command::CreateAccount { id };
    let reply = accounts::run(&inside.service, &command, 0).await;
    let accounts::Reply::Credentials(made) = reply else { panic!("it is made") };
    Credentials {
        account: made.account.to_string(),
        access_key_id: made.access_key_id.clone(),
        secret: made.secret.to_string(),
        session_token: None,
    }
}
