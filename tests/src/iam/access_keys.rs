//! Access keys: what they sign, and that they stop at once.

use serde_json::{Value, json};

use crate::kit::{allow, kms};

#[test]
fn a_user_signs_with_its_key_and_its_secret_is_told_once() {
    let kms = kms();
    let user = kms.new_user();
    let (iam, name) = (kms.iam(), ("UserName", &*user.name));
    let who = user.client.sts().ok("GetCallerIdentity", &[]);
    assert_eq!((who.text("Arn"), who.text("UserId")), (&*user.arn, &*user.id));
    let key = kms.key();
    let input = json!({"KeyId": key.id, "Plaintext": "AA=="});
    let denied = user.client.call("Encrypt", input.clone()).unwrap_err();
    assert_eq!(denied.code, "AccessDeniedException");
    iam.put_user_policy(&user.name, json!([allow("kms:Encrypt")]));
    user.client.ok("Encrypt", input);
    let (made, record) = iam.call_recorded("CreateAccessKey", &[name]);
    let made = made.unwrap();
    let secret = made.text("AccessKey.SecretAccessKey");
    assert_eq!(secret.len(), 40);
    assert!(!record.to_string().contains(secret), "{record}");
    let shown = &record["responseElements"]["accessKey"];
    assert_eq!(shown["accessKeyId"], json!(made.text("AccessKey.AccessKeyId")));
    let words = "Cannot exceed quota for AccessKeysPerUser: 2";
    iam.refuses("CreateAccessKey", &[name], (409, "LimitExceeded"), words);
    let mut ids =
        [made.text("AccessKey.AccessKeyId"), user.client.credentials.access_key_id.as_str()];
    ids.sort_unstable();
    let listed = iam.ok("ListAccessKeys", &[name]);
    assert_eq!(listed.texts("AccessKeyMetadata", "AccessKeyId"), ids);
    assert_eq!(listed.texts("AccessKeyMetadata", "Status"), ["Active", "Active"]);
    assert!(!format!("{listed:?}").contains(secret));
}

#[test]
fn a_key_that_is_inactive_or_gone_signs_nothing() {
    let kms = kms();
    let user = kms.user_with(json!([allow("kms:*")]));
    let iam = kms.iam();
    let id = user.client.credentials.access_key_id.as_str();
    let key = [("UserName", &*user.name), ("AccessKeyId", id)];
    let set = |status: &str| {
        iam.ok("UpdateAccessKey", &[key[0], key[1], ("Status", status)]);
    };
    let signs = || user.client.send(&user.client.signed("ListKeys", "{}")).outcome();
    signs().unwrap();
    set("Inactive");
    assert_eq!(signs().unwrap_err().code, "UnrecognizedClientException");
    set("Active");
    signs().unwrap();
    iam.ok("DeleteAccessKey", &key);
    assert_eq!(signs().unwrap_err().code, "UnrecognizedClientException");
    let query = user.client.sts();
    let answer = user.client.send(&query.signed("GetCallerIdentity", &[]));
    assert_eq!(answer.status, 403);
    assert!(String::from_utf8_lossy(&answer.body).contains("<Code>InvalidClientTokenId</Code>"));
    let gone = format!("The Access Key with id {id} cannot be found.");
    iam.refuses("DeleteAccessKey", &key, (404, "NoSuchEntity"), &gone);
}

#[test]
fn a_user_may_keep_its_own_keys() {
    let kms = kms();
    let own = "arn:aws:iam::*:user/${aws:username}";
    let user =
        kms.user_with(json!([{"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": own}]));
    let (iam, other) = (user.client.iam(), kms.new_user());
    let made = iam.ok("CreateAccessKey", &[]);
    let id = made.text("AccessKey.AccessKeyId");
    assert_eq!(iam.ok("ListAccessKeys", &[]).list("AccessKeyMetadata").len(), 2);
    iam.ok("UpdateAccessKey", &[("AccessKeyId", id), ("Status", "Inactive")]);
    iam.ok("DeleteAccessKey", &[("AccessKeyId", id)]);
    let refusal = iam.call("CreateAccessKey", &[("UserName", &other.name)]).unwrap_err();
    assert_eq!(refusal.code, "AccessDenied");
    let foreign = other.client.credentials.access_key_id;
    let refusal = iam.call("DeleteAccessKey", &[("AccessKeyId", &foreign)]).unwrap_err();
    assert_eq!(refusal.code, "NoSuchEntity");
}

#[test]
fn a_status_is_one_of_two() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let id = user.client.credentials.access_key_id.as_str();
    let form = |status| [("UserName", &*user.name), ("AccessKeyId", id), ("Status", status)];
    let words = "The status Expired cannot be set.";
    iam.refuses("UpdateAccessKey", &form("Expired"), (400, "InvalidInput"), words);
    let refusal = iam.call("UpdateAccessKey", &form("active")).unwrap_err();
    assert_eq!(refusal.code, "ValidationError");
}

#[test]
fn the_last_use_of_a_key_is_told() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.new_user());
    let id = user.client.credentials.access_key_id.as_str();
    let last = |what: &str| {
        let told = iam.ok("GetAccessKeyLastUsed", &[("AccessKeyId", id)]);
        assert_eq!(told.text("UserName"), user.name);
        told.find(&format!("AccessKeyLastUsed.{what}")).map(|one| one.text.clone())
    };
    assert_eq!(last("ServiceName").as_deref(), Some("N/A"));
    assert_eq!((last("Region").as_deref(), last("LastUsedDate")), (Some("N/A"), None));
    // What is denied is a use, too.
    user.client.call("ListKeys", json!({})).unwrap_err();
    assert_eq!(last("ServiceName").as_deref(), Some("kms"));
    assert_eq!(last("Region"), Some(user.client.region.clone()));
    let (_, record) = user.client.iam().call_recorded("ListUsers", &[]);
    assert_eq!(last("ServiceName").as_deref(), Some("iam"));
    assert_eq!(last("LastUsedDate").as_deref(), record.get("eventTime").and_then(Value::as_str));
    let stranger = kms.stranger().iam();
    let refusal = stranger.call("GetAccessKeyLastUsed", &[("AccessKeyId", id)]).unwrap_err();
    assert_eq!(refusal.code, "AccessDenied");
}
