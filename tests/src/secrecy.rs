//! No secret in any record, nor in any line of the log: every operation is called and every command
//! of operators run, well and badly, and whatever went in and came out is looked for.

mod kms;
mod needles;
mod operators;
mod query;
mod secrets;

use std::{fs, path::PathBuf, sync::Arc};

use keycell::services::APIS;
use serde_json::json;

use crate::{
    cloudtrail,
    conformance::Model,
    kit::{Client, Credentials, Launch, Tap, share},
};
use needles::{Needles, forms};
use secrets::{Secrets, TOLD, secret_members};

#[test]
fn no_secret_is_in_any_record_or_in_any_line_of_the_log() {
    let mut secrets = Secrets::default();
    let kms = start(&mut secrets);
    let tap = kms.tap.clone().expect("it has one");
    kms::call_everything(&kms, &mut secrets);
    query::call_everything(&kms, &mut secrets);
    look_events_up(&kms);
    let server = kms.server();
    let log = operators::do_everything(server, &mut secrets);
    tap.take().iter().for_each(|exchange| secrets.take(exchange));
    assert_all_called(&secrets);

    let mut texts = vec![("the log of commands".to_owned(), log)];
    texts.push(("the log".to_owned(), server.log().into_bytes()));
    texts.push(("standard output".to_owned(), server.stdout().into_bytes()));
    let folder = server.data().join("trail");
    texts.extend(files(&folder).into_iter().map(|path| {
        let text = fs::read(&path).expect("a file can be read");
        (path.display().to_string(), text)
    }));
    let needles = secrets.all.iter().map(|(name, secret)| (name.as_str(), secret.as_slice()));
    let needles = Needles::new(needles, secrets.public.iter().map(Vec::as_slice));
    let mut found = Vec::new();
    for (place, text) in &texts {
        for line in text.split(|byte| *byte == b'\n') {
            found.extend(
                needles.find(line).map(|(name, around)| format!("{name} in {place}: {around}")),
            );
        }
    }
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));
    assert_can_fail(&needles, &secrets, &texts);
}

#[test]
fn what_answers_tell_in_secret_is_what_the_models_say() {
    for api in APIS {
        let model = Model::of_botocore(api.signing_name);
        for operation in api.operations {
            for name in model.secret_outputs(operation.name) {
                // The public halves of the trail's own keys are for everybody.
                let is_public = operation.name == "ListPublicKeys" && name == "Value";
                assert!(is_public || TOLD.contains(&&*name), "{}: {name}", operation.name);
            }
        }
    }
}

/// A server that logs all that it can, and a client of its first account.
fn start(secrets: &mut Secrets) -> Client {
    let credential = "store/secret/nobody/shall/see+0123456789";
    secrets.add("a credential of the store", credential.as_bytes());
    let launch = Launch::preset().config(DELIVERY).environment("KEYCELL_LOG", "trace");
    let server = launch.environment("KEYCELL_STORE_SECRET_ACCESS_KEY", credential).start();
    secrets.add("a secret of an access key", Credentials::preset().secret.as_bytes());
    let mut kms = share(server);
    secrets.add("a secret of an access key", kms.stranger().credentials.secret.as_bytes());
    kms.tap = Some(Arc::new(Tap::default()));
    kms
}

/// CloudTrail's operations, of which none has a secret but in what is looked up.
fn look_events_up(kms: &Client) {
    let nobody = kms.new_user().client;
    for example in cloudtrail::EXAMPLES {
        let input = (example.input)(kms);
        kms.cloudtrail().call(example.operation, input.clone()).expect("an example succeeds");
        let _ = nobody.cloudtrail().call(example.operation, input);
    }
    for member in ["AttributeValue", "NextToken"] {
        let attributes = json!([{"AttributeKey": "EventName", "AttributeValue": {"a": member}}]);
        let input = json!({"LookupAttributes": attributes, "NextToken": member});
        let _ = kms.cloudtrail().call("LookupEvents", input);
    }
}

/// Every operation was served and refused, and every secret member given.
fn assert_all_called(secrets: &Secrets) {
    for api in APIS {
        for operation in api.operations {
            let path = format!("{}:{}", api.signing_name, operation.name);
            let statuses = secrets.called.get(&path);
            let statuses = statuses.unwrap_or_else(|| panic!("{path} was not called"));
            // There are no passwords.
            let has_nothing = path.ends_with("LoginProfile");
            assert!(has_nothing || statuses.contains(&200), "{path} was never served");
            let is_free = ["sts:GetCallerIdentity"].contains(&&*path);
            assert!(is_free || statuses.len() > 1, "{path} was never refused: {statuses:?}");
        }
    }
    let missing: Vec<_> = secret_members().difference(&secrets.given).cloned().collect();
    assert!(missing.is_empty(), "secrets that were not given: {missing:?}");
}

/// What is put into the texts is found there, and so is what records do tell.
fn assert_can_fail(needles: &Needles, secrets: &Secrets, texts: &[(String, Vec<u8>)]) {
    let segment = texts.iter().find(|(place, _)| place.ends_with(".jsonl"));
    let (_, record) = segment.expect("there is a segment");
    let record = record.split(|byte| *byte == b'\n').next().expect("it has a line");
    for kind in ["Plaintext", "SecretAccessKey", "SessionToken", "GrantToken", "the unseal key"] {
        let is_long = |(name, secret): &&(String, Vec<u8>)| name == kind && secret.len() >= 32;
        let (_, secret) = secrets.all.iter().find(is_long).expect("there is one");
        for form in forms(secret) {
            let planted = [&record[..40], &form[form.len() / 2 - 10..], &record[40..]].concat();
            assert!(needles.find(&planted).is_some(), "{kind} is not found");
        }
    }
    // The encryption context of the examples, and who has called.
    for told in ["purpose\":\"example", &Credentials::preset().access_key_id] {
        let told = [("told", told.as_bytes())].into_iter();
        let control = Needles::new(told, [].into_iter());
        let is_found = |(_, text): &(String, Vec<u8>)| control.find(text).is_some();
        assert!(texts.iter().any(is_found), "it should be in a record");
    }
    assert!(texts[1].1.len() > 10_000, "the log is at level trace");
}

/// To where nobody listens, so that what fails is told in the log.
const DELIVERY: &str = "[trail.delivery]\nurl = \"s3://audit/keycell\"\nlog_seconds = 1\n\
    [trail.delivery.options]\nendpoint = \"http://127.0.0.1:9\"\nallow_http = \"true\"\n\
    region = \"us-east-1\"\naccess_key_id = \"AKIAIOSFODNN7EXAMPLE\"\n";

/// All files below a folder.
fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
