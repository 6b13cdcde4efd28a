//! Accounts and their root credentials, from the first start on.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::{Value, json};

use crate::kit::{Client, Credentials, Launch, Output, Server};

mod first_start {
    use super::*;

    #[test]
    fn root_credentials_are_printed_once_and_kept_in_a_file() {
        let mut server = Launch::default().start();
        let printed = server.stdout();
        let account = account_of(&printed);
        let credentials = Credentials::from_exports(&account, &printed);
        assert_eq!(credentials.secret.len(), 40);
        assert!(credentials.access_key_id.starts_with("AKIA"));
        assert_eq!(in_file(&server), expected_file(&credentials));
        let key = server.client_of(credentials.clone()).key();
        assert!(key.arn.contains(&account), "{}", key.arn);
        server.restart();
        assert_eq!(server.stdout(), "");
        server.client_of(credentials).ok("DescribeKey", json!({"KeyId": key.arn}));
    }

    #[test]
    fn two_data_folders_have_nothing_in_common() {
        let (one, two) = (Launch::default().start(), Launch::default().start());
        let (one, two) = (one.stdout(), two.stdout());
        let all = one.lines().zip(two.lines());
        all.for_each(|(one, two)| assert_ne!(one, two));
    }

    #[test]
    fn given_credentials_are_not_printed() {
        let server = Server::start();
        assert_eq!(server.stdout(), "");
        let Credentials { account, secret, .. } = Credentials::preset();
        assert!(!server.log().contains(&secret));
        assert!(server.log().contains(&account));
        assert_eq!(in_file(&server), expected_file(&Credentials::preset()));
        server.client().ok("ListKeys", json!({}));
    }

    #[test]
    fn an_account_id_alone_may_be_given() {
        let server = Launch::default().environment("KEYCELL_ACCOUNT_ID", "123456789012").start();
        let credentials = Credentials::from_exports("123456789012", &server.stdout());
        let key = server.client_of(credentials).key();
        assert!(key.arn.contains(":123456789012:"), "{}", key.arn);
    }

    #[test]
    fn given_credentials_may_lie_in_files() {
        let folder = crate::kit::Folder::new();
        let Credentials { account, access_key_id, secret, .. } = Credentials::preset();
        let mut launch = Launch::default();
        for (name, value) in [
            ("KEYCELL_ACCOUNT_ID_FILE", account),
            ("KEYCELL_ROOT_ACCESS_KEY_ID_FILE", access_key_id),
            ("KEYCELL_ROOT_SECRET_ACCESS_KEY_FILE", secret),
        ] {
            let path = folder.0.join(name);
            fs::write(&path, format!("{value}\n")).expect("a file can be written");
            launch = launch.environment(name, path.to_str().expect("a text"));
        }
        let mut server = launch.start();
        server.client().ok("ListKeys", json!({}));
        server.restart();
        server.client().ok("ListKeys", json!({}));
    }

    #[test]
    fn it_is_recorded_with_who_started_the_server() {
        let server = Server::start();
        let [record] = server.trail.all().try_into().expect("one record");
        assert_operator(&record, "CreateAccount");
        let account = Credentials::preset().account;
        assert_eq!(record["requestParameters"], json!({"accountId": account}));
        let access_key_id = Credentials::preset().access_key_id;
        assert_eq!(record["responseElements"], json!({"accessKeyId": access_key_id}));
        assert!(!record.to_string().contains(&Credentials::preset().secret));
    }
}

mod presets {
    use super::*;

    #[test]
    fn the_same_ones_are_fine_and_need_not_be_given_again() {
        let mut server = Server::start();
        server.restart();
        server.restart_with(Launch::default());
        server.client().ok("ListKeys", json!({}));
    }

    #[test]
    fn others_than_those_stored_are_an_error() {
        let mut server = Server::start();
        for (name, value) in [
            ("KEYCELL_ACCOUNT_ID", "999999999999"),
            ("KEYCELL_ROOT_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLF"),
            ("KEYCELL_ROOT_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ"),
        ] {
            let output = server.fail_to_start(Launch::preset().environment(name, value));
            assert_eq!(output.code, Some(1), "{output:?}");
            let why = "is not the one that is stored in this data folder";
            assert!(output.stderr.contains(why), "{output:?}");
            assert!(!output.stderr.contains("listening") && !output.stderr.contains(value));
        }
        server.restart();
        server.client().ok("ListKeys", json!({}));
    }

    #[test]
    fn half_or_malformed_ones_are_an_error_and_make_nothing() {
        let mut server = Server::start();
        let only = |name: &str, value: &str| Launch::default().environment(name, value);
        let preset = |name: &str, value: &str| Launch::preset().environment(name, value);
        for launch in [
            only("KEYCELL_ROOT_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            only("KEYCELL_ROOT_SECRET_ACCESS_KEY", &Credentials::preset().secret),
            only("KEYCELL_ACCOUNT_ID", "12345678901"),
            only("KEYCELL_ACCOUNT_ID_FILE", "/nonexistent"),
            preset("KEYCELL_ROOT_ACCESS_KEY_ID", "short"),
            preset("KEYCELL_ROOT_ACCESS_KEY_ID", "AKIA/OSFODNN7EXAMPLE"),
            preset("KEYCELL_ROOT_SECRET_ACCESS_KEY", "short"),
            preset("KEYCELL_ROOT_SECRET_ACCESS_KEY", "a secret with spaces in it"),
            preset("KEYCELL_ACCOUNT_ID_FILE", "/dev/null"),
        ] {
            let output = server.fail_to_start(launch);
            assert_eq!(output.code, Some(1), "{output:?}");
        }
        assert_eq!(server.trail.all().len(), 1);
    }
}

mod commands {
    use super::*;

    #[test]
    fn an_account_is_made_while_the_server_runs() {
        let server = Server::start();
        let credentials = server.create_account(SECOND);
        let key = server.client_of(credentials.clone()).key();
        assert!(key.arn.contains(SECOND), "{}", key.arn);
        assert_made(&server, &credentials);
    }

    #[test]
    fn an_account_is_made_while_no_server_runs() {
        let mut server = Server::start();
        assert!(server.terminate().success());
        let credentials = server.create_account(SECOND);
        assert_made(&server, &credentials);
        server.restart();
        server.client_of(credentials).ok("ListKeys", json!({}));
        server.client().ok("ListKeys", json!({}));
    }

    #[test]
    fn an_account_is_made_after_a_crash_has_left_a_socket_behind() {
        let mut server = Server::start();
        server.kill();
        assert!(server.data().join("control.sock").exists());
        let credentials = server.create_account(SECOND);
        server.restart();
        server.client_of(credentials).ok("ListKeys", json!({}));
        server.create_account("333333333333");
    }

    #[test]
    fn an_account_is_made_once() {
        let mut server = Server::start();
        server.create_account(SECOND);
        for runs in [true, false] {
            if !runs {
                server.kill();
            }
            let before = server.trail.all().len();
            let output = server.keycell(&["account", "create", SECOND]);
            assert_refused(&output, "exists already");
            let records = server.trail.all();
            assert_eq!(records.len(), before + 1, "a refused command is in the trail, too");
            let record = records.last().expect("there are some");
            assert_operator(record, "CreateAccount");
            assert!(record["errorCode"].is_string(), "{record}");
        }
    }

    #[test]
    fn the_account_of_the_service_itself_is_nobodys() {
        let server = Server::start();
        let output = server.keycell(&["account", "create", "000000000000"]);
        assert_refused(&output, "account 000000000000 is the service itself");
        let records = server.trail.all();
        assert_operator(&records[1], "CreateAccount");
        assert_eq!(records[1]["errorCode"], "ValidationException");
    }

    #[test]
    fn an_id_has_twelve_digits() {
        let server = Server::start();
        for id in ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２"]
        {
            let output = server.keycell(&["account", "create", id]);
            assert_eq!(output.code, Some(2), "{output:?}");
        }
    }

    #[test]
    fn accounts_are_listed_whether_the_server_runs_or_not() {
        let mut server = Server::start();
        let second = server.create_account(SECOND);
        let Credentials { account, access_key_id, .. } = Credentials::preset();
        let expected = format!("{account}\t{access_key_id}\n{SECOND}\t{}\n", second.access_key_id);
        assert_eq!(server.keycell(&["account", "list"]).stdout, expected);
        assert!(server.terminate().success());
        assert_eq!(server.keycell(&["account", "list"]).stdout, expected);
        let records = server.trail.all();
        let listed: Vec<_> =
            records.iter().filter(|record| record["eventName"] == "ListAccounts").collect();
        assert_eq!(listed.len(), 2);
        listed.iter().for_each(|record| assert_operator(record, "ListAccounts"));
        assert_eq!(listed[0]["readOnly"], true);
    }

    #[test]
    fn reset_root_ends_the_old_key_at_once_and_gives_a_new_one() {
        let mut server = Server::start();
        let (first, second) = (Credentials::preset(), server.create_account(SECOND));
        let old = server.client();
        let ciphertext = old.encrypt(&old.key(), "kept");
        let new = reset_root(&server, &first.account);
        assert_ended(&old);
        assert_eq!(server.client_of(new.clone()).decrypt(&ciphertext), b"kept");
        assert_eq!(in_file(&server), expected_file(&new));
        server.client_of(second).ok("ListKeys", json!({}));
        let record = server
            .trail
            .all()
            .into_iter()
            .rfind(|record| record["eventName"] == "ResetRootCredentials");
        let record = record.expect("it is recorded");
        assert_operator(&record, "ResetRootCredentials");
        assert_eq!(record["responseElements"], json!({"accessKeyId": new.access_key_id}));
        assert!(!record.to_string().contains(&new.secret));
        server.restart_with(Launch::default());
        assert_ended(&server.client());
        server.client_of(new).ok("ListKeys", json!({}));
        // What was preset is no longer what is stored.
        assert_eq!(server.fail_to_start(Launch::preset()).code, Some(1));
    }

    #[test]
    fn reset_root_works_while_no_server_runs() {
        let mut server = Server::start();
        assert!(server.terminate().success());
        let new = reset_root(&server, &Credentials::preset().account);
        assert_eq!(in_file(&server), expected_file(&new));
        server.restart_with(Launch::default());
        assert_ended(&server.client());
        server.client_of(new).ok("ListKeys", json!({}));
    }

    #[test]
    fn reset_root_of_another_account_leaves_the_file_alone() {
        let server = Server::start();
        let old = server.create_account(SECOND);
        let new = reset_root(&server, SECOND);
        assert_ended(&server.client_of(old));
        server.client_of(new).ok("ListKeys", json!({}));
        assert_eq!(in_file(&server), expected_file(&Credentials::preset()));
        server.client().ok("ListKeys", json!({}));
    }

    #[test]
    fn reset_root_needs_an_account() {
        let server = Server::start();
        let output = server.keycell(&["account", "reset-root", SECOND]);
        assert_refused(&output, &format!("there is no account {SECOND}"));
        let records = server.trail.all();
        assert_operator(&records[1], "ResetRootCredentials");
        assert_eq!(records[1]["errorCode"], "ValidationException");
    }

    #[test]
    fn the_trail_is_told_on_standard_output() {
        let server = Server::start();
        server.client().key();
        let output = server.keycell(&["trail", "tail", "-n", "1"]);
        let record: Value = serde_json::from_str(&output.stdout).expect("one record");
        assert_eq!(record, server.trail.all().pop().expect("there are some"));
        assert_eq!(record["eventName"], "CreateKey");
    }
}

#[test]
fn nobody_else_may_read_the_data() {
    let server = Server::start();
    server.client().key();
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&server.data()), 0o700);
    let mut seen = Vec::new();
    let mut folders = vec![server.data()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            assert_eq!(mode(&path) & 0o077, 0, "{} is open to others", path.display());
            seen.push(path.file_name().expect("a name").to_string_lossy().into_owned());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    for name in ["root-credentials", "unseal.key", "keycell.redb", "control.sock", "trail"] {
        assert!(seen.iter().any(|seen| seen == name), "{name} is not among {seen:?}");
    }
    assert_eq!(mode(&server.data().join("root-credentials")), 0o600);
    assert_eq!(mode(&server.data().join("unseal.key")), 0o600);
    assert_eq!(mode(&server.data().join("control.sock")), 0o600);
}

const SECOND: &str = "222222222222";

#[track_caller]
fn reset_root(server: &Server, account: &str) -> Credentials {
    let output = server.keycell(&["account", "reset-root", account]);
    assert_eq!(output.code, Some(0), "{output:?}");
    Credentials::from_exports(account, &output.stdout)
}

/// The access key of this client is none any more.
#[track_caller]
fn assert_ended(client: &Client) {
    let refusal = client.send(&client.signed("ListKeys", "{}")).outcome();
    assert_eq!(refusal.expect_err("it has ended").code, "UnrecognizedClientException");
}

/// An account was made, by whoever runs the tests, and its secret told to nobody else.
#[track_caller]
fn assert_made(server: &Server, credentials: &Credentials) {
    let records = server.trail.all();
    let made = json!({"accessKeyId": credentials.access_key_id});
    let record = records.iter().find(|record| record["responseElements"] == made);
    let record = record.expect("it is recorded");
    assert_operator(record, "CreateAccount");
    assert_eq!(record["requestParameters"], json!({"accountId": credentials.account}));
    assert!(!record.to_string().contains(&credentials.secret));
    assert_eq!(in_file(server), expected_file(&Credentials::preset()));
}

#[track_caller]
fn assert_operator(record: &Value, name: &str) {
    let uid = rustix::process::geteuid().as_raw();
    assert_eq!(record["eventName"], name);
    assert_eq!(record["userIdentity"], json!({"type": "Operator", "uid": uid}));
    assert_eq!(record["eventSource"], "keycell");
    assert_eq!(record["sourceIPAddress"], "operator");
}

#[track_caller]
fn assert_refused(output: &Output, why: &str) {
    assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""), "{output:?}");
    assert!(output.stderr.contains(why), "{output:?}");
}

fn in_file(server: &Server) -> String {
    fs::read_to_string(server.data().join("root-credentials")).expect("it is there")
}

/// As the AWS CLI reads it.
fn expected_file(credentials: &Credentials) -> String {
    let Credentials { access_key_id, secret, .. } = credentials;
    format!("[default]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret}\n")
}

/// The account that the comment above the exports names.
fn account_of(printed: &str) -> String {
    let (_, rest) = printed.split_once("# root credentials of account ").expect("a comment");
    rest.chars().take_while(char::is_ascii_digit).collect()
}
