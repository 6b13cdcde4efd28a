//! The service with other people's software, as registries serve it, in environments that `make
//! test` makes below the target folder: the clients of the API, and what is built on them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::kit::{Launch, Server};

#[test]
fn boto3() {
    run("test_boto3.py");
}

/// IAM and STS.
#[test]
fn identities() {
    run("test_iam.py");
}

#[test]
fn aws_cli() {
    run("test_aws_cli.py");
}

/// The history of events, with the AWS CLI.
#[test]
fn cloudtrail() {
    run("test_cloudtrail.py");
}

/// Those of AWS's documents.
#[test]
fn examples() {
    run("test_examples.py");
}

#[test]
fn tink() {
    run("test_tink.py");
}

#[test]
fn encryption_sdk() {
    run("test_encryption_sdk.py");
}

#[test]
fn life_with_boto3() {
    live("client_boto3");
}

#[test]
fn life_with_the_aws_cli() {
    live("client_aws_cli");
}

#[test]
fn life_with_node() {
    live("client_node");
}

/// The same life, told once more in Rust: crate `aws-sdk-kms` has no call that takes the name of an
/// operation.
#[test]
fn life_with_rust() {
    // Cargo puts it beside the folder of its test binaries.
    let program = target().join("release/keycell-aws-sdk");
    assert!(program.exists(), "{} is not there: `make test` makes it", program.display());
    let (told, server) = finish(alone(&program));
    assert_eq!(told, "ok\n", "the server's log:\n{}", server.log());
}

/// Runs one file of `tests/sdk`.
fn run(file: &str) {
    unittest(file, alone(&python()));
}

/// Runs `test_life.py` with one of its clients.
fn live(client: &str) {
    // Node finds its modules beside the program.
    let node = target().join("node");
    let copied = fs::copy(sdk().join("peer.mjs"), node.join("peer.mjs"));
    copied.expect("target/node is there: `make test` makes it");
    let mut python = alone(&python());
    python.env("KEYCELL_CLIENT", client).env("KEYCELL_NODE", node);
    unittest("test_life.py", python);
}

fn unittest(file: &str, mut python: Command) {
    python.args(["-m", "unittest", file]).current_dir(sdk());
    let (told, _) = finish(python);
    // A run that found no test would succeed, too.
    assert!(told.contains("Ran ") && !told.contains("Ran 0 tests"), "{told}");
}

/// A program with nothing of this process's environment.
fn alone(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    command
}

/// Runs it against a server of its own, with the credentials that its first start has made. What it
/// says, if it succeeds.
fn finish(mut command: Command) -> (String, Server) {
    let server = Launch::default().start();
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", server.data())
        .env("KEYCELL_ENDPOINT", format!("http://{}", server.address()))
        .env("KEYCELL_PRINTED", server.stdout())
        .env("AWS_ENDPOINT_URL_KMS", format!("http://{}", server.address()))
        .env("AWS_SHARED_CREDENTIALS_FILE", server.data().join("root-credentials"))
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.output().expect("what it needs is there: `make test` makes it");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(output.status.success(), "{told}\nthe server's log:\n{}", server.log());
    (told, server)
}

fn sdk() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk")
}

/// The Python that has what `tests/*/requirements.txt` name.
pub(crate) fn python() -> PathBuf {
    target().join("python/bin/python")
}

/// The target folder: this program is `<target>/release/deps/<name>`.
pub(crate) fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a process knows its program");
    program.ancestors().nth(3).expect("it lies three folders deep").to_owned()
}
