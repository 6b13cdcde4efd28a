//! A service in this process with users and roles, and what they ask of it.

use http::request::Parts;
use jiff::SignedDuration;
use keycell::{
    arn::{AccountId, Entity},
    authorize::IdentityPolicy,
    identity::{AccessKey, Bearer, Inline, NameRow, Role, Status, UniqueId, User},
    isolates::TenantId,
    request,
    storage::{Change, Stored},
};
use serde_json::{Value, json};

use crate::kit::{Credentials, Inside, Request, Signer};

/// Who signs, and with which session token.
#[derive(Clone)]
pub(super) struct Who {
    pub(super) credentials: Credentials,
    pub(super) token: Option<String>,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) body: String,
}

pub(super) struct World {
    pub(super) inside: Inside,
    pub(super) root: Who,
    pub(super) account: String,
}

impl World {
    pub(super) async fn new() -> Self {
        let inside = Inside::new().await;
        let root = Who { credentials: inside.caller.clone(), token: None };
        let account = inside.caller.account.clone();
        Self { inside, root, account }
    }

    /// Another account, and its root user.
    pub(super) async fn stranger(&self) -> Who {
        let id = "444455556666".parse().expect("an account");
        let command = keycell::accounts::Command::CreateAccount { id };
        let reply = keycell::accounts::run(&self.inside.service, &command, 0).await;
        let keycell::accounts::Reply::Credentials(made) = reply else { panic!("it is made") };
        let credentials = Credentials {
            account: made.account.to_string(),
            access_key_id: made.access_key_id.clone(),
            secret: made.secret.to_string(),
        };
        Who { credentials, token: None }
    }

    /// A request of the query protocol.
    pub(super) async fn query(&self, who: &Who, operation: &str, members: &[(&str, &str)]) -> Told {
        let service = match operation {
            "AssumeRole" => "sts",
            name if name.starts_with("GetSession") || name.starts_with("GetFed") => "sts",
            "GetCallerIdentity" | "GetAccessKeyInfo" => "sts",
            _ => "iam",
        };
        let version = if service == "sts" { "2011-06-15" } else { "2010-05-08" };
        let mut body = format!("Action={operation}&Version={version}");
        for (name, value) in members {
            body += &format!("&{name}={}", escaped(value));
        }
        let request = Request::new("localhost", operation, body)
            .remove("X-Amz-Target")
            .set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        self.send(who, service, request).await
    }

    /// A request of KMS.
    pub(super) async fn kms(&self, who: &Who, operation: &str, input: Value) -> Told {
        self.send(who, "kms", Request::new("localhost", operation, input.to_string())).await
    }

    /// Signs, and sends.
    pub(super) async fn send(&self, who: &Who, service: &str, request: Request) -> Told {
        let request = match &who.token {
            Some(token) => request.add("X-Amz-Security-Token", token),
            None => request,
        };
        self.send_as_it_is(&self.signer(who, service).sign(request)).await
    }

    pub(super) fn signer(&self, who: &Who, service: &str) -> Signer {
        Signer {
            credentials: who.credentials.clone(),
            region: "us-east-1".to_owned(),
            service: service.to_owned(),
            time: self.inside.now(),
        }
    }

    pub(super) async fn send_as_it_is(&self, request: &Request) -> Told {
        let peer = "127.0.0.1".parse().expect("an address");
        let head = head(request);
        let answer = request::handle(&self.inside.service, &head, peer, &request.body).await;
        let body = String::from_utf8(answer.body).expect("answers are text");
        Told { status: answer.status, body }
    }

    /// A user who may do that much.
    pub(super) async fn user(&self, root: &Who, name: &str, policy: Option<Value>) -> Who {
        self.query(root, "CreateUser", &[("UserName", name)]).await.ok();
        let account: AccountId = root.credentials.account.parse().expect("an account");
        let storage = self.inside.service.storage();
        let id = self.id_of(account, Entity::User, name).await;
        let path = Entity::User.path(account, &id);
        let user = storage.load::<User>(&path).await.expect("the store works").expect("a user");
        let key_id = AccessKey::new_id(account, self.number());
        let isolate = self.inside.service.tenant(TenantId::global(account)).await;
        let made = isolate.expect("an isolate").create_access_key(&key_id).expect("a key");
        let bearer = Bearer::User { id, status: Status::Active, created: 0 };
        let key = AccessKey { id: key_id.clone(), account, sealed: made.sealed, bearer };
        let mut with_key = (*user.value).clone();
        with_key.access_keys.push(key_id.clone());
        with_key.policies.inline.extend(policy.map(inline));
        let changes = vec![
            Change::create(AccessKey::path(&key_id), key.encode()),
            Change::replace(path, user.version, with_key.encode()),
        ];
        storage.commit(changes).await.expect("the store works");
        let secret = String::from_utf8(made.secret.to_vec()).expect("a secret is text");
        let account = account.to_string();
        Who { credentials: Credentials { account, access_key_id: key_id, secret }, token: None }
    }

    /// A role that trusts in that way, and may do that much; its ARN.
    pub(super) async fn role(&self, name: &str, trust: Value, policy: Option<Value>) -> String {
        let members =
            [("RoleName", name), ("AssumeRolePolicyDocument", &trust.to_string()), LONGEST];
        self.query(&self.root, "CreateRole", &members).await.ok();
        let account: AccountId = self.account.parse().expect("an account");
        let path = Entity::Role.path(account, &self.id_of(account, Entity::Role, name).await);
        let storage = self.inside.service.storage();
        let role = storage.load::<Role>(&path).await.expect("the store works").expect("a role");
        let mut new = (*role.value).clone();
        new.policies.inline.extend(policy.map(inline));
        new.tags.0.insert("team".to_owned(), "blue".to_owned());
        let change = Change::replace(path, role.version, new.encode());
        storage.commit(vec![change]).await.expect("the store works");
        role.arn()
    }

    /// A role may do nothing any more.
    pub(super) async fn forget_policies(&self, name: &str) {
        let account: AccountId = self.account.parse().expect("an account");
        let path = Entity::Role.path(account, &self.id_of(account, Entity::Role, name).await);
        let storage = self.inside.service.storage();
        let role = storage.load::<Role>(&path).await.expect("the store works").expect("a role");
        let mut new = (*role.value).clone();
        new.policies.inline.clear();
        let change = Change::replace(path, role.version, new.encode());
        storage.commit(vec![change]).await.expect("the store works");
    }

    async fn id_of(&self, account: AccountId, entity: Entity, name: &str) -> UniqueId {
        let row = entity.name_path(account, name);
        let row = self.inside.service.storage().load::<NameRow>(&row).await;
        row.expect("the store works").expect("it is there").id.clone()
    }

    fn number(&self) -> u64 {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(0)
    }

    /// The session that the credentials of an answer stand for.
    pub(super) async fn assume(&self, who: &Who, role: &str, members: &[(&str, &str)]) -> Who {
        let told = self.try_assume(who, role, members).await.ok();
        told.session()
    }

    pub(super) async fn try_assume(&self, who: &Who, role: &str, members: &[(&str, &str)]) -> Told {
        let mut all = vec![("RoleArn", role)];
        if !members.iter().any(|(name, _)| *name == "RoleSessionName") {
            all.push(("RoleSessionName", "session"));
        }
        all.extend(members);
        self.query(who, "AssumeRole", &all).await
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.inside.pass(SignedDuration::from_secs(seconds));
    }

    /// A new key.
    pub(super) async fn key(&self) -> String {
        let told = self.kms(&self.root, "CreateKey", json!({})).await.ok();
        told.json()["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
    }

    /// The last record of that operation.
    pub(super) fn record(&self, operation: &str) -> Value {
        let records = self.inside.records();
        let last = records.into_iter().rev().find(|record| record["eventName"] == operation);
        last.expect("there is one")
    }
}

impl Told {
    #[track_caller]
    pub(super) fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.body);
        self
    }

    /// It was refused, in these words.
    #[track_caller]
    pub(super) fn refused(&self, status: u16, code: &str, message: &str) {
        let told = match self.body.starts_with('{') {
            true => {
                let body = self.json();
                let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
                (self.status, text("__type"), text("message") + &text("Message"))
            }
            false => (self.status, self.text("Code"), self.text("Message")),
        };
        assert_eq!(told, (status, code.to_owned(), message.to_owned()));
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("it is JSON")
    }

    /// What the first element of that name holds; nothing if there is none.
    pub(super) fn text(&self, name: &str) -> String {
        let rest = self.body.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
        let text = rest.and_then(|rest| rest.split_once(&format!("</{name}>")));
        text.map(|(text, _)| text.replace("&quot;", "\"")).unwrap_or_default()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.body.contains(&format!("<{name}>"))
    }

    /// The credentials that were told.
    pub(super) fn session(&self) -> Who {
        let credentials = Credentials {
            account: String::new(),
            access_key_id: self.text("AccessKeyId"),
            secret: self.text("SecretAccessKey"),
        };
        Who { credentials, token: Some(self.text("SessionToken")) }
    }
}

/// Everything that is named may be done with everything.
pub(super) fn allow(actions: Value) -> Value {
    json!({"Version": "2012-10-17",
           "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
}

/// That principal may assume, under conditions.
pub(super) fn trust(principal: &str, actions: Value, condition: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions,
         "Condition": condition}
    ]})
}

fn inline(policy: Value) -> (String, Inline) {
    let document = IdentityPolicy::parse(&policy.to_string()).expect("a policy");
    ("own".to_owned(), Inline { name: "own".to_owned(), document })
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn head(request: &Request) -> Parts {
    let mut head = http::Request::builder().method(request.method).uri(&request.target);
    for (name, value) in &request.headers {
        head = head.header(name, value);
    }
    head.body(()).expect("a proper head").into_parts().0
}

/// Sessions of the roles here may be as long as they can be.
const LONGEST: (&str, &str) = ("MaxSessionDuration", "43200");
