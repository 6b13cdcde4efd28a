//! The service without a server: in this process, with a clock that the test tells.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use keycell::{
    accounts::{self, Preset},
    clock::Clock,
    config::Config,
    isolates::Components,
    operators, request,
    service::Service,
};
use serde_json::Value;

use super::{CloudTrail, Credentials, Folder, Refusal, Request, Signer, Trail};

/// A service, and who calls it.
pub(crate) struct Inside {
    pub(crate) service: Arc<Service>,
    pub(crate) caller: Credentials,
    clock: Arc<AtomicI64>,
    _folder: Folder,
}

impl Inside {
    /// A fresh one, whose clock stands still.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with another configuration.
    pub(crate) async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        Self::first(Preset::default(), configure).await
    }

    /// The same with an account that is known before.
    pub(crate) async fn preset(caller: &Credentials, configure: impl FnOnce(&mut Config)) -> Self {
        let account = caller.account.parse().expect("an account");
        let key = (caller.access_key_id.clone(), caller.secret.clone().into());
        Self::first(Preset { account: Some(account), key: Some(key) }, configure).await
    }

    async fn first(preset: Preset, configure: impl FnOnce(&mut Config)) -> Self {
        let folder = Folder::new();
        let clock = Arc::new(AtomicI64::new(Timestamp::now().as_millisecond()));
        let told = clock.clone();
        let mut config =
            Config::new(folder.0.join("data"), "127.0.0.1:0".parse().expect("an address"));
        configure(&mut config);
        let now = move || {
            let millisecond = told.load(Ordering::Relaxed);
            Timestamp::from_millisecond(millisecond).expect("a time of this century")
        };
        let service = Service::open(&config, &Components::built_in(), Clock::new(now)).await;
        let service = Arc::new(service.expect("a fresh folder opens"));
        let made = accounts::first(&service, preset).await;
        let made = made.expect("an account is made").expect("it is the first start");
        let caller = Credentials {
            account: made.account.to_string(),
            access_key_id: made.access_key_id.clone(),
            secret: made.secret.to_string(),
            session_token: None,
        };
        Self { service, caller, clock, _folder: folder }
    }

    /// All records of its trail, oldest first.
    pub(crate) fn records(&self) -> Vec<Value> {
        Trail::new(self.service.data().join("trail")).all()
    }

    /// What time it is there.
    pub(crate) fn now(&self) -> Timestamp {
        self.service.now()
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: SignedDuration) {
        let milliseconds = i64::try_from(time.as_millis()).expect("less than an age");
        self.clock.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Does what has fallen due.
    pub(crate) async fn sweep(&self) {
        keycell::sweep::sweep(&self.service).await.expect("the store works");
    }

    /// Gives the caller's account other roots, and waits until the old ones are gone.
    pub(crate) async fn rotate_root(&self) {
        let account = self.caller.account.parse().expect("an account");
        let (done, is_done) = tokio::sync::oneshot::channel::<()>();
        let labour = operators::labour(self.service.clone(), async { drop(is_done.await) });
        let labour = tokio::spawn(labour);
        let command = operators::Command::RotateTenantRoot { account, region: None };
        let reply = operators::run(&self.service, &command, 0).await;
        let operators::Reply::Done(told) = reply else { panic!("the root is rotated") };
        assert_eq!(told, "the tenant's root is rotated");
        drop(done);
        labour.await.expect("it does not panic");
    }

    /// A signed call that must succeed.
    pub(crate) async fn ok(&self, operation: &str, input: Value) -> Value {
        match self.call(operation, input.clone()).await {
            Ok(output) => output,
            Err(refusal) => panic!("{operation} {input} was refused: {refusal:?}"),
        }
    }

    /// A signed call.
    pub(crate) async fn call(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.call_in("us-east-1", operation, input).await
    }

    /// The same in another Region.
    pub(crate) async fn call_in(
        &self,
        region: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, Refusal> {
        let signer = Signer {
            credentials: self.caller.clone(),
            region: region.to_owned(),
            service: "kms".to_owned(),
            time: self.now(),
        };
        let request = Request::new("localhost", operation, input.to_string());
        self.send(&signer.sign(request)).await
    }

    /// A signed call of CloudTrail.
    pub(crate) async fn cloudtrail(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        let signer = Signer {
            credentials: self.caller.clone(),
            region: "us-east-1".to_owned(),
            service: "cloudtrail".to_owned(),
            time: self.now(),
        };
        let request = Request::new("localhost", operation, input.to_string());
        let request = request.set("X-Amz-Target", &format!("{}{operation}", CloudTrail::TARGET));
        self.send(&signer.sign(request)).await
    }

    async fn send(&self, request: &Request) -> Result<Value, Refusal> {
        let head = head(request);
        let peer = "127.0.0.1".parse().expect("an address");
        let answer = request::handle(&self.service, &head, peer, &request.body).await;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        if answer.status == 200 {
            return Ok(body);
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Err(Refusal { status: answer.status, code: text("__type"), message: text("message") })
    }
}

fn head(request: &Request) -> Parts {
    let mut head = http::Request::builder().method(request.method).uri(&request.target);
    for (name, value) in &request.headers {
        head = head.header(name, value);
    }
    head.body(()).expect("a proper head").into_parts().0
}
