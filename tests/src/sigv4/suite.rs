//! AWS's own test suite, out of the package that ships it.

use std::path::{Path, PathBuf};
use std::process::Command;

use keycell::sigv4::Code::InvalidSignature;
use keycell::sigv4::Policy;

use super::kit::*;

#[test]
fn every_case_of_the_signing_test_suite_is_verified() {
    let folder = suite();
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .expect("the suite is a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    let skipped = |name: &String| SKIPPED.iter().any(|(skipped, _)| skipped == name);
    let (skipped, run): (Vec<_>, Vec<_>) = names.into_iter().partition(skipped);
    for name in &run {
        verify_case(&folder.join(name), "header");
        verify_case(&folder.join(name), "query");
    }
    assert_eq!((skipped.len(), run.len()), (SKIPPED.len(), 32));
}

fn verify_case(case: &Path, form: &str) {
    let read = |name: &str| std::fs::read_to_string(case.join(name)).expect(name);
    let context: serde_json::Value = serde_json::from_str(&read("context.json")).expect("JSON");
    let text = |pointer: &str| context.pointer(pointer).and_then(|v| v.as_str()).expect(pointer);
    let setting = Setting {
        now: text("/timestamp"),
        service: text("/service"),
        secret: text("/credentials/secret_access_key"),
        // The suite's key id, AKIDEXAMPLE, is shorter than IAM's are.
        policy: Policy { shortest_access_key_id: 11, ..Policy::KMS },
    };
    let request = Request::parse(&read(&format!("{form}-signed-request.txt")));
    let name = format!("{} {form}", case.display());
    if case.ends_with("post-sts-header-after") {
        // Its point is a session token that is not signed, which this service does not take.
        return assert!(setting.outcome(&request).is_err(), "{name}");
    }
    let presented = request.in_parts(|head| {
        let presented = setting.present(head).map_err(|refusal| refusal.message().to_owned())?;
        let canonical = presented.canonical_request(&request.body);
        Ok::<_, String>((canonical, presented.string_to_sign(&request.body)))
    });
    let (canonical, string_to_sign) = presented.expect(&name);
    let expected = |file: &str| read(&format!("{form}-{file}.txt")).into_bytes();
    assert_eq!(canonical, expected("canonical-request"), "{name}");
    assert_eq!(string_to_sign, expected("string-to-sign"), "{name}");
    setting.outcome(&request).map_err(|refusal| refusal.message().to_owned()).expect(&name);

    let other_body = request.clone().body(&[request.body.as_slice(), b"!"].concat());
    let other_header = request.clone().set("Host", "example.amazonaws.con");
    for tampered in [other_body, other_header, request.flip_signature()] {
        let refusal = setting.outcome(&tampered).expect_err(&name);
        assert_eq!((refusal.code(), refusal.message()), (InvalidSignature, MISMATCH), "{name}");
    }
}

/// The folder of the suite inside the source of the package `aws-sigv4`.
fn suite() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        // Offline only the packages of this platform are sure to be there.
        .arg("--filter-platform=host-tuple")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata.pointer("/packages").and_then(|value| value.as_array());
    let mut packages = packages.expect("packages").iter();
    let package =
        packages.find(|package| package.pointer("/name").is_some_and(|n| n == "aws-sigv4"));
    let manifest = package.and_then(|package| package.pointer("/manifest_path")?.as_str());
    Path::new(manifest.expect("aws-sigv4 is a dependency")).with_file_name(SUITE)
}

const SUITE: &str = "aws-signing-test-suite/v4";

/// The cases that do not run, and why.
const SKIPPED: [(&str, &str); 8] = [
    ("double-encode-path", "no context, and the date signed is not that of the request"),
    ("double-url-encode", "no context, and the date signed is not that of the request"),
    ("get-relative-relative-unnormalized", "only S3 leaves the path as it is"),
    ("get-relative-unnormalized", "only S3 leaves the path as it is"),
    ("get-slash-dot-slash-unnormalized", "only S3 leaves the path as it is"),
    ("get-slash-pointless-dot-unnormalized", "only S3 leaves the path as it is"),
    ("get-slash-unnormalized", "only S3 leaves the path as it is"),
    ("get-slashes-unnormalized", "only S3 leaves the path as it is"),
];
