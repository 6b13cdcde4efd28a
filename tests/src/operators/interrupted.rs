//! Rotations that a crash comes into the middle of: they go on.

use serde_json::{Value, json};

use super::{names, status, store};
use crate::kit::{Client, Key, Server};

#[test]
fn a_rotation_that_is_killed_in_the_middle_goes_on() {
    let mut server = Server::start();
    let kms = server.client();
    let keys: Vec<_> = (0..300).map(|_| kms.key()).collect();
    let ciphertexts: Vec<_> = keys.iter().map(|key| kms.encrypt(key, &key.id)).collect();
    let mut unfinished = 0;
    for round in 0..8 {
        let arguments: &[&str] = match round % 2 {
            0 => &["operator", "rotate-tenant-root", "111122223333"],
            _ => &["operator", "rotate-domain-key"],
        };
        let begun = server.trail.all().len();
        let mut command = server.begin(arguments);
        // Until it has begun; it may even have ended by then.
        while server.trail.all().len() == begun
            && command.try_wait().expect("it can be asked").is_none()
        {}
        // Each round ends a little later than the one before, as told by answers.
        let kms = server.client();
        for _ in 0..3 * round {
            kms.encrypt(&keys[0], "a while");
        }
        server.kill();
        command.wait().expect("it ends with the server");
        let records = store::records(&server);
        unfinished += usize::from(records.iter().any(|(key, _)| key.starts_with("work/")));
        server.restart();
        check(&server.client(), &keys, &ciphertexts);
    }
    assert!(unfinished > 0, "no rotation was interrupted");
    wait_until_all_is_done(&server);
    check(&server.client(), &keys, &ciphertexts);
    let names = names(&server);
    let count = |name: &str| names.iter().filter(|own| *own == name).count();
    assert_eq!(count("DomainKeyRotated"), count("RotateDomainKey"));
    // Each time the Region's root and that of the access keys.
    assert_eq!(count("TenantRootRotated"), 2 * count("RotateTenantRoot"));
    server.terminate();
    let store = store::Store::read(&server);
    assert_eq!(store.domain.all().len(), 1);
    assert_eq!(store.roots("111122223333", "us-east-1").all().len(), 1);
}

#[track_caller]
fn wait_until_all_is_done(server: &Server) {
    for _ in 0..5_000 {
        if status(server)["work"] == json!([]) {
            return;
        }
    }
    panic!("the work does not end: {}", status(server)["work"]);
}

/// Everything decrypts, whatever is rotated at the moment.
#[track_caller]
fn check(kms: &Client, keys: &[Key], ciphertexts: &[String]) {
    for (key, ciphertext) in keys.iter().zip(ciphertexts) {
        let output: Value = kms.ok("Decrypt", json!({"CiphertextBlob": ciphertext}));
        assert_eq!(output["Plaintext"], crate::kit::encode(&key.id));
    }
}
