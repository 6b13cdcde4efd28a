//! Accounts that are erased: nothing is left that opens.

use keycell_core::sealed::Purpose;
use serde_json::json;

use super::{
    assert_refused, names, records,
    store::{Store, candidates, contexts, files, lies_in, open_domain},
};
use crate::kit::{Server, allow};

const VICTIM: &str = "222222222222";
const OF_AN_ACCOUNT: [&str; 11] = [
    "iam",
    "root",
    "key",
    "alias",
    "key-alias",
    "usage",
    "account",
    "grant",
    "grantee",
    "grant-name",
    "grant-count",
];

#[test]
fn of_an_erased_account_nothing_is_left_that_a_living_key_opens() {
    let mut server = Server::start();
    let survivor = server.client();
    let kept = survivor.encrypt(&survivor.key(), "kept");
    let credentials = server.create_account(VICTIM);
    let victim = server.client_of(credentials.clone());
    for client in [&victim, &victim.in_region("eu-west-1")] {
        for _ in 0..40 {
            client.alias(&client.key());
        }
    }
    victim.encrypt(&victim.key(), "used");
    victim.user_with(json!([allow("kms:*")]));
    let key = victim.key();
    let grant = json!({
        "KeyId": key.id,
        "Name": "of-the-victim",
        "GranteePrincipal": "arn:aws:iam::111122223333:root",
        "RetiringPrincipal": "arn:aws:iam::111122223333:root",
        "Operations": ["Decrypt"],
    });
    victim.ok("CreateGrant", grant);
    // Old versions of records lie in freed pages.
    let key = victim.key();
    victim.ok("DisableKey", json!({"KeyId": key.id}));
    server.terminate();
    let before = Store::read(&server);
    assert_eq!(before.sealed(&format!("root/{VICTIM}/")).len(), 3);
    assert_eq!(before.behind(&format!("usage/{VICTIM}")).len(), 1);
    assert!(opening(&server, &before) > 0, "the search finds what is there");

    server.restart();
    let wrong = server.keycell(&["account", "erase", VICTIM, "--yes-erase", "111122223333"]);
    assert_refused(&wrong, "the account id was not confirmed");
    let typed = server.keycell_reading(&["account", "erase", VICTIM], &["no"]);
    assert_refused(&typed, "the account id was not confirmed");
    let typed = server.keycell_reading(&["account", "erase", VICTIM], &[VICTIM]);
    assert_eq!((typed.code, &*typed.stdout), (Some(0), "account 222222222222 is erased\n"));
    let victim = server.client_of(credentials);
    let refusal = victim.send(&victim.signed("ListKeys", "{}")).outcome().expect_err("it is gone");
    assert_eq!(refusal.code, "UnrecognizedClientException");
    assert_eq!(server.client().decrypt(&kept), b"kept");
    server.terminate();

    let after = Store::read(&server);
    for prefix in OF_AN_ACCOUNT {
        assert_eq!(after.behind(&format!("{prefix}/{VICTIM}")), []);
    }
    for prefix in ["access-key/", "material/", "retiring/"] {
        let all = after.behind(prefix);
        assert!(all.iter().all(|(_, record)| record["account"] != VICTIM), "{prefix}");
    }
    assert_eq!(opening(&server, &after), 0, "a living key opens something of the account");
    let files = files(&server.data());
    let old = before.sealed(&format!("root/{VICTIM}/"));
    let old = old.into_iter().chain(before.sealed(&format!("key/{VICTIM}/")));
    for sealed in old.chain([before.sealed_domain().to_vec()]) {
        assert!(!lies_in(&files, &sealed), "old sealed bytes lie in the data folder");
    }
    server.restart();
    assert_eq!(server.client().decrypt(&kept), b"kept");
    assert_names(&server);
    // The id is free again, and whoever gets it starts from nothing.
    let again = server.client_of(server.create_account(VICTIM));
    assert_eq!(again.ok("ListKeys", json!({}))["Keys"], json!([]));
}

/// How many of all bytes in the data folder open as a root of the account: under the living domain
/// keys, or under domain keys that the unseal key opens and that lie around somewhere.
fn opening(server: &Server, store: &Store) -> usize {
    let candidates = candidates(&files(&server.data()));
    let domains = candidates.iter().filter_map(|bytes| open_domain(&store.unseal, bytes));
    let domains: Vec<_> = domains.collect();
    assert!(!domains.is_empty(), "the living domain keys are found, at least");
    let mut found = 0;
    for context in contexts(VICTIM) {
        for blob in &candidates {
            let opens = domains
                .iter()
                .chain([&store.domain])
                .any(|domain| domain.open(Purpose::TenantRoot, &context, blob).is_ok());
            found += usize::from(opens);
        }
    }
    found
}

#[track_caller]
fn assert_names(server: &Server) {
    let expected =
        ["CreateAccount", "CreateAccount", "EraseAccount refused", "EraseAccount", "AccountErased"];
    assert_eq!(names(server), expected);
    let records = records(server);
    let record = records.iter().find(|record| record["eventName"] == "EraseAccount");
    let record = record.expect("it is recorded");
    assert_eq!(record["requestParameters"], json!({"accountId": VICTIM}));
}

#[test]
fn an_account_is_erased_while_no_server_runs() {
    let mut server = Server::start();
    server.create_account(VICTIM);
    server.terminate();
    let output = server.keycell(&["account", "erase", VICTIM, "--yes-erase", VICTIM]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(Store::read(&server).behind(&format!("root/{VICTIM}/")), []);
    server.restart();
    server.client().key();
    assert_eq!(names(&server).last().map(String::as_str), Some("AccountErased"));
}

#[test]
fn the_service_itself_and_what_is_not_there_are_not_erased() {
    let server = Server::start();
    for (id, why) in [("000000000000", "the service itself"), (VICTIM, "there is no account")] {
        let output = server.keycell(&["account", "erase", id, "--yes-erase", id]);
        assert_refused(&output, why);
    }
}

#[test]
fn an_erasure_that_is_killed_in_the_middle_goes_on() {
    let mut server = Server::start();
    let survivor = server.client();
    let kept = survivor.encrypt(&survivor.key(), "kept");
    let victim = server.client_of(server.create_account(VICTIM));
    (0..300).for_each(|_| drop(victim.key()));
    let begun = server.trail.all().len();
    let mut command = server.begin(&["account", "erase", VICTIM, "--yes-erase", VICTIM]);
    // Until it has begun; it may even have ended by then.
    while server.trail.all().len() == begun
        && command.try_wait().expect("it can be asked").is_none()
    {}
    server.kill();
    command.wait().expect("it ends with the server");
    server.restart();
    let refusal = victim_of(&server, &victim).expect_err("it is closed");
    assert!(["KMSInternalException", "UnrecognizedClientException"].contains(&&*refusal));
    for _ in 0..5_000 {
        if names(&server).last().is_some_and(|name| name == "AccountErased") {
            break;
        }
    }
    assert_eq!(names(&server).last().map(String::as_str), Some("AccountErased"));
    assert_eq!(server.client().decrypt(&kept), b"kept");
    server.terminate();
    let store = Store::read(&server);
    assert_eq!(store.behind(&format!("key/{VICTIM}/")), []);
    assert_eq!(opening(&server, &store), 0);
}

fn victim_of(server: &Server, victim: &crate::kit::Client) -> Result<(), String> {
    let victim = server.client_of(victim.credentials.clone());
    let outcome = victim.send(&victim.signed("ListKeys", "{}")).outcome();
    outcome.map(|_| ()).map_err(|refusal| refusal.code)
}
