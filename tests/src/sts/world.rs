//! A service in this process with users and roles, and what they ask of it.

use http::request::Parts;
use jiff::SignedDuration;
use keycell::{config::Config, request};
use serde_json::{Value, json};

use crate::kit::{Credentials, Inside, Request, Signer};

/// What was answered.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) body: String,
}

pub(super) struct World {
    pub(super) inside: Inside,
    pub(super) root: Credentials,
    pub(super) account: String,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(|_, _| {}).await
    }

    /// With another configuration, which may name the account.
    pub(super) async fn with(configure: impl FnOnce(&mut Config, &str)) -> Self {
        let preset = Credentials::preset();
        let account = preset.account.clone();
        let inside = Inside::preset(&preset, |config| configure(config, &account)).await;
        Self { root: inside.caller.clone(), inside, account: preset.account }
    }

    /// Another account, and its root user.
    pub(super) async fn stranger(&self) -> Credentials {
        let id = "444455556666".parse().expect("an account");
        let command = keycell::accounts::Command::CreateAccount { id };
        let reply = keycell::accounts::run(&self.inside.service, &command, 0).await;
        let keycell::accounts::Reply::Credentials(made) = reply else { panic!("it is made") };
        Credentials {
            account: made.account.to_string(),
            access_key_id: made.access_key_id.clone(),
            secret: made.secret.to_string(),
            session_token: None,
        }
    }

    /// A request of the query protocol.
    pub(super) async fn query(
        &self,
        who: &Credentials,
        operation: &str,
        members: &[(&str, &str)],
    ) -> Told {
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
    pub(super) async fn kms(&self, who: &Credentials, operation: &str, input: Value) -> Told {
        self.send(who, "kms", Request::new("localhost", operation, input.to_string())).await
    }

    /// Signs, and sends.
    pub(super) async fn send(&self, who: &Credentials, service: &str, request: Request) -> Told {
        let signer = Signer {
            credentials: who.clone(),
            region: "us-east-1".to_owned(),
            service: service.to_owned(),
            time: self.inside.now(),
        };
        let request = signer.sign(request);
        let peer = "127.0.0.1".parse().expect("an address");
        let head = head(&request);
        let answer = request::handle(&self.inside.service, &head, peer, &request.body).await;
        let body = String::from_utf8(answer.body).expect("answers are text");
        Told { status: answer.status, body }
    }

    /// A user who may do that much.
    pub(super) async fn user(
        &self,
        root: &Credentials,
        name: &str,
        may: Option<Value>,
    ) -> Credentials {
        let user = ("UserName", name);
        self.query(root, "CreateUser", &[user]).await.ok();
        if let Some(may) = may {
            let members = [user, ("PolicyName", "own"), ("PolicyDocument", &may.to_string())];
            self.query(root, "PutUserPolicy", &members).await.ok();
        }
        let made = self.query(root, "CreateAccessKey", &[user]).await.ok();
        Credentials { account: root.account.clone(), session_token: None, ..made.session() }
    }

    /// A role that trusts in that way, and may do that much; its ARN.
    pub(super) async fn role(&self, name: &str, trust: Value, may: Option<Value>) -> String {
        let role = ("RoleName", name);
        let members = [
            role,
            ("AssumeRolePolicyDocument", &trust.to_string()),
            // Sessions of the roles here may be as long as they can be.
            ("MaxSessionDuration", "43200"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "blue"),
        ];
        let made = self.query(&self.root, "CreateRole", &members).await.ok();
        if let Some(may) = may {
            let members = [role, ("PolicyName", "own"), ("PolicyDocument", &may.to_string())];
            self.query(&self.root, "PutRolePolicy", &members).await.ok();
        }
        made.text("Arn")
    }

    /// A role is gone, with its policy.
    pub(super) async fn delete_role(&self, name: &str) {
        let members = [("RoleName", name), ("PolicyName", "own")];
        self.query(&self.root, "DeleteRolePolicy", &members).await.ok();
        self.query(&self.root, "DeleteRole", &members[..1]).await.ok();
    }

    /// The session that the credentials of an answer stand for.
    pub(super) async fn assume(
        &self,
        who: &Credentials,
        role: &str,
        members: &[(&str, &str)],
    ) -> Credentials {
        let told = self.try_assume(who, role, members).await.ok();
        told.session()
    }

    pub(super) async fn try_assume(
        &self,
        who: &Credentials,
        role: &str,
        members: &[(&str, &str)],
    ) -> Told {
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
    pub(super) fn session(&self) -> Credentials {
        Credentials {
            account: String::new(),
            access_key_id: self.text("AccessKeyId"),
            secret: self.text("SecretAccessKey"),
            session_token: Some(self.text("SessionToken")),
        }
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
