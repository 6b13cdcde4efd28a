//! A client of IAM and STS, which speak the query protocol.

use serde_json::{Value, json};

use super::{Answer, Client, Credentials, Refusal, Request, Signer, Xml};

/// Calls operations of one service, and sees to it that each call leaves its one record.
pub(crate) struct Query {
    pub(crate) client: Client,
    service: &'static str,
    version: &'static str,
}

/// A user that a test has made.
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) id: String,
    /// Signs with the user's access key.
    pub(crate) client: Client,
}

/// The parameters of a request.
pub(crate) type Form<'a> = &'a [(&'a str, &'a str)];

impl Client {
    /// IAM, for the same caller.
    pub(crate) fn iam(&self) -> Query {
        Query { client: self.in_region("us-east-1"), service: "iam", version: "2010-05-08" }
    }

    /// STS, for the same caller in the same Region.
    pub(crate) fn sts(&self) -> Query {
        Query { client: self.in_region(&self.region), service: "sts", version: "2011-06-15" }
    }

    /// A new user with an access key, who may do nothing.
    #[track_caller]
    pub(crate) fn new_user(&self) -> User {
        let (iam, name) = (self.iam(), unique("user"));
        let made = iam.ok("CreateUser", &[("UserName", &name)]);
        let (arn, id) = (made.text("User.Arn").to_owned(), made.text("User.UserId").to_owned());
        let client = self.as_caller(iam.new_access_key(&name));
        User { name, arn, id, client }
    }

    /// A new user with an access key and one inline policy.
    #[track_caller]
    pub(crate) fn user_with(&self, statements: Value) -> User {
        let user = self.new_user();
        self.iam().put_user_policy(&user.name, statements);
        user
    }
}

impl Query {
    /// A call, not yet signed.
    pub(crate) fn request(&self, action: &str, form: Form<'_>) -> Request {
        let mut body = format!("Action={action}&Version={}", self.version);
        for (name, value) in form {
            body += &format!("&{}={}", encoded(name), encoded(value));
        }
        let request = self.client.request(action, body).remove("X-Amz-Target");
        request.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    }

    /// A call as it should be.
    pub(crate) fn signed(&self, action: &str, form: Form<'_>) -> Request {
        let signer = Signer { service: self.service.to_owned(), ..self.client.signer() };
        signer.sign(self.request(action, form))
    }

    /// Calls an operation. What is returned is its result element, empty if it has none.
    #[track_caller]
    pub(crate) fn call(&self, action: &str, form: Form<'_>) -> Result<Xml, Refusal> {
        self.call_recorded(action, form).0
    }

    /// Calls an operation, and returns its record along with the outcome.
    #[track_caller]
    pub(crate) fn call_recorded(
        &self,
        action: &str,
        form: Form<'_>,
    ) -> (Result<Xml, Refusal>, Value) {
        let answer = self.client.send(&self.signed(action, form));
        let outcome = outcome(action, &answer);
        let record = self.client.trail.record(&answer);
        assert_eq!(record.get("eventName"), Some(&json!(action)), "{record}");
        let source = format!("{}.amazonaws.com", self.service);
        assert_eq!(record.get("eventSource"), Some(&json!(source)), "{record}");
        let error = record.get("errorCode").and_then(Value::as_str);
        assert_eq!(error, outcome.as_ref().err().map(|refusal| &*refusal.code), "{record}");
        (outcome, record)
    }

    /// Calls an operation that must succeed.
    #[track_caller]
    pub(crate) fn ok(&self, action: &str, form: Form<'_>) -> Xml {
        match self.call(action, form) {
            Ok(output) => output,
            Err(refusal) => panic!("{action} {form:?} was refused: {refusal:?}"),
        }
    }

    /// Calls an operation that must be refused in these words.
    #[track_caller]
    pub(crate) fn refuses(
        &self,
        action: &str,
        form: Form<'_>,
        (status, code): (u16, &str),
        message: &str,
    ) {
        match self.call(action, form) {
            Ok(output) => panic!("{action} {form:?} was answered: {output:?}"),
            Err(refusal) => assert_eq!(
                (refusal.status, refusal.code.as_str(), refusal.message.as_str()),
                (status, code, message),
                "{action} {form:?}"
            ),
        }
    }

    /// A new access key of a user.
    #[track_caller]
    pub(crate) fn new_access_key(&self, user: &str) -> Credentials {
        let made = self.ok("CreateAccessKey", &[("UserName", user)]);
        Credentials {
            account: self.client.credentials.account.clone(),
            access_key_id: made.text("AccessKey.AccessKeyId").to_owned(),
            secret: made.text("AccessKey.SecretAccessKey").to_owned(),
            session_token: None,
        }
    }

    /// Gives a user an inline policy of these statements, in the place of the last one.
    #[track_caller]
    pub(crate) fn put_user_policy(&self, user: &str, statements: Value) {
        let document = policy(statements);
        let form = [("UserName", user), ("PolicyName", "p"), ("PolicyDocument", &document)];
        self.ok("PutUserPolicy", &form);
    }
}

/// A policy document of statements.
pub(crate) fn policy(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// The statement that allows an action to everything.
pub(crate) fn allow(action: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*"})
}

/// A name that nothing else has.
pub(crate) fn unique(what: &str) -> String {
    format!("{what}-{}", keycell::service::uuid())
}

impl Query {
    /// What an answer says that is a refusal.
    #[track_caller]
    pub(crate) fn outcome_of(answer: &Answer) -> Result<Xml, Refusal> {
        outcome("", answer)
    }
}

#[track_caller]
fn outcome(action: &str, answer: &Answer) -> Result<Xml, Refusal> {
    let body = String::from_utf8(answer.body.clone()).expect("XML is text");
    assert_eq!(answer.header("content-type"), Some("text/xml"), "{body}");
    let root = Xml::parse(&body);
    if answer.status == 200 {
        assert_eq!(root.name, format!("{action}Response"), "{body}");
        assert_eq!(root.text("ResponseMetadata.RequestId"), answer.request_id());
        return Ok(root.find(&format!("{action}Result")).cloned().unwrap_or_default());
    }
    assert_eq!(
        (root.name.as_str(), root.text("RequestId")),
        ("ErrorResponse", answer.request_id())
    );
    let message = root.find("Error.Message").map(|message| message.text.clone());
    Err(Refusal {
        status: answer.status,
        code: root.text("Error.Code").to_owned(),
        message: message.unwrap_or_default(),
    })
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => encoded += &format!("%{other:02X}"),
        }
    }
    encoded
}
