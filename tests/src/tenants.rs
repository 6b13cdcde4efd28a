//! Tenants: what one has, no other can use, list or describe; what befalls one's isolate, no other
//! notices.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use keycell::{
    accounts::{self, Command, Preset, Reply},
    arn::AccountId,
    clock::Clock,
    config::Config,
    isolates::Components,
    server,
    service::Service,
};
use serde_json::{Value, json};
use tokio::{runtime::Runtime, sync::oneshot};

use crate::kit::{Client, Credentials, Folder, Trail, decode, encode, kms};

// That no operation takes another account's ARNs is tested for all of them in
// `operations::identifiers`; here is what needs no ARN.

#[test]
fn no_tenant_lists_anothers_keys_and_aliases() {
    let owner = kms().elsewhere();
    let (stranger, elsewhere) = (owner.stranger(), owner.elsewhere());
    let key = owner.key();
    let alias = owner.alias(&key);
    assert!(owner.ok("ListKeys", json!({})).to_string().contains(&key.id));
    assert!(owner.ok("ListAliases", json!({})).to_string().contains(&alias));
    for other in [stranger, elsewhere] {
        assert_eq!(other.ok("ListKeys", json!({}))["Keys"], json!([]));
        assert_eq!(other.ok("ListAliases", json!({}))["Aliases"], json!([]));
    }
}

#[test]
fn a_bare_id_or_alias_is_the_callers_own() {
    let owner = kms();
    let key = owner.key();
    let alias = owner.alias(&key);
    for other in [owner.stranger(), owner.in_region("eu-west-1")] {
        let message = format!("Key '{}' does not exist", other.arn(&format!("key/{}", key.id)));
        other.refuses("DescribeKey", json!({"KeyId": key.id}), "NotFoundException", &message);
        let message = format!("Alias {} is not found.", other.arn(&alias));
        other.refuses("DescribeKey", json!({"KeyId": alias}), "NotFoundException", &message);
    }
}

#[test]
fn a_ciphertext_does_not_tell_others_whose_it_is() {
    let owner = kms();
    let ciphertext = owner.encrypt(&owner.key(), "secret");
    let message = "The ciphertext refers to a customer master key that does not exist, does not \
                   exist in this region, or you are not allowed to access.";
    for other in [owner.stranger(), owner.in_region("eu-west-1")] {
        let input = json!({"CiphertextBlob": ciphertext});
        let (outcome, record) = other.call_recorded("Decrypt", input);
        let refusal = outcome.expect_err("it is refused");
        assert_eq!((refusal.status, &*refusal.code), (400, "AccessDeniedException"));
        assert_eq!(refusal.message, message);
        assert!(!record.to_string().contains(&owner.arn("key/")), "{record}");
    }
    assert_eq!(owner.decrypt(&ciphertext), b"secret");
}

#[test]
fn a_ciphertext_opens_under_no_key_of_another() {
    let owner = kms();
    let ciphertext = owner.encrypt(&owner.key(), "secret");
    for other in [owner.stranger(), owner.in_region("eu-west-1")] {
        let input = json!({"CiphertextBlob": ciphertext, "KeyId": other.key().id});
        let refusal = other.call("Decrypt", input).expect_err("it is refused");
        let codes = ["IncorrectKeyException", "InvalidCiphertextException"];
        assert!(codes.contains(&&*refusal.code), "{refusal:?}");
    }
}

#[test]
fn an_alias_stands_for_keys_of_its_own_tenant_alone() {
    let owner = kms();
    let key = owner.key();
    let there = owner.in_region("eu-west-1");
    let input = json!({"AliasName": "alias/abroad", "TargetKeyId": key.arn});
    there.refuses("CreateAlias", input, "NotFoundException", "Invalid arn us-east-1");
    assert_eq!(owner.ok("ListAliases", json!({"KeyId": key.id}))["Aliases"], json!([]));
}

/// What the hostile component can be told to do (see `tests/hostile`): each costs its instance.
const BREAKDOWNS: &[&str] = &[
    "trap",      // a panic
    "loop",      // without end
    "exhaust",   // all memory that is to be had, and more
    "outside",   // a result that lies outside of memory
    "oversized", // a result larger than the host takes
];

#[test]
fn a_breakdown_is_answered_recorded_and_gone() {
    let service = InProcess::start();
    let (hostile, other) = (&service.hostile, &service.other);
    let key = hostile.key();
    let before = hostile.encrypt(&key, "before");
    for word in BREAKDOWNS {
        assert_breaks(hostile, &key.id, word);
        assert_eq!(hostile.decrypt(&before), b"before");
        assert_eq!(hostile.decrypt(&hostile.encrypt(&key, "after")), b"after");
    }
    // Each runs its own component, and the records say which.
    let digest = |client: &Client| {
        let (_, mut record) = client.call_recorded("ListKeys", json!({}));
        record["additionalEventData"]["componentDigest"].take()
    };
    assert_ne!(digest(hostile), digest(other));
}

#[test]
fn memory_grows_to_a_limit_and_is_refused_beyond() {
    let service = InProcess::start();
    let hostile = &service.hostile;
    let key = hostile.key();
    let input = json!({"KeyId": key.id, "Plaintext": encode("grow")});
    let pages = decode(&hostile.ok("Encrypt", input)["CiphertextBlob"])
        .try_into()
        .map(u32::from_be_bytes)
        .expect("a number of pages");
    assert!((18..=1024).contains(&pages), "{pages} pages");
    assert_eq!(hostile.decrypt(&hostile.encrypt(&key, "after")), b"after");
}

#[test]
fn what_breaks_down_in_one_tenant_fails_no_request_of_another() {
    let service = InProcess::start();
    let (hostile, other) = (&service.hostile, &service.other);
    let (key, doomed) = (other.key(), hostile.key());
    let is_served = AtomicBool::new(true);
    std::thread::scope(|scope| {
        // More at once than the service has threads.
        for _ in 0..=service.threads() {
            scope.spawn(|| {
                while is_served.load(Ordering::Relaxed) {
                    BREAKDOWNS.iter().for_each(|word| assert_breaks(hostile, &doomed.id, word));
                }
            });
        }
        let calls = scope.spawn(|| {
            for number in 0..100 {
                let plaintext = format!("number {number}");
                let ciphertext = other.encrypt(&key, &plaintext);
                assert_eq!(other.decrypt(&ciphertext), plaintext.as_bytes());
            }
        });
        let outcome = calls.join();
        is_served.store(false, Ordering::Relaxed);
        outcome.expect("all calls of the other are answered");
    });
    assert_eq!(hostile.decrypt(&hostile.encrypt(&doomed, "alive")), b"alive");
}

/// A call under which the isolate breaks down: an error of the service, and its record.
#[track_caller]
fn assert_breaks(client: &Client, key: &str, word: &str) {
    let input = json!({"KeyId": key, "Plaintext": encode(word)});
    let (outcome, record) = client.call_recorded("Encrypt", input);
    let refusal = outcome.expect_err("there is no answer");
    let code = if word == "loop" { "DependencyTimeoutException" } else { "KMSInternalException" };
    assert_eq!((refusal.status, &*refusal.code), (500, code));
    assert_eq!(refusal.message, "");
    assert_eq!(record["errorCode"], code);
    let account = Value::from(client.credentials.account.as_str());
    assert_eq!(record["recipientAccountId"], account);
}

/// The service in the process of the tests, so that one account can be given another component.
struct InProcess {
    hostile: Client,
    other: Client,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
    _folder: Folder,
}

impl InProcess {
    /// How many of the service's threads may be held up at once.
    fn threads(&self) -> usize {
        self.runtime.as_ref().map_or(1, |runtime| runtime.metrics().num_workers())
    }

    fn start() -> Self {
        let folder = Folder::new();
        let data = folder.0.join("data");
        let trail = Arc::new(Trail::new(data.join("trail")));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let (stop, stopped) = oneshot::channel();
        let config = Config::new(data, "127.0.0.1:0".parse().expect("an address"));
        let account = |id: &str| id.parse::<AccountId>().expect("twelve digits");
        let (hostile, other) = (account("666666666666"), account("111122223333"));
        let (address, hostile, other) = runtime.block_on(async {
            let component = include_bytes!(concat!(env!("OUT_DIR"), "/hostile.wasm")).to_vec();
            let by_account = vec![(hostile, component)];
            let components = Components { by_account, ..Components::built_in() };
            let service = Service::open(&config, &components, Clock::system()).await;
            let service = Arc::new(service.expect("a fresh folder opens"));
            let preset = Preset { account: Some(hostile), key: None };
            let first = accounts::first(&service, preset).await.expect("an account is made");
            let second = accounts::run(&service, &Command::CreateAccount { id: other }, 0).await;
            let Reply::Credentials(second) = second else { panic!("an account is made") };
            let listener = tokio::net::TcpListener::bind(config.listen).await;
            let listener = listener.expect("there is a free port");
            let address = listener.local_addr().expect("it is bound");
            tokio::spawn(server::serve(service, listener, async { drop(stopped.await) }));
            (address, credentials(&first.expect("it is the first start")), credentials(&second))
        });
        let client = |credentials| Client::new(address, credentials, trail.clone());
        let (hostile, other) = (client(hostile), client(other));
        let (stop, runtime) = (Some(stop), Some(runtime));
        Self { hostile, other, stop, runtime, _folder: folder }
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Whatever still runs is not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn credentials(made: &accounts::Credentials) -> Credentials {
    Credentials {
        account: made.account.to_string(),
        access_key_id: made.access_key_id.clone(),
        secret: made.secret.to_string(),
        session_token: None,
    }
}
