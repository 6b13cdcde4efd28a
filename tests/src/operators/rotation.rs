//! Rotations of the domain key and of tenants' roots, while requests are served.

use std::sync::atomic::{AtomicBool, Ordering};

use keycell_core::sealed::{Purpose, key_id};
use serde_json::json;

use super::{
    assert_refused, names, operator, records, status,
    store::{Store, files, lies_in, open_domain},
};
use crate::kit::Server;

const ACCOUNT: &str = "111122223333";

#[test]
fn after_a_rotation_of_the_domain_key_only_the_new_one_is_left() {
    let mut server = Server::start();
    let kms = server.client();
    let key = kms.key();
    let ciphertext = kms.encrypt(&key, "kept");
    let second = server.create_account("222222222222");
    server.client_of(second.clone()).in_region("eu-west-1").key();
    server.terminate();
    let before = Store::read(&server);
    server.restart();
    assert_eq!(operator(&server, &["rotate-domain-key"]), "the domain key is rotated\n");
    let kms = server.client();
    assert_eq!(kms.decrypt(&ciphertext), b"kept");
    kms.key();
    server.client_of(second).in_region("eu-west-1").key();
    server.terminate();

    let after = Store::read(&server);
    assert_eq!(after.domain.all().len(), 1);
    assert_ne!(after.domain.newest().id(), before.domain.newest().id());
    let roots = after.sealed("root/");
    assert!(roots.len() >= 5);
    assert!(roots.iter().all(|root| key_id(root) == Some(after.domain.newest().id())));
    // Nothing that the old key had sealed is left, nor the old key.
    let files = files(&server.data());
    assert!(!lies_in(&files, before.sealed_domain()));
    assert!(before.sealed("root/").iter().all(|root| !lies_in(&files, root)));
    assert!(open_domain(&after.unseal, before.sealed_domain()).is_some());
    server.restart();
    assert_eq!(server.client().decrypt(&ciphertext), b"kept");
    let end = ["CreateAccount", "CreateAccount", "RotateDomainKey", "DomainKeyRotated"];
    assert_eq!(names(&server), end);
}

#[test]
fn after_a_rotation_of_a_tenants_root_deleted_keys_open_nowhere() {
    let mut server = Server::start();
    let kms = server.client();
    let keys: Vec<_> = (0..100).map(|_| kms.key()).collect();
    let ciphertexts: Vec<_> = keys.iter().map(|key| kms.encrypt(key, &key.id)).collect();
    let there = kms.in_region("eu-west-1");
    let abroad = there.encrypt(&there.key(), "abroad");
    server.terminate();
    let before = Store::read(&server);
    server.restart();
    assert_eq!(
        operator(&server, &["rotate-tenant-root", ACCOUNT]),
        "the tenant's root is rotated\n"
    );
    let kms = server.client();
    for (key, ciphertext) in keys.iter().zip(&ciphertexts) {
        assert_eq!(kms.decrypt(ciphertext), key.id.as_bytes());
    }
    assert_eq!(kms.in_region("eu-west-1").decrypt(&abroad), b"abroad");
    server.terminate();

    let after = Store::read(&server);
    let files = files(&server.data());
    for place in ["us-east-1", "eu-west-1", "global"] {
        let living = after.roots(ACCOUNT, place);
        assert_eq!(living.all().len(), 1);
        assert_ne!(living.newest().id(), before.roots(ACCOUNT, place).newest().id());
        // What a deleted key had been is what every key had been before.
        for prefix in [format!("key/{ACCOUNT}/{place}/"), "access-key/".to_owned()] {
            for old in before.sealed(&prefix) {
                for purpose in [Purpose::Key, Purpose::Credential] {
                    assert!(living.open(purpose, b"", &old).is_err());
                }
                assert_ne!(key_id(&old), Some(living.newest().id()));
                assert!(!lies_in(&files, &old));
            }
        }
    }
    assert_eq!(after.sealed(&format!("key/{ACCOUNT}/")).len(), 101);
    server.restart();
    let ended = records(&server);
    let ended = ended.iter().filter(|record| record["eventName"] == "TenantRootRotated");
    let places: Vec<_> = ended.map(|record| record["requestParameters"].clone()).collect();
    assert_eq!(places.len(), 3);
    assert!(places.contains(&json!({"accountId": ACCOUNT, "region": "us-east-1"})));
}

#[test]
fn one_region_is_rotated_alone() {
    let server = Server::start();
    let kms = server.client();
    let ciphertext = kms.encrypt(&kms.key(), "kept");
    operator(&server, &["rotate-tenant-root", ACCOUNT, "--region", "us-east-1"]);
    assert_eq!(kms.decrypt(&ciphertext), b"kept");
    let none =
        server.keycell(&["operator", "rotate-tenant-root", ACCOUNT, "--region", "eu-north-1"]);
    assert_refused(&none, "has no keys there");
    let none = server.keycell(&["operator", "rotate-tenant-root", "999999999999"]);
    assert_refused(&none, "there is no account 999999999999");
    let system = server.keycell(&["operator", "rotate-tenant-root", "000000000000"]);
    assert_refused(&system, "vouches for the trail");
    assert_eq!(status(&server)["work"], json!([]));
}

#[test]
fn requests_are_served_while_keys_are_rotated() {
    let server = Server::start();
    let kms = server.client();
    let key = kms.key();
    let first = kms.encrypt(&key, "first");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let kms = kms.in_region("us-east-1");
            let (key, first, is_over) = (&key, &first, &is_over);
            scope.spawn(move || {
                // Each call must succeed, and its record be there.
                while !is_over.load(Ordering::Relaxed) {
                    let own = kms.key();
                    let ciphertext = kms.encrypt(&own, "own");
                    assert_eq!(kms.decrypt(&ciphertext), b"own");
                    assert_eq!(kms.decrypt(first), b"first");
                    kms.encrypt(key, "more");
                }
            });
        }
        for _ in 0..3 {
            operator(&server, &["rotate-tenant-root", ACCOUNT]);
            operator(&server, &["rotate-domain-key"]);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(status(&server)["work"], json!([]));
}
