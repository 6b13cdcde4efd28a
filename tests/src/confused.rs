//! What is often confused: which policies a caller needs who is named in a key's policy, by itself,
//! by its role or by its account, or has a grant.
//!
//! Source: IAM user guide, "Policy evaluation for requests within a single account" and
//! "Cross-account policy evaluation logic"; what AWS was observed to answer.

mod grants;
mod policies;

use serde_json::{Value, json};

use crate::kit::{Client, Key, Role, User, allow, policy, unique};

/// What another account is told that may not.
const HIDDEN: &str = "on this resource because the resource does not exist in this Region, no \
                      resource-based policies allow access, or a resource-based policy explicitly \
                      denies access";

/// A statement of a key's policy.
fn says(effect: &str, principal: &str, action: &str) -> Value {
    json!({
        "Effect": effect,
        "Principal": {"AWS": principal},
        "Action": action,
        "Resource": "*",
    })
}

/// Writes a key's policy, whoever is locked out by it.
#[track_caller]
fn put(kms: &Client, key: &Key, statements: Value) {
    let text = policy(statements);
    let input = json!({"KeyId": key.id, "Policy": text, "BypassPolicyLockoutSafetyCheck": true});
    kms.ok("PutKeyPolicy", input);
}

/// A key whose policy lets its account rule it, with these statements besides.
#[track_caller]
fn shared(kms: &Client, statements: &[Value]) -> Key {
    let key = kms.key();
    let owner = says("Allow", &kms.credentials.account, "kms:*");
    let all: Vec<_> = [&owner].into_iter().chain(statements).collect();
    put(kms, &key, json!(all));
    key
}

fn plain(key: &Key) -> Value {
    json!({"KeyId": key.arn, "Plaintext": "AAAA"})
}

#[track_caller]
fn encrypts(by: &Client, key: &Key) {
    by.ok("Encrypt", plain(key));
}

/// Encrypt is refused, for this reason, to a caller of that ARN.
#[track_caller]
fn refused(by: &Client, arn: &str, key: &Key, why: &str) {
    let text = format!("User: {arn} is not authorized to perform: kms:Encrypt {why}");
    by.refuses("Encrypt", plain(key), "AccessDeniedException", &text);
}

/// The same of a caller of the key's own account, to whom the key is named.
#[track_caller]
fn refused_here(by: &Client, arn: &str, key: &Key, why: &str) {
    refused(by, arn, key, &format!("on resource: {} {why}", key.arn));
}

/// Because no policy of that kind allows it.
fn no(kind: &str) -> String {
    format!("because no {kind} allows the kms:Encrypt action")
}

/// A user who may begin sessions, and nothing else.
fn beginner(kms: &Client) -> User {
    kms.user_with(json!([allow("sts:*")]))
}

/// A session of a role, with its ARN.
#[track_caller]
fn session(by: &User, role: &Role, name: &str, limit: Option<Value>) -> (Client, String) {
    let account = &by.client.credentials.account;
    let arn = format!("arn:aws:sts::{account}:assumed-role/{}/{name}", role.name);
    (by.client.assume(role, name, limit), arn)
}

/// A managed policy for a boundary that lets nothing be done with keys.
#[track_caller]
fn boundary(kms: &Client) -> String {
    let (name, document) = (unique("boundary"), policy(json!([allow("s3:*")])));
    let form = [("PolicyName", &*name), ("PolicyDocument", &*document)];
    kms.iam().ok("CreatePolicy", &form).text("Policy.Arn").to_owned()
}

/// What a session may do that may do nothing with keys.
fn no_keys() -> Option<Value> {
    Some(json!([allow("s3:*")]))
}
