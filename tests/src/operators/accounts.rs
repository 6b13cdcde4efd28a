//! Single accounts that are sealed and unsealed.

use serde_json::json;

use super::{assert_refused, names, status};
use crate::kit::{Client, Server};

const SECOND: &str = "222222222222";

#[test]
fn a_sealed_account_is_served_nothing_and_others_notice_nothing() {
    let mut server = Server::start();
    let other = server.client();
    let credentials = server.create_account(SECOND);
    let sealed = server.client_of(credentials.clone());
    let key = sealed.key();
    let ciphertext = sealed.encrypt(&key, "kept");
    let seal = ["account", "seal", SECOND];
    let output = server.keycell(&seal);
    assert_eq!((output.code, &*output.stdout), (Some(0), "account 222222222222 is sealed\n"));
    assert_closed(&sealed);
    other.key();
    assert_refused(&server.keycell(&seal), "is sealed already");
    assert_refused(&server.keycell(&["account", "reset-root", SECOND]), "is sealed");
    let rotate = ["operator", "rotate-tenant-root", SECOND];
    assert_refused(&server.keycell(&rotate), "is sealed");
    assert_eq!(status(&server)["sealed-accounts"], json!([SECOND]));
    // It stays sealed, and its roots are resealed all the same.
    server.restart();
    let sealed = server.client_of(credentials.clone());
    assert_closed(&sealed);
    assert_eq!(server.keycell(&["operator", "rotate-domain-key"]).code, Some(0));

    let output = server.keycell(&["account", "unseal", SECOND]);
    assert_eq!((output.code, &*output.stdout), (Some(0), "account 222222222222 is unsealed\n"));
    assert_eq!(sealed.decrypt(&ciphertext), b"kept");
    assert_refused(&server.keycell(&["account", "unseal", SECOND]), "is not sealed");
    let expected = [
        "CreateAccount",
        "CreateAccount",
        "SealAccount",
        "SealAccount refused",
        "ResetRootCredentials refused",
        "RotateTenantRoot refused",
        "RotateDomainKey",
        "DomainKeyRotated",
        "UnsealAccount",
        "UnsealAccount refused",
    ];
    assert_eq!(names(&server), expected);
}

#[test]
fn an_account_is_sealed_while_no_server_runs() {
    let mut server = Server::start();
    server.terminate();
    assert_eq!(server.keycell(&["account", "seal", "111122223333"]).code, Some(0));
    server.restart_with(crate::kit::Launch::default());
    assert_closed(&server.client());
    assert_eq!(server.keycell(&["account", "unseal", "111122223333"]).code, Some(0));
    server.client().key();
}

#[test]
fn a_sealed_account_serves_no_other_account_either() {
    let server = Server::start();
    let other = server.client();
    let owner = server.client_of(server.create_account(SECOND));
    let key = owner.key();
    let all = json!({"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"});
    let policy = json!({"Statement": all}).to_string();
    owner.ok("PutKeyPolicy", json!({"KeyId": key.id, "Policy": policy}));
    other.ok("DescribeKey", json!({"KeyId": key.arn}));
    assert_eq!(server.keycell(&["account", "seal", SECOND]).code, Some(0));
    for (operation, input) in [
        ("DescribeKey", json!({"KeyId": key.arn})),
        ("Encrypt", json!({"KeyId": key.arn, "Plaintext": "AAAA"})),
    ] {
        let refusal = other.call(operation, input).expect_err("it is sealed");
        assert_eq!((refusal.status, &*refusal.code), (500, "KMSInternalException"));
    }
    assert_eq!(server.keycell(&["account", "unseal", SECOND]).code, Some(0));
    other.ok("Encrypt", json!({"KeyId": key.arn, "Plaintext": "AAAA"}));
}

/// An internal error, whether the signature is right or not.
#[track_caller]
fn assert_closed(client: &Client) {
    let mut forger = client.signer();
    forger.credentials.secret = "another".to_owned();
    let forged = forger.sign(client.request("ListKeys", "{}"));
    for request in [client.signed("ListKeys", "{}"), forged] {
        let refusal = client.send(&request).outcome().expect_err("it is sealed");
        assert_eq!((refusal.status, &*refusal.code), (500, "KMSInternalException"));
    }
}
