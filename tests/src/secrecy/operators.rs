//! What operators do, all of it, and what they are told that nobody else is.

use std::{collections::BTreeSet, fs};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::secrets::Secrets;
use crate::kit::{Folder, Output, Server, run_keycell};

/// Calls everything. Returns what the commands wrote to their standard error.
pub(super) fn do_everything(server: &Server, secrets: &mut Secrets) -> Vec<u8> {
    let mut desk = Desk { server, secrets, called: BTreeSet::new(), log: Vec::new() };
    let file = fs::read(server.data().join("unseal.key")).expect("the unseal key");
    desk.secrets.add("the unseal key", &file);
    desk.look_after_accounts();
    desk.rotate();
    let first = desk.hand_over();
    let second = desk.rekey(&first);
    desk.seal_and_unseal(&first, &second);
    for group in ["account", "operator"] {
        let all = commands(group);
        let missing: Vec<_> = all.difference(&desk.called).collect();
        assert!(missing.is_empty(), "commands that were not called: {missing:?}");
    }
    desk.log
}

struct Desk<'a> {
    server: &'a Server,
    secrets: &'a mut Secrets,
    /// `account create`
    called: BTreeSet<String>,
    log: Vec<u8>,
}

impl Desk<'_> {
    /// Runs a command with lines on standard input. All that it tells its operator is secret, if
    /// it looks like a secret.
    fn run(&mut self, arguments: &[&str], lines: &[String]) -> Output {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let output = self.server.keycell_reading(arguments, &lines);
        self.note(arguments, &output);
        output
    }

    fn note(&mut self, arguments: &[&str], output: &Output) {
        self.called.insert(arguments[..2].join(" "));
        self.log.extend(output.stderr.as_bytes());
        for line in output.stdout.lines() {
            if let Some((_, secret)) = line.split_once("SECRET_ACCESS_KEY=") {
                self.secrets.add("a secret of an access key", secret.as_bytes());
            }
            self.hide(line);
        }
    }

    /// A share, a parcel or a private key in one line of text.
    fn hide(&mut self, line: &str) {
        let kinds = ["keycell-share-", "keycell-parcel-", "keycell-operator-secret-"];
        for kind in kinds {
            if let Some(text) = line.trim().strip_prefix(kind) {
                self.secrets.add(kind, text.as_bytes());
                let bytes = URL_SAFE_NO_PAD.decode(text).expect("it is base64");
                self.secrets.add(kind, &bytes);
            }
        }
    }

    #[track_caller]
    fn ok(&mut self, arguments: &[&str], lines: &[String]) -> Vec<String> {
        let output = self.run(arguments, lines);
        assert_eq!(output.code, Some(0), "{arguments:?}: {output:?}");
        output.stdout.lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn refused(&mut self, arguments: &[&str], lines: &[String]) {
        let output = self.run(arguments, lines);
        assert_eq!(output.code, Some(1), "{arguments:?}: {output:?}");
    }

    fn look_after_accounts(&mut self) {
        let id = "777788889999";
        self.ok(&["account", "create", id], &[]);
        self.refused(&["account", "create", id], &[]);
        self.ok(&["account", "reset-root", id], &[]);
        self.ok(&["account", "list"], &[]);
        self.ok(&["account", "seal", id], &[]);
        self.ok(&["account", "unseal", id], &[]);
        self.refused(&["account", "erase", id, "--yes-erase", "777788889998"], &[]);
        self.ok(&["account", "erase", id, "--yes-erase", id], &[]);
    }

    fn rotate(&mut self) {
        self.ok(&["operator", "status"], &[]);
        self.ok(&["operator", "isolates", "--json"], &[]);
        self.idle();
        self.ok(&["operator", "rotate-domain-key"], &[]);
        self.idle();
        self.ok(&["operator", "rotate-tenant-root", "111122223333"], &[]);
        self.idle();
    }

    /// Waits until nothing is being rotated or erased.
    fn idle(&mut self) {
        self.server.client().wait_for(|| {
            let status = self.server.keycell(&["operator", "status", "--json"]);
            let status: serde_json::Value = serde_json::from_str(&status.stdout).expect("JSON");
            status["work"].as_array().is_some_and(Vec::is_empty)
        });
    }

    /// To operators who have key pairs of their own. Returns their shares.
    fn hand_over(&mut self) -> Vec<String> {
        let folder = Folder::new();
        let path = |name: &str| folder.0.join(name).to_str().expect("a text").to_owned();
        let [one, two, out] = ["one", "two", "out"].map(path);
        for key in [&one, &two] {
            self.apart(&["operator", "make-key", key]);
            let private = fs::read_to_string(key).expect("it was written");
            self.hide(&private);
        }
        let (first, second) = (format!("{one}.pub"), format!("{two}.pub"));
        let division = ["--shares", "2", "--threshold", "2", "--operator-key", &first];
        let rest = ["--operator-key", &second, "--out", &out];
        self.ok(&[&["operator", "init"], &division[..], &rest].concat(), &[]);
        let shares = [(&one, 1), (&two, 2)].map(|(key, number)| {
            let parcel = format!("{out}/share-{number}.parcel");
            self.hide(&fs::read_to_string(&parcel).expect("it was written"));
            let opened = self.apart(&["operator", "decrypt-share", "--key", key, &parcel]);
            opened.trim().to_owned()
        });
        self.refused(&["operator", "confirm"], &[shares[0].clone(), shares[0].clone()]);
        self.ok(&["operator", "confirm"], &shares);
        shares.into()
    }

    /// A command that has nothing to do with the data folder.
    #[track_caller]
    fn apart(&mut self, arguments: &[&str]) -> String {
        let output = run_keycell(arguments);
        assert_eq!(output.code, Some(0), "{arguments:?}: {output:?}");
        self.note(arguments, &output);
        output.stdout
    }

    fn rekey(&mut self, shares: &[String]) -> Vec<String> {
        let arguments = ["operator", "rekey", "--shares", "3", "--threshold", "2"];
        self.refused(&arguments, &shares[..1]);
        self.refused(&arguments, &["keycell-share-bm8gc2hhcmUgYXQgYWxsLCBvZiBub2JvZHk".to_owned()]);
        self.ok(&arguments, shares)
    }

    fn seal_and_unseal(&mut self, old: &[String], new: &[String]) {
        self.ok(&["operator", "seal"], &[]);
        self.refused(&["operator", "unseal"], old);
        let mut wrong = new[0].clone();
        wrong.replace_range(40..44, "AAAA");
        self.refused(&["operator", "unseal"], &[wrong]);
        self.refused(&["operator", "unseal"], &[format!("share: {}", new[0])]);
        self.ok(&["operator", "unseal"], &new[1..]);
    }
}

/// The commands of a group, as its help lists them.
fn commands(group: &str) -> BTreeSet<String> {
    let help = run_keycell(&[group, "--help"]).stdout;
    let (_, list) = help.split_once("Commands:\n").expect("it lists the commands");
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    let names = names.filter(|name| *name != "help");
    let names: BTreeSet<_> = names.map(|name| format!("{group} {name}")).collect();
    assert!(names.len() > 5, "{help}");
    names
}
