//! What of the requests and answers of a test is secret.

use std::collections::{BTreeMap, BTreeSet};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use keycell::{
    services::{APIS, Descriptor},
    wire::member::{Kind, Shape},
};
use serde_json::Value;

use crate::kit::{Exchange, Xml};

/// What was found.
#[derive(Default)]
pub(super) struct Secrets {
    /// Their names, and what they say.
    pub(super) all: Vec<(String, Vec<u8>)>,
    /// What is told on purpose, though it is part of some secret as well.
    pub(super) public: BTreeSet<Vec<u8>>,
    /// The operations that were called, with the statuses of the answers.
    pub(super) called: BTreeMap<String, BTreeSet<u16>>,
    /// The secret members that were given, of some length, to operations.
    pub(super) given: BTreeSet<String>,
}

impl Secrets {
    pub(super) fn add(&mut self, name: &str, secret: &[u8]) {
        self.all.push((name.to_owned(), secret.to_vec()));
    }

    /// Whatever is secret in a request and its answer.
    pub(super) fn take(&mut self, exchange: &Exchange) {
        let Exchange { request, status, body } = exchange;
        for (name, value) in &request.headers {
            match name.to_ascii_lowercase().as_str() {
                "authorization" => {
                    let signature = value.split("Signature=").nth(1).unwrap_or(value);
                    self.add("a signature of a request", signature.as_bytes());
                }
                "x-amz-security-token" => self.add_text("a session token", value),
                _ => {}
            }
        }
        for name in ["X-Amz-Signature=", "X-Amz-Security-Token="] {
            let value = request.target.split(name).nth(1).and_then(|rest| rest.split('&').next());
            value.into_iter().for_each(|value| self.add_text(name, value));
        }
        match request.header("X-Amz-Target") {
            Some(target) => {
                let operation = target.rsplit('.').next().unwrap_or_default();
                let sent = serde_json::from_slice(&request.body).unwrap_or_default();
                let is_kms = target.starts_with("TrentService.");
                let service = if is_kms { "kms" } else { "cloudtrail" };
                self.take_request(service, operation, *status, &sent);
                let told: Value = serde_json::from_slice(body).unwrap_or_default();
                self.take_answer(&told, *status);
            }
            None => {
                let form = form(&request.body);
                let text = |name: &str| form[name].as_str().unwrap_or_default().to_owned();
                let service = if text("Version") == "2010-05-08" { "iam" } else { "sts" };
                self.take_request(service, &text("Action"), *status, &form);
                let body = String::from_utf8(body.clone()).expect("XML is text");
                // What is refused before it is read has no body.
                if body.starts_with('<') {
                    self.take_xml(&Xml::parse(&body));
                }
            }
        }
    }

    fn take_request(&mut self, service: &str, operation: &str, status: u16, sent: &Value) {
        let Some(descriptor) = descriptor(service, operation) else { return };
        let path = format!("{service}:{operation}");
        self.called.entry(path.clone()).or_default().insert(status);
        for (name, shape) in descriptor.members {
            self.take_member(&format!("{path}.{name}"), name, shape, &sent[*name]);
        }
    }

    fn take_member(&mut self, path: &str, name: &str, shape: &Shape, value: &Value) {
        if is_secret(name, shape) {
            let texts = texts(value);
            if texts.iter().any(|text| text.len() >= LONG) {
                self.given.insert(path.to_owned());
            }
            texts.iter().for_each(|text| self.add_text(path, text));
        } else if let Kind::Structure(members) = shape.kind {
            for (name, shape) in members {
                self.take_member(&format!("{path}.{name}"), name, shape, &value[*name]);
            }
        } else if PUBLIC.contains(&name) {
            texts(value).into_iter().for_each(|text| self.publish(text));
        }
    }

    fn take_answer(&mut self, told: &Value, status: u16) {
        match told {
            Value::Object(members) => {
                for (name, value) in members {
                    if TOLD.contains(&name.as_str()) {
                        texts(value).iter().for_each(|text| self.add_text(name, text));
                    } else if status == 200 && PUBLIC.contains(&name.as_str()) {
                        texts(value).into_iter().for_each(|text| self.publish(text));
                    } else {
                        self.take_answer(value, status);
                    }
                }
            }
            Value::Array(entries) => {
                entries.iter().for_each(|entry| self.take_answer(entry, status));
            }
            _ => {}
        }
    }

    fn take_xml(&mut self, told: &Xml) {
        if TOLD.contains(&told.name.as_str()) {
            self.add_text(&told.name, &told.text);
        }
        told.children.iter().for_each(|child| self.take_xml(child));
    }

    /// A text, and the bytes that it stands for.
    fn add_text(&mut self, name: &str, text: &str) {
        self.add(name, text.as_bytes());
        for engine in [&STANDARD, &URL_SAFE_NO_PAD] {
            engine.decode(text).into_iter().for_each(|bytes| self.add(name, &bytes));
        }
    }

    /// A text that everybody may see, and the bytes that it stands for.
    fn publish(&mut self, text: String) {
        let digits: Vec<_> =
            text.bytes().filter_map(|byte| char::from(byte).to_digit(16)).collect();
        if digits.len() == text.len() && text.len().is_multiple_of(2) {
            let pairs = digits.chunks_exact(2);
            let bytes = pairs.map(|pair| u8::try_from(pair[0] << 4 | pair[1]).expect("a byte"));
            self.public.insert(bytes.collect());
        }
        // A grant's token has random bytes behind the key's id, and one of them may be a quote.
        self.public.insert(format!("\"{text}\"").into_bytes());
    }
}

/// All secret members of all operations.
pub(super) fn secret_members() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for api in APIS {
        for operation in api.operations {
            let members = operation.members.iter().filter(|(name, shape)| is_secret(name, shape));
            let path = |name: &str| format!("{}:{}.{name}", api.signing_name, operation.name);
            all.extend(members.map(|(name, _)| path(name)));
        }
    }
    all
}

/// Blobs are never recorded, and nor is what the model calls sensitive.
///
/// Source: KMS developer guide, "Logging AWS KMS API calls with AWS CloudTrail".
fn is_secret(name: &str, shape: &Shape) -> bool {
    shape.sensitive || matches!(shape.kind, Kind::Blob(_)) || GIVEN.contains(&name)
}

fn descriptor(service: &str, operation: &str) -> Option<&'static Descriptor> {
    APIS.iter().find(|api| api.signing_name == service)?.operation(operation)
}

/// All texts in a value, whatever its type.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(entries) => entries.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// The parameters of a form.
fn form(body: &[u8]) -> Value {
    let pair = |pair: &[u8]| {
        let text = String::from_utf8_lossy(pair).into_owned();
        let (name, value) = text.split_once('=').unwrap_or((&text, ""));
        (name.to_owned(), Value::from(value))
    };
    Value::Object(body.split(|byte| *byte == b'&').map(pair).collect())
}

/// Texts of requests that are no blobs, and that no model calls sensitive.
const GIVEN: &[&str] = &["GrantToken", "GrantTokens", "TokenCode"];

/// What answers tell and nothing else does. That these are all is shown by the models.
pub(super) const TOLD: &[&str] = &[
    "CiphertextBlob",
    "CiphertextForRecipient",
    "GrantToken",
    "ImportToken",
    "Mac",
    "Plaintext",
    "PrivateKeyCiphertextBlob",
    "PrivateKeyPlaintext",
    "PublicKey",
    "SecretAccessKey",
    "SessionToken",
    "SharedSecret",
    "SharedSecretCiphertextBlob",
    "Signature",
];

/// What records tell and secrets contain: a ciphertext its material, a token its key and grant.
const PUBLIC: &[&str] = &[
    "AWSAccountId",
    "Arn",
    "CurrentKeyMaterialId",
    "DestinationKeyId",
    "DestinationKeyMaterialId",
    "GrantId",
    "KeyArn",
    "KeyId",
    "KeyMaterialId",
    "SourceKeyId",
    "SourceKeyMaterialId",
];

/// Characters of a secret of which any part can be found.
const LONG: usize = 24;
