//! The service with other people's software: boto3 and the AWS CLI as PyPI serves them, in an
//! environment that `make test` makes below the target folder.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::kit::Launch;

#[test]
fn boto3() {
    run("test_boto3.py");
}

#[test]
fn aws_cli() {
    run("test_aws_cli.py");
}

/// Runs one file of `tests/sdk` against a server of its own, with the credentials that its first
/// start has made, and with nothing of this process's environment.
fn run(file: &str) {
    let server = Launch::default().start();
    let output = Command::new(python())
        .args(["-m", "unittest", file])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", server.data())
        .env("KEYCELL_ENDPOINT", format!("http://{}", server.address()))
        .env("KEYCELL_PRINTED", server.stdout())
        .env("AWS_SHARED_CREDENTIALS_FILE", server.data().join("root-credentials"))
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("target/python is there: `make test` makes it");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\nthe server's log:\n{}", server.log());
    // A run that found no test would succeed, too.
    assert!(told.contains("Ran ") && !told.contains("Ran 0 tests"), "{told}");
}

/// The Python that has boto3 and the AWS CLI: this program is `<target>/release/deps/<name>`.
pub(crate) fn python() -> PathBuf {
    let program = std::env::current_exe().expect("a process knows its program");
    let target = program.ancestors().nth(3).expect("it lies three folders deep");
    target.join("python/bin/python")
}
