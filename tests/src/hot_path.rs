//! What a warm Encrypt costs: no look into storage, and one call across the boundary.

use keycell::isolates::TenantId;
use serde_json::json;

use crate::kit::{Inside, encode};

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
