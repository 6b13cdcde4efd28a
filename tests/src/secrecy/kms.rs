//! The operations of KMS, called well and badly by those who may and those who may not.

use keycell::{
    services::kms::{OPERATIONS, REFUSED},
    wire::member::Kind,
};
use serde_json::{Value, json};

use super::secrets::Secrets;
use crate::{
    kit::{Client, encode, with},
    operations::{EXAMPLES, Example},
};

/// Calls everything.
pub(super) fn call_everything(kms: &Client, secrets: &mut Secrets) {
    let callers = Callers::new(kms);
    for example in EXAMPLES {
        call(kms, &callers, example, secrets);
    }
    // More ways to give what is secret: a grant's token alone, and material.
    let token = grant_token(kms);
    refused_or_not(kms, "RetireGrant", json!({"GrantToken": token}));
    for bad in bad_values(&json!(grant_token(kms)), "RetireGrant.GrantToken", secrets) {
        refused_or_not(kms, "RetireGrant", json!({"GrantToken": bad}));
    }
    import(kms, secrets);
    for operation in REFUSED {
        let secret = text(secrets, operation.name);
        let credential =
            json!({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "RawSecretAccessKey": secret});
        let input = json!({
            "CustomKeyStoreName": "a store",
            "KeyStorePassword": secret,
            "XksProxyAuthenticationCredential": credential,
        });
        refused_or_not(kms, operation.name, input);
    }
}

/// Who calls besides the owner of the keys.
struct Callers {
    /// Somebody with temporary credentials, who may do everything.
    session: Client,
    /// Users who may do nothing.
    others: [Client; 2],
}

impl Callers {
    fn new(kms: &Client) -> Self {
        let role = kms.new_role();
        kms.put_role_policy(&role, json!([crate::kit::allow("*")]));
        let user = kms.user_with(json!([crate::kit::allow("sts:*")])).client;
        let session = user.assume(&role, "session", None);
        Self { session, others: [user, kms.stranger()] }
    }
}

fn call(kms: &Client, callers: &Callers, example: &Example, secrets: &mut Secrets) {
    let operation = example.operation;
    let input = input(kms, example, secrets);
    for member in ["DryRun"].into_iter().filter(|member| has(operation, member)) {
        refused_or_not(kms, operation, with(input.clone(), json!({member: true})));
    }
    for other in &callers.others {
        // What is about no key the stranger may do in his own account.
        let _ = other.call(operation, with(input.clone(), arn(kms, &input)));
    }
    for bad in bad_inputs(operation, &input, secrets) {
        refused_or_not(kms, operation, bad);
    }
    // No JSON: nobody knows who has sent it.
    let torn = input.to_string();
    kms.send(&kms.signed(operation, &torn[..torn.len() - 1]));
    let strange = kms.signed(operation, input.to_string());
    let wrong = format!("{}0", strange.header("Authorization").expect("it is signed"));
    kms.send(&strange.set("Authorization", &wrong));
    kms.ok(operation, input);
    let _ = callers.session.call(operation, self::input(kms, example, secrets));
}

/// An example with more and longer secrets in it.
fn input(kms: &Client, example: &Example, secrets: &mut Secrets) -> Value {
    let operation = example.operation;
    let mut input = (example.input)(kms);
    if has(operation, "GrantTokens") {
        input = with(input, json!({"GrantTokens": [grant_token(kms)]}));
    }
    match operation {
        "Encrypt" => with(input, json!({"Plaintext": encode(text(secrets, "Encrypt.Plaintext"))})),
        "Sign" | "GenerateMac" => {
            with(input, json!({"Message": encode(text(secrets, "a message"))}))
        }
        _ => input,
    }
}

/// The same key by its ARN, so that another account means it, too.
fn arn(kms: &Client, input: &Value) -> Value {
    match input["KeyId"].as_str() {
        Some(id) if !id.starts_with("arn:") && !id.starts_with("alias/") => {
            json!({"KeyId": kms.arn(&format!("key/{id}"))})
        }
        _ => json!({}),
    }
}

/// The input with something wrong about each of its secrets, and about its key.
fn bad_inputs(operation: &str, input: &Value, secrets: &mut Secrets) -> Vec<Value> {
    let descriptor = OPERATIONS.iter().find(|found| found.name == operation);
    let descriptor = descriptor.expect("an operation of that name");
    let mut all = Vec::new();
    for (name, shape) in descriptor.members {
        let path = format!("{operation}.{name}");
        let values = match shape.kind {
            Kind::Blob(_) => bad_values(&input[*name], &path, secrets),
            Kind::List(..) if *name == "GrantTokens" => {
                let token = &input[*name][0];
                let bad = bad_values(token, &path, secrets).into_iter();
                let lists = bad.flat_map(|bad| [json!([bad]), bad]);
                lists.chain([json!(vec![token; 11])]).collect()
            }
            _ => continue,
        };
        all.extend(values.into_iter().map(|value| with(input.clone(), json!({*name: value}))));
    }
    for name in descriptor.later {
        let document = encode(text(secrets, &format!("{operation}.{name}")));
        let value = json!({"AttestationDocument": document, "KeyEncryptionAlgorithm": document});
        all.push(with(input.clone(), json!({*name: value})));
    }
    if has(operation, "KeyId") {
        for id in ["nonsense", "alias/nonsense", "00000000-0000-4000-8000-000000000000", ""] {
            all.push(with(input.clone(), json!({"KeyId": id})));
        }
        all.push(with(input.clone(), json!({"KeyId": null})));
    }
    all
}

/// What a secret must not be: of another type, no base64, too long, too short, and another's.
fn bad_values(good: &Value, path: &str, secrets: &mut Secrets) -> Vec<Value> {
    let secret = text(secrets, path);
    let long = secret.repeat(9000 / secret.len() + 1);
    vec![
        json!({"a": good, "b": secret}),
        json!([good]),
        json!([[secret]]),
        json!(secret),
        json!(encode(&long)),
        json!(long),
        json!(encode(&secret)),
        json!(format!("{}\u{e9}", good.as_str().unwrap_or_default())),
        json!(7),
        json!(true),
        json!(""),
    ]
}

/// Material of several kinds, and the same again with something wrong.
fn import(kms: &Client, secrets: &mut Secrets) {
    let mut material = [0; 32];
    getrandom::fill(&mut material).expect("there is randomness");
    secrets.add("imported material", &material);
    let (key, parameters) = kms.imported_key(&material);
    let good = parameters.input(&key, &material);
    let mut other = [0; 32];
    getrandom::fill(&mut other).expect("there is randomness");
    secrets.add("other material", &other);
    refused_or_not(kms, "ImportKeyMaterial", parameters.input(&key, &other));
    refused_or_not(kms, "ImportKeyMaterial", parameters.input(&key, &[&other[..], b"x"].concat()));
    let unwrapped = json!({"EncryptedKeyMaterial": encode(material)});
    refused_or_not(kms, "ImportKeyMaterial", with(good, unwrapped));
}

/// Calls, whatever comes of it but for a fault of the service.
#[track_caller]
fn refused_or_not(kms: &Client, operation: &str, input: Value) {
    let shown = input.to_string();
    if let Err(refusal) = kms.call(operation, input) {
        assert_eq!(refusal.status, 400, "{operation} {shown}: {refusal:?}");
    }
}

fn grant_token(kms: &Client) -> String {
    let principal = format!("arn:aws:iam::{}:root", kms.credentials.account);
    let input = json!({
        "KeyId": kms.key().id, "GranteePrincipal": principal, "RetiringPrincipal": principal,
        "Operations": ["DescribeKey"],
    });
    kms.ok("CreateGrant", input)["GrantToken"].as_str().expect("a text").to_owned()
}

fn has(operation: &str, member: &str) -> bool {
    let found = OPERATIONS.iter().find(|found| found.name == operation);
    found.is_some_and(|found| found.members.iter().any(|(name, _)| *name == member))
}

/// A text that nobody else has, with what writers of JSON and of logs change.
fn text(secrets: &mut Secrets, name: &str) -> String {
    let text = format!(
        "{} says: \"\u{43d}\u{438}\u{43a}\u{442}\u{43e}\"\\\n",
        crate::kit::unique("nobody")
    );
    secrets.add(name, text.as_bytes());
    text
}
