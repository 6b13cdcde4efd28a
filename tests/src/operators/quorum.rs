//! From a file to operators, and from some operators to others.

use std::fs;

use serde_json::json;

use super::{
    assert_refused, assert_sealed, health, init, lines, names, operator, operator_reading, status,
    store::{files, lies_in},
    unseal,
};
use crate::kit::{Folder, Launch, Server, run_keycell};

#[test]
fn the_whole_life_of_a_quorum() {
    let mut server = Server::start();
    let kms = server.client();
    let ciphertext = kms.encrypt(&kms.key(), "kept");
    let file = fs::read(server.data().join("unseal.key")).expect("the file seal");
    assert_eq!(status(&server)["shares"], 0);

    let shares = init(&server, 5, 3);
    assert_eq!(shares.len(), 5);
    assert!(!server.data().join("unseal.key").exists());
    assert!(!lies_in(&files(&server.data()), &file), "the unseal key lies somewhere");
    assert_eq!(server.client().decrypt(&ciphertext), b"kept");

    server.restart();
    assert!(server.log().contains("the service is sealed"), "{}", server.log());
    assert_sealed(&server, "sealed: 0 of 3 shares have come");
    bring_shares_right_and_wrong(&server, &shares);
    assert_eq!(health(&server).0, 200);
    assert_eq!(server.client().decrypt(&ciphertext), b"kept");

    // Others hold it from now on: the old shares are of no use.
    let arguments = ["rekey", "--shares", "3", "--threshold", "2"];
    assert_refused(&operator_reading(&server, &arguments, &shares[..2]), "3 shares are needed");
    let output = operator_reading(&server, &arguments, &shares[1..4]);
    assert_eq!(output.code, Some(0), "{output:?}");
    let others = lines(&output.stdout);
    assert_eq!(operator(&server, &["seal"]), "the service is sealed: 2 of 3 shares unseal it\n");
    assert_sealed(&server, "sealed: 0 of 2 shares have come");
    for runs in [true, false] {
        if !runs {
            server.restart();
        }
        let output = operator_reading(&server, &["unseal"], &shares[..3]);
        assert_refused(&output, "the share belongs to another unseal key");
        unseal(&server, &others[1..]);
        assert_eq!(server.client().decrypt(&ciphertext), b"kept");
        if runs {
            operator(&server, &["seal"]);
        }
    }
    assert_names(&server);
}

/// Several operators come one after the other, and not all of them bring the right share.
#[track_caller]
fn bring_shares_right_and_wrong(server: &Server, shares: &[String]) {
    let stranger = Launch::default().start();
    let foreign = init(&stranger, 2, 2);
    let bring = |share: &str| operator_reading(server, &["unseal"], &[share.to_owned()]);
    let output = bring(&shares[4]);
    assert_eq!((output.code, &*output.stdout), (Some(0), "1 of 3 shares have come\n"));
    assert_refused(&bring(&shares[4]), "the share has come already");
    assert_refused(&bring(&foreign[0]), "the share belongs to another unseal key");
    let mut typo = shares[0].clone().into_bytes();
    let at = typo.len() - 20;
    typo[at] = if typo[at] == b'A' { b'B' } else { b'A' };
    let typo = String::from_utf8(typo).expect("text");
    assert_refused(&bring(&typo), "the share was copied wrongly");
    assert_refused(&bring("my share"), "this is no share");
    assert_sealed(server, "sealed: 1 of 3 shares have come");
    let status = status(server);
    assert_eq!((&status["sealed"], &status["gathered"]), (&json!(true), &json!(1)));
    // The third comes from a file.
    let output = bring(&shares[0]);
    assert_eq!((output.code, &*output.stdout), (Some(0), "2 of 3 shares have come\n"));
    let folder = Folder::new();
    let path = folder.0.join("share");
    fs::write(&path, &shares[2]).expect("a file can be written");
    let path = path.to_str().expect("a text");
    assert_eq!(operator(server, &["unseal", "--share-file", path]), "the service is unsealed\n");
}

/// What was done while the service was sealed is in the trail, in its order, before what followed.
#[track_caller]
fn assert_names(server: &Server) {
    let expected = [
        "CreateAccount",
        "InitialiseOperators",
        "ConfirmOperators",
        "UnsealService",
        "UnsealService refused",
        "UnsealService refused",
        "UnsealService refused",
        "UnsealService",
        "UnsealService",
        "RekeyOperators refused",
        "RekeyOperators",
        "ConfirmOperators",
        "SealService",
        "UnsealService refused",
        "UnsealService",
        "UnsealService",
        "SealService",
        "UnsealService refused",
        "UnsealService",
        "UnsealService",
    ];
    assert_eq!(names(server), expected);
    let records = super::records(server);
    let unsealed = records.iter().filter(|record| record["eventName"] == "UnsealService");
    let told: Vec<_> = unsealed.map(|record| record["responseElements"].clone()).collect();
    assert_eq!(told[0], json!({"shares": 1, "threshold": 3, "unsealed": false}));
    assert!(told.contains(&json!({"shares": 3, "threshold": 3, "unsealed": true})));
    assert!(!server.log().contains("tampered"), "{}", server.log());
}

#[test]
fn operators_with_keys_of_their_own_prove_a_quorum_before_the_file_goes() {
    let mut server = Server::start();
    let folder = Folder::new();
    let path = |name: &str| folder.0.join(name).to_str().expect("a text").to_owned();
    let mut arguments = vec!["init", "--shares", "3", "--threshold", "2"];
    let keys: Vec<_> = ["a", "b", "c"].map(|name| (path(name), path(name) + ".pub")).into();
    for (private, public) in &keys {
        assert_eq!(run_keycell(&["operator", "make-key", private]).code, Some(0));
        arguments.extend(["--operator-key", public]);
    }
    let out = path("parcels");
    arguments.extend(["--out", &out]);
    let told = operator(&server, &arguments);
    assert_eq!(told.lines().count(), 3, "{told}");
    assert_eq!(status(&server)["unconfirmed"], true);

    // Nothing has changed yet: a crash now leaves the file in charge.
    server.kill();
    server.restart();
    assert_eq!(health(&server).0, 200);
    let open = |number: usize, key: &str| {
        let parcel = format!("{out}/share-{number}.parcel");
        run_keycell(&["operator", "decrypt-share", "--key", key, &parcel])
    };
    assert_refused(&open(1, &keys[1].0), "for another key, or damaged");
    let shares: Vec<_> = keys.iter().zip(1..).map(|((key, _), at)| open(at, key).stdout).collect();
    let shares: Vec<_> = shares.iter().map(|share| share.trim().to_owned()).collect();
    let output = operator_reading(&server, &["confirm"], &shares[..1]);
    assert_refused(&output, "2 shares are needed, and there are 1");
    assert!(server.data().join("unseal.key").exists());
    let output = operator_reading(&server, &["confirm"], &shares[1..]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(!server.data().join("unseal.key").exists());
    assert_eq!(status(&server)["unconfirmed"], false);
    server.kill();
    server.restart();
    assert_sealed(&server, "sealed: 0 of 2 shares have come");
    unseal(&server, &shares[..2]);
    server.client().key();
}

#[test]
fn a_crash_before_the_file_is_gone_is_made_up_for() {
    let mut server = Server::start();
    let path = server.data().join("unseal.key");
    let file = fs::read(&path).expect("the file seal");
    let shares = init(&server, 2, 2);
    // As if the process had ended between the commit and the removal: the note of it is made anew.
    server.kill();
    fs::write(&path, file).expect("it can be written");
    let note = path.to_str().expect("a text").as_bytes().to_vec();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        use keycell::storage::{Change, Options, Storage};
        let store = server.data().join("keycell.redb");
        let storage = Storage::open(&store, Options::default()).expect("nobody else has it");
        storage.commit(vec![Change::create("seal/obsolete", note)]).await.expect("it commits");
    });
    server.restart();
    assert!(!path.exists());
    assert_sealed(&server, "sealed: 0 of 2 shares have come");
    unseal(&server, &shares);
}

#[test]
fn numbers_out_of_range_are_refused_and_change_nothing() {
    let server = Server::start();
    for (shares, threshold) in [("1", "1"), ("3", "1"), ("33", "2"), ("0", "0"), ("x", "2")] {
        let arguments = ["operator", "init", "--shares", shares, "--threshold", threshold];
        assert_eq!(server.keycell(&arguments).code, Some(2));
    }
    let output = server.keycell(&["operator", "init", "--shares", "2", "--threshold", "3"]);
    assert_refused(&output, "the threshold is higher");
    let arguments = ["rekey", "--shares", "3", "--threshold", "2"];
    let output = operator_reading(&server, &arguments, &[]);
    assert_refused(&output, "use `keycell operator init`");
    init(&server, 3, 2);
    assert_refused(&operator_reading(&server, &arguments, &[]), "2 shares are needed");
    let output = server.keycell(&["operator", "init", "--shares", "3", "--threshold", "2"]);
    assert_refused(&output, "use `keycell operator rekey`");
    let output = operator_reading(&server, &["confirm"], &[]);
    assert_refused(&output, "no new operators");
}

#[test]
fn a_file_seals_and_unseals_too() {
    let mut server = Server::start();
    operator(&server, &["seal"]);
    assert_sealed(&server, "sealed");
    assert_refused(&server.keycell(&["operator", "seal"]), "sealed already");
    assert_refused(&server.keycell(&["operator", "rotate-domain-key"]), "the service is sealed");
    assert_refused(&server.keycell(&["account", "create", "222222222222"]), "is sealed");
    assert_eq!(server.keycell(&["account", "list"]).code, Some(0));
    operator(&server, &["unseal"]);
    server.client().key();
    operator(&server, &["seal"]);
    server.restart();
    server.client().key();
    let expected = [
        "CreateAccount",
        "SealService",
        "SealService refused",
        "RotateDomainKey refused",
        "CreateAccount refused",
        "ListAccounts",
        "UnsealService",
        "SealService",
    ];
    assert_eq!(names(&server), expected);
}

#[test]
fn commands_need_a_server_that_runs() {
    let mut server = Server::start();
    server.kill();
    for arguments in [&["status"][..], &["seal"], &["unseal"], &["rotate-domain-key"]] {
        let output = server.keycell(&[&["operator"], arguments].concat());
        assert_refused(&output, "no server runs on");
    }
}
