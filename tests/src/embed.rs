//! The baseline components elsewhere: the programs of `tests/embed`, each with other software. What
//! they need `make test` puts below the target folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::sdk::python;

#[test]
fn rust() {
    // Cargo puts it beside the folder of its test binaries.
    let program = target().join("release/keycell-embed");
    assert!(program.exists(), "{} is not there: `make test` makes it", program.display());
    run(Command::new(program).args([TENANT, ROOT]));
}

#[test]
fn python_with_wasmtime() {
    run(Command::new(python()).arg(source("embed.py")).args([TENANT, ROOT]));
}

#[test]
fn node_with_jco() {
    let folder = target().join("node");
    let node = folder.join("node");
    for (world, component) in [("tenant", TENANT), ("root", ROOT)] {
        let mut jco = Command::new(&node);
        jco.args(["node_modules/.bin/jco", "transpile", "--quiet", component]);
        jco.args(["--name", world, "--out-dir", world]);
        let output = output(jco.current_dir(&folder));
        assert!(output.1, "{}", output.0);
    }
    fs::copy(source("embed.mjs"), folder.join("embed.mjs")).expect("the target folder is writable");
    run(Command::new(&node).args(["embed.mjs", TENANT]).current_dir(&folder));
}

/// Each program says `ok` and nothing else when all is well.
#[track_caller]
fn run(command: &mut Command) {
    let (told, is_success) = output(command);
    assert!(is_success && told == "ok\n", "{command:?}: {told}");
}

/// All that a command says, and whether it succeeds.
#[track_caller]
fn output(command: &mut Command) -> (String, bool) {
    let output = command.env("NO_COLOR", "1").output();
    let output = output.unwrap_or_else(|error| {
        panic!("{command:?}: {error}: what it needs is made by `make test`")
    });
    let told = [output.stdout, output.stderr].concat();
    (String::from_utf8_lossy(&told).into_owned(), output.status.success())
}

fn source(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("embed").join(file)
}

/// The target folder: this program is `<target>/release/deps/<name>`.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a process knows its program");
    program.ancestors().nth(3).expect("it lies three folders deep").to_owned()
}

const TENANT: &str = concat!(env!("OUT_DIR"), "/baseline-tenant.wasm");
const ROOT: &str = concat!(env!("OUT_DIR"), "/baseline-root.wasm");
