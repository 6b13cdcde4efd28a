//! What a warm Encrypt costs: no look into storage, and one call across the boundary.

use std::sync::Arc;

use http::request::Parts;
use keycell::{
    accounts::{self, Preset},
    clock::Clock,
    config::Config,
    isolates::{Components, TenantId},
    request,
    service::Service,
};
use serde_json::{Value, json};

use crate::kit::{Credentials, Folder, Request, Signer, encode, now};

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_encrypt_touches_no_storage_and_crosses_the_boundary_once() {
    let folder = Folder::new();
    let (service, caller) = start(&folder).await;
    let made = call(&service, &caller, "CreateKey", json!({})).await;
    let key = made["KeyMetadata"]["KeyId"].as_str().expect("a text").to_owned();
    let alias = json!({"AliasName": "alias/warm", "TargetKeyId": key});
    call(&service, &caller, "CreateAlias", alias).await;
    let id = TenantId::of(
        caller.account.parse().expect("an account"),
        "us-east-1".parse().expect("a Region"),
    );
    for name in [key.as_str(), "alias/warm"] {
        let context = json!({"purpose": "test"});
        let plaintext = encode("32 bytes of plaintext, as it were");
        let input = json!({"KeyId": name, "Plaintext": plaintext, "EncryptionContext": context});
        call(&service, &caller, "Encrypt", input.clone()).await;
        let isolate = service.tenant(id).await.expect("it lives");
        let (reads, calls) = (service.storage().reads(), isolate.calls());
        for _ in 0..10 {
            call(&service, &caller, "Encrypt", input.clone()).await;
        }
        assert_eq!(service.storage().reads(), reads);
        assert_eq!(isolate.calls(), calls + 10);
    }
}

async fn start(folder: &Folder) -> (Arc<Service>, Credentials) {
    let config = Config::new(folder.0.join("data"), "127.0.0.1:0".parse().expect("an address"));
    let service = Service::open(&config, &Components::built_in(), Clock::system()).await;
    let service = Arc::new(service.expect("a fresh folder opens"));
    let made = accounts::first(&service, Preset::default()).await.expect("an account is made");
    let made = made.expect("it is the first start");
    let caller = Credentials {
        account: made.account.to_string(),
        access_key_id: made.access_key_id.clone(),
        secret: made.secret.to_string(),
    };
    (service, caller)
}

/// A signed call without a server in between.
async fn call(
    service: &Arc<Service>,
    caller: &Credentials,
    operation: &str,
    input: Value,
) -> Value {
    let signer = Signer {
        credentials: caller.clone(),
        region: "us-east-1".to_owned(),
        service: "kms".to_owned(),
        time: now(),
    };
    let request = signer.sign(Request::new("localhost", operation, input.to_string()));
    let head = head(&request);
    let peer = "127.0.0.1".parse().expect("an address");
    let answer = request::handle(service, &head, peer, &request.body).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

fn head(request: &Request) -> Parts {
    let mut head = http::Request::builder().method(request.method).uri(&request.target);
    for (name, value) in &request.headers {
        head = head.header(name, value);
    }
    head.body(()).expect("a proper head").into_parts().0
}
