//! Key material is in the memory of isolates and nowhere else: the whole process is read, by its
//! addresses from outside, and so is its core file.
//!
//! What is looked for is computed natively from the data folder: unseal key, domain keys, tenant
//! roots, material, what is extracted of each, and round keys of messages. Named exceptions, which
//! are no key material and so not looked for: plaintexts on their way, secrets of access keys
//! that the environment presets, and the bounded cache of SigV4 signing keys.

mod aes;
mod families;
mod holder;
mod material;
mod patterns;
mod plan;
mod process;

use std::{fs, io::Write, ops::Range, thread};

use rustix::process::{Pid, Resource, Rlimit, geteuid, prlimit};
use serde_json::{Value, json};

use crate::kit::{Key, Launch, Server, decode, encode};

use material::Material;
use patterns::Patterns;
use process::{Process, Scan};

#[test]
fn in_use_material_is_in_isolate_memory_only() {
    for level in levels() {
        let used = Used::at(level, "");
        let scan = used.scan(&used.patterns);
        assert!(scan.elsewhere.is_empty(), "at level {level}: {}", scan.summary());
        match level {
            // Not even root reads secret memory.
            "secret" => assert!(scan.inside.is_empty(), "{}", scan.summary()),
            // The scan finds what is there.
            _ => {
                let found = |name: &str| scan.inside.iter().any(|hit| hit.secret.starts_with(name));
                for name in ["domain key", "root of", "material of"] {
                    assert!(found(name), "at level {level} no {name} was found");
                }
            }
        }
    }
}

#[test]
fn isolate_memory_is_kept_as_its_level_says() {
    for level in levels() {
        let used = Used::at(level, "");
        let process = Process(used.server.id());
        for isolate in used.isolates() {
            assert_eq!(isolate["memory"], level);
            assert!(isolate["residentBytes"].as_u64().expect("a number") > 0);
            for range in ranges(&[isolate]) {
                let flags = process.flags(range.start);
                let has = |flag: &str| flags.iter().any(|known| known == flag);
                assert!(has("dd") && has("dc"), "{flags:?}");
                assert_eq!(has("lo"), level != "off", "{flags:?}");
            }
        }
    }
}

#[test]
fn after_eviction_nothing_is_left() {
    for level in levels() {
        let used = Used::at(level, "tenants = 2\n");
        let gone = used.material.tenants[&(used.account(), HOME.to_owned())].clone();
        let kms = used.server.client();
        for region in ["us-west-2", "eu-west-2", "eu-west-3", "eu-north-1", "sa-east-1"] {
            let elsewhere = kms.in_region(region);
            elsewhere.encrypt(&elsewhere.key(), "x");
        }
        let regions: Vec<_> =
            used.isolates().iter().map(|isolate| isolate["region"].clone()).collect();
        assert!(!regions.contains(&json!(HOME)), "{regions:?}");
        let scan = used.scan(&gone);
        let is_gone = scan.inside.is_empty() && scan.elsewhere.is_empty();
        assert!(is_gone, "at level {level}: {}", scan.summary());
        // It comes back when it is needed.
        assert_eq!(kms.decrypt(&used.ciphertext), b"known");
    }
}

#[test]
fn after_sealing_nothing_is_left() {
    for level in levels() {
        let used = Used::at(level, "");
        let sealed = used.server.keycell(&["operator", "seal"]);
        assert_eq!(sealed.code, Some(0), "{sealed:?}");
        // The server is asked where isolate memory is: none is that could open anything.
        let scan = used.scan(&used.patterns);
        let is_gone = scan.inside.is_empty() && scan.elsewhere.is_empty();
        assert!(is_gone, "at level {level}: {}", scan.summary());
        let unsealed = used.server.keycell(&["operator", "unseal"]);
        assert_eq!(unsealed.code, Some(0), "{unsealed:?}");
        assert_eq!(used.server.client().decrypt(&used.ciphertext), b"known");
    }
}

#[test]
fn a_core_file_holds_no_material() {
    for level in levels() {
        let mut used =
            Used::with(Launch::preset().environment("KEYCELL_TEST_DUMPABLE", "1"), level, "");
        let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").expect("Linux has it");
        if pattern.starts_with(['|', '/']) {
            // The mappings' flags are still tested above.
            say(&format!("skipped: core files go elsewhere: {}", pattern.trim()));
            return;
        }
        let process = Pid::from_raw(i32::try_from(used.server.id()).expect("an id"));
        let unlimited = Rlimit { current: None, maximum: None };
        if let Err(error) = prlimit(process, Resource::Core, unlimited) {
            say(&format!("skipped: the size of core files is limited: {error}"));
            return;
        }
        assert!(!used.server.crash().success());
        let core = core_file(&used.server);
        // It is a core file of this process: what is no secret is there.
        let key = used.key.id.as_bytes();
        assert!(core.windows(key.len()).any(|window| window == key));
        assert_eq!(used.patterns.finder().find(&core), [], "at level {level}");
    }
}

#[test]
fn without_the_tests_switch_no_core_file_is_written() {
    let server = Server::start();
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id())).expect("it runs");
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    let core: Vec<_> = core.expect("a limit").split_ascii_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"]);
    let unset = Launch::preset().environment("KEYCELL_TEST_DUMPABLE", "0").start();
    assert!(!unset.log().contains("may be dumped"));
}

#[test]
fn a_level_that_is_asked_for_by_name_is_had_or_refused() {
    let mut server = Launch::preset().config("memory = \"locked\"\n").start();
    assert!(server.log().contains("at level locked"), "{}", server.log());
    let output = server.fail_to_start(Launch::preset().environment("KEYCELL_MEMORY", "best"));
    assert!(output.stderr.contains("no memory level: 'best'"), "{output:?}");
    server.restart_with(Launch::preset().environment("KEYCELL_MEMORY", "off"));
    assert!(server.log().contains("at level off"), "the environment goes before the file");
}

/// A server whose keys are known and have been used since its start.
struct Used {
    server: Server,
    material: Material,
    /// All secrets.
    patterns: Patterns,
    key: Key,
    ciphertext: String,
}

impl Used {
    fn at(level: &str, config: &str) -> Self {
        let mut launch = Launch::preset();
        if !geteuid().is_root() {
            // Who is not root may look into a process only if it may be dumped.
            launch = launch.environment("KEYCELL_TEST_DUMPABLE", "1");
        }
        Self::with(launch, level, config)
    }

    fn with(launch: Launch, level: &str, config: &str) -> Self {
        let launch = launch.config(&format!("memory = \"{level}\"\n{config}"));
        let mut server = launch.start();
        let kms = server.client();
        let key = kms.key();
        kms.in_region("eu-central-1").key();
        let ciphertext = kms.encrypt(&key, "known");
        assert!(server.terminate().success(), "{}", server.log());
        let material = Material::open(&server.data());
        server.restart();
        let mut patterns = material.all();
        for ciphertext in use_from_all_sides(&server, &key, &ciphertext) {
            patterns.extend(material.message(&key.id, &decode(&json!(ciphertext))));
        }
        Self { server, material, patterns, key, ciphertext }
    }

    fn account(&self) -> String {
        self.server.client().credentials.account
    }

    /// What `keycell operator isolates` tells.
    fn isolates(&self) -> Vec<Value> {
        let output = self.server.keycell(&["operator", "isolates", "--json"]);
        assert_eq!(output.code, Some(0), "{output:?}");
        let isolates: Value = serde_json::from_str(&output.stdout).expect("JSON");
        isolates.as_array().expect("a list").clone()
    }

    fn scan(&self, patterns: &Patterns) -> Scan {
        let ranges = ranges(&self.isolates());
        Process(self.server.id()).scan(&patterns.finder(), &ranges)
    }
}

/// All operations with a key from several connections, so that all threads have had it; returns the
/// ciphertexts.
fn use_from_all_sides(server: &Server, key: &Key, known: &str) -> Vec<String> {
    let work = || {
        let kms = server.client();
        let mut made = Vec::new();
        for round in 0..20 {
            made.push(kms.encrypt(key, vec![7; 1 + 200 * round]));
            assert_eq!(kms.decrypt(known), b"known");
            let input = json!({"KeyId": key.arn, "KeySpec": "AES_256"});
            let data_key = kms.ok("GenerateDataKey", input);
            made.push(data_key["CiphertextBlob"].as_str().expect("a blob").to_owned());
            let input = json!({"CiphertextBlob": known, "DestinationKeyId": key.arn});
            let moved = kms.ok("ReEncrypt", input);
            made.push(moved["CiphertextBlob"].as_str().expect("a blob").to_owned());
        }
        kms.ok("GenerateRandom", json!({"NumberOfBytes": 1024}));
        let wrong = json!({"KeyId": key.arn, "CiphertextBlob": encode(vec![1; 200])});
        assert!(kms.call("Decrypt", wrong).is_err());
        made
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("it works")).collect()
    })
}

/// The levels that can be had here; `secret` needs a kernel with memfd_secret(2).
fn levels() -> Vec<&'static str> {
    let mut server =
        Launch::preset().config("memory = [\"secret\", \"locked\", \"off\"]\n").start();
    let log = server.log();
    server.kill();
    let all = [("secret", "at level secret"), ("locked", "at level locked"), ("off", "")];
    let refused = |level: &str| log.contains(&format!("cannot be kept at level {level}"));
    for (level, _) in all.iter().filter(|(level, _)| refused(level)) {
        say(&format!("skipped at level {level}: {log}"));
    }
    all.map(|(level, _)| level).into_iter().filter(|level| !refused(level)).collect()
}

fn ranges(isolates: &[Value]) -> Vec<Range<u64>> {
    let of = |isolate: &Value| isolate["ranges"].as_array().expect("a list").clone();
    let bound = |range: &Value, at: usize| range[at].as_u64().expect("an address");
    isolates.iter().flat_map(of).map(|range| bound(&range, 0)..bound(&range, 1)).collect()
}

/// `core` or `core.1234`.
fn core_file(server: &Server) -> Vec<u8> {
    let entries = fs::read_dir(server.folder()).expect("it is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_core = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"))
    };
    let path = paths.into_iter().find(is_core).expect("there is a core file");
    fs::read(path).expect("it can be read")
}

/// To the terminal, past the test harness.
fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "memory: {what}");
}

/// Where clients begin.
const HOME: &str = "us-east-1";
