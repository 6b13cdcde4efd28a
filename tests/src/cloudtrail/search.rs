//! `keycell trail search`, while the server runs and when it has stopped.

use serde_json::{Value, json};

use crate::kit::{Output, Server, allow, run_keycell};

/// The records that a search prints.
#[track_caller]
fn found(server: &Server, words: &[&str]) -> Vec<Value> {
    let output = search(server, &[words, &["--json"]].concat());
    let lines = output.stdout.lines();
    lines.map(|line| serde_json::from_str(line).expect("a record is JSON")).collect()
}

#[track_caller]
fn search(server: &Server, words: &[&str]) -> Output {
    let output = server.keycell(&[&["trail", "search"], words].concat());
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output:?}");
    output
}

#[test]
fn records_are_found_by_all_that_is_asked_for_whether_the_server_runs_or_not() {
    let mut server = Server::start();
    let kms = server.client();
    let (key, user) = (kms.key(), kms.user_with(json!([allow("kms:Encrypt")])));
    let alias = kms.alias(&key);
    let input = |name: &str| json!({"KeyId": name, "Plaintext": "AA=="});
    let (_, by_id) = user.client.call_recorded("Encrypt", input(&key.id));
    let (_, by_alias) = kms.call_recorded("Encrypt", input(&alias));
    let (_, denied) = user.client.call_recorded("DisableKey", json!({"KeyId": key.arn}));
    let id = user.client.credentials.access_key_id.clone();
    let account = kms.credentials.account.clone();
    let check = |server: &Server| {
        let encrypt = ["--event", "Encrypt", "--key"];
        for name in [&key.id, &key.arn] {
            let both = found(server, &[&encrypt[..], &[name]].concat());
            assert_eq!(both, [by_alias.clone(), by_id.clone()], "the newest is the first");
        }
        let aliased = found(server, &[&encrypt[..], &[&alias]].concat());
        assert_eq!(aliased, std::slice::from_ref(&by_alias));
        let his = found(server, &["--user", &user.name]);
        assert_eq!(his, [denied.clone(), by_id.clone()]);
        assert_eq!(found(server, &["--access-key", &id]), his);
        let refused = found(server, &["--access-key", &id, "--errors"]);
        assert_eq!(refused, std::slice::from_ref(&denied));
        let words = ["--account", &account, "--region", "us-east-1", "--since", "1h"];
        assert_eq!(found(server, &[&words[..], &["--user", &user.name]].concat()), his);
        assert_eq!(found(server, &["--user", &user.name, "--limit", "1"]), his[..1]);
        assert!(found(server, &["--until", "1h"]).is_empty());
        assert!(found(server, &["--region", "eu-west-1"]).is_empty());
        for record in found(server, &["--user", "operator"]) {
            assert_eq!(record["userIdentity"]["type"], "Operator", "{record}");
        }
        let all = found(server, &["--limit", "1000000"]);
        let mut times: Vec<_> = all.iter().map(|one| one["eventTime"].to_string()).collect();
        times.reverse();
        assert!(times.is_sorted(), "{times:?}");
        assert_eq!(all.len(), server.trail.all().len());
    };
    check(&server);
    let line = search(&server, &["--user", &user.name, "--limit", "1"]).stdout;
    let time = denied["eventTime"].as_str().expect("a text");
    let columns = [time, &account, "us-east-1", "DisableKey", &user.name, "-", "AccessDenied"];
    assert_eq!(line.trim_end(), columns.join("  "));
    server.terminate();
    check(&server);
}

#[test]
fn a_folder_without_a_trail_is_told() {
    let output = run_keycell(&["trail", "search", "--data", "nowhere"]);
    assert_eq!(output.code, Some(1));
    assert_eq!(output.stderr, "keycell: there is no trail: nowhere/trail\n");
    let output = run_keycell(&["trail", "search", "--since", "yesterday"]);
    assert_eq!(output.code, Some(2), "{output:?}");
}
