//! A client of one account in one Region.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};

use super::{
    Answer, Connection, Credentials, Request, Shared, Signer, Tap, Trail, decode, encode, now,
};

/// Calls operations, and sees to it that each call leaves its one record.
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) region: String,
    pub(crate) credentials: Credentials,
    pub(crate) trail: Arc<Trail>,
    /// Keeps the server running.
    pub(crate) shared: Option<Arc<Shared>>,
    /// Keeps what goes over the wire, if anybody wants to see it.
    pub(crate) tap: Option<Arc<Tap>>,
    connection: Mutex<Option<Connection>>,
}

/// An error as it came over the wire; an absent message is empty here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// A key that a test has made.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) arn: String,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, credentials: Credentials, trail: Arc<Trail>) -> Self {
        let region = "us-east-1".to_owned();
        let connection = Mutex::new(None);
        Self { address, region, credentials, trail, shared: None, tap: None, connection }
    }

    /// The same caller in another Region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        let (region, trail) = (region.to_owned(), self.trail.clone());
        let (shared, credentials) = (self.shared.clone(), self.credentials.clone());
        let (connection, tap) = (Mutex::new(None), self.tap.clone());
        Self { address: self.address, region, credentials, trail, shared, tap, connection }
    }

    /// Another caller in the same Region.
    pub(crate) fn as_caller(&self, credentials: Credentials) -> Self {
        Self { credentials, ..self.in_region(&self.region) }
    }

    /// A call, not yet signed.
    pub(crate) fn request(&self, operation: &str, body: impl Into<Vec<u8>>) -> Request {
        Request::new(&self.address.to_string(), operation, body)
    }

    /// Signs now.
    pub(crate) fn signer(&self) -> Signer {
        let (credentials, region) = (self.credentials.clone(), self.region.clone());
        Signer { credentials, region, service: "kms".to_owned(), time: now() }
    }

    /// A call as it should be.
    pub(crate) fn signed(&self, operation: &str, body: impl Into<Vec<u8>>) -> Request {
        self.signer().sign(self.request(operation, body))
    }

    /// Sends on the connection that is kept.
    pub(crate) fn try_send(&self, request: &Request) -> io::Result<Answer> {
        let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => Connection::open(self.address)?,
        };
        let answer = connection.exchange(request)?;
        if answer.header("connection") != Some("close") {
            *kept = Some(connection);
        }
        if let Some(tap) = &self.tap {
            tap.note(request, &answer);
        }
        Ok(answer)
    }

    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Answer {
        self.try_send(request).expect("the server answers")
    }

    /// Calls an operation.
    #[track_caller]
    pub(crate) fn call(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.call_recorded(operation, input).0
    }

    /// Calls an operation, and returns its record along with the outcome.
    #[track_caller]
    pub(crate) fn call_recorded(
        &self,
        operation: &str,
        input: Value,
    ) -> (Result<Value, Refusal>, Value) {
        let answer = self.send(&self.signed(operation, input.to_string()));
        let outcome = answer.outcome();
        let record = self.trail.record(&answer);
        assert_eq!(record.get("eventName"), Some(&json!(operation)), "{record}");
        let error = record.get("errorCode").and_then(Value::as_str);
        // CloudTrail names denials differently from the wire.
        let told = outcome.as_ref().err().map(|refusal| match refusal.code.as_str() {
            "AccessDeniedException" => "AccessDenied",
            code => code,
        });
        assert_eq!(error, told, "{record}");
        (outcome, record)
    }

    /// Calls an operation that must succeed.
    #[track_caller]
    pub(crate) fn ok(&self, operation: &str, input: Value) -> Value {
        match self.call(operation, input.clone()) {
            Ok(output) => output,
            Err(refusal) => panic!("{operation} {input} was refused: {refusal:?}"),
        }
    }

    /// Calls an operation that must be refused with status 400, in these words.
    #[track_caller]
    pub(crate) fn refuses(&self, operation: &str, input: Value, code: &str, message: &str) {
        match self.call(operation, input.clone()) {
            Ok(output) => panic!("{operation} {input} was answered: {output}"),
            Err(refusal) => assert_eq!(
                (refusal.status, refusal.code.as_str(), refusal.message.as_str()),
                (400, code, message),
                "{operation} {input}"
            ),
        }
    }

    /// A new key.
    #[track_caller]
    pub(crate) fn key(&self) -> Key {
        self.make(json!({}))
    }

    /// A new key of a certain kind.
    #[track_caller]
    pub(crate) fn key_of(&self, spec: &str, usage: &str) -> Key {
        self.make(json!({"KeySpec": spec, "KeyUsage": usage}))
    }

    /// A new key that has no material yet.
    #[track_caller]
    pub(crate) fn external_key(&self, spec: &str, usage: &str) -> Key {
        self.make(json!({"KeySpec": spec, "KeyUsage": usage, "Origin": "EXTERNAL"}))
    }

    /// A new multi-Region key, which is in this Region alone.
    #[track_caller]
    pub(crate) fn multi_region_key(&self) -> Key {
        self.make(json!({"MultiRegion": true}))
    }

    /// The same caller in a Region that has a replica of the key from now on, and that replica.
    #[track_caller]
    pub(crate) fn replicate(&self, key: &Key, region: &str) -> (Self, Key) {
        self.ok("ReplicateKey", json!({"KeyId": key.id, "ReplicaRegion": region}));
        let there = self.in_region(region);
        let arn = there.arn(&format!("key/{}", key.id));
        (there, Key { id: key.id.clone(), arn })
    }

    /// An RSA key that all tests share, as making one takes long. Nobody changes it.
    #[track_caller]
    pub(crate) fn rsa_key(&self, usage: &str) -> Key {
        let shared = self.shared.as_ref().expect("a client of the shared server");
        shared.rsa_key(usage, || self.key_of("RSA_2048", usage))
    }

    /// The state of a key.
    #[track_caller]
    pub(crate) fn state(&self, key: &Key) -> String {
        let output = self.ok("DescribeKey", json!({"KeyId": key.id}));
        output["KeyMetadata"]["KeyState"].as_str().expect("a text").to_owned()
    }

    #[track_caller]
    fn make(&self, input: Value) -> Key {
        let made = self.ok("CreateKey", input);
        let text = |name| made["KeyMetadata"][name].as_str().expect("a text").to_owned();
        Key { id: text("KeyId"), arn: text("Arn") }
    }

    /// A disabled key.
    #[track_caller]
    pub(crate) fn disabled_key(&self) -> Key {
        let key = self.key();
        self.ok("DisableKey", json!({"KeyId": key.id}));
        key
    }

    /// A new alias, of which there is no other in any Region.
    #[track_caller]
    pub(crate) fn alias(&self, key: &Key) -> String {
        let alias = format!("alias/of-{}", keycell::service::uuid());
        self.ok("CreateAlias", json!({"AliasName": alias, "TargetKeyId": key.id}));
        alias
    }

    /// The ARN of a resource of the caller.
    pub(crate) fn arn(&self, resource: &str) -> String {
        format!("arn:aws:kms:{}:{}:{resource}", self.region, self.credentials.account)
    }

    /// Waits until something holds that the service does by itself within seconds.
    #[track_caller]
    pub(crate) fn wait_for(&self, mut holds: impl FnMut() -> bool) {
        for _ in 0..600 {
            if holds() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("it did not come to hold in half a minute");
    }

    /// A ciphertext without context, as it stands in requests.
    #[track_caller]
    pub(crate) fn encrypt(&self, key: &Key, plaintext: impl AsRef<[u8]>) -> String {
        let input = json!({"KeyId": key.arn, "Plaintext": encode(plaintext)});
        let output = self.ok("Encrypt", input);
        output["CiphertextBlob"].as_str().expect("a blob is a text").to_owned()
    }

    /// What was encrypted without context.
    #[track_caller]
    pub(crate) fn decrypt(&self, ciphertext: &str) -> Vec<u8> {
        let output = self.ok("Decrypt", json!({"CiphertextBlob": ciphertext}));
        decode(&output["Plaintext"])
    }
}
