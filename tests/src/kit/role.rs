//! Roles of a client's account, and their sessions.

use serde_json::{Value, json};

use super::{Client, Credentials, Xml, policy, unique};

/// A role that a test has made, which everybody of the account may assume whom his own policies
/// let.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) id: String,
}

impl Client {
    /// A new role that may do nothing.
    #[track_caller]
    pub(crate) fn new_role(&self) -> Role {
        self.role_called(&unique("role"))
    }

    /// The same of that name.
    #[track_caller]
    pub(crate) fn role_called(&self, name: &str) -> Role {
        let trust = policy(json!({
            "Effect": "Allow",
            "Principal": {"AWS": self.credentials.account},
            "Action": "sts:AssumeRole",
        }));
        let form = [("RoleName", name), ("Path", "/tests/"), ("AssumeRolePolicyDocument", &*trust)];
        let made = self.iam().ok("CreateRole", &form);
        let text = |path| made.text(path).to_owned();
        Role { name: name.to_owned(), arn: text("Role.Arn"), id: text("Role.RoleId") }
    }

    /// Gives a role an inline policy of these statements, in the place of the last one.
    #[track_caller]
    pub(crate) fn put_role_policy(&self, role: &Role, statements: Value) {
        let document = policy(statements);
        let form = [("RoleName", &*role.name), ("PolicyName", "p"), ("PolicyDocument", &*document)];
        self.iam().ok("PutRolePolicy", &form);
    }

    /// A session of a role, for a caller who may assume it, limited by statements if there are any.
    #[track_caller]
    pub(crate) fn assume(&self, role: &Role, session: &str, limit: Option<Value>) -> Self {
        let limit = limit.map(policy);
        let mut form = vec![("RoleArn", &*role.arn), ("RoleSessionName", session)];
        form.extend(limit.as_ref().map(|limit| ("Policy", limit.as_str())));
        let made = self.sts().ok("AssumeRole", &form);
        self.as_caller(session_of(&self.credentials.account, &made))
    }
}

/// The credentials of a session.
pub(crate) fn session_of(account: &str, made: &Xml) -> Credentials {
    let text = |name: &str| made.text(&format!("Credentials.{name}")).to_owned();
    Credentials {
        account: account.to_owned(),
        access_key_id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        session_token: Some(text("SessionToken")),
    }
}
