//! `RevokeGrant`.

use serde_json::{Value, json};

use crate::kit::{Client, kms};

use super::create_grant::{grant_of, principal};

pub(super) fn example(kms: &Client) -> Value {
    let key = kms.key();
    json!({"KeyId": key.id, "GrantId": grant_of(kms, &key, kms).id})
}

#[test]
fn a_revoked_grant_is_gone_from_all_lists() {
    let kms = kms();
    let (key, stranger) = (kms.key(), kms.stranger());
    let [ended, kept] = [(); 2].map(|()| grant_of(&kms, &key, &stranger));
    let input = json!({"KeyId": key.id, "GrantId": ended.id});
    let (outcome, record) = kms.call_recorded("RevokeGrant", input.clone());
    assert_eq!(outcome.expect("it is revoked"), Value::Null);
    assert_eq!(record["responseElements"], json!({"keyId": key.arn}));
    assert_eq!(record["additionalEventData"]["grantId"], ended.id);
    for filter in [json!(null), json!(principal(&stranger))] {
        let listed = kms.ok("ListGrants", json!({"KeyId": key.id, "GranteePrincipal": filter}));
        assert_eq!(listed["Grants"].as_array().map(Vec::len), Some(1));
        assert_eq!(listed["Grants"][0]["GrantId"], kept.id);
    }
    let message = format!("Grant ID {} not found", ended.id);
    kms.refuses("RevokeGrant", input, "NotFoundException", &message);
}

#[test]
fn a_grant_is_revoked_by_its_own_key_and_id_alone() {
    let kms = kms();
    let (key, other) = (kms.key(), kms.key());
    let made = grant_of(&kms, &key, &kms);
    let message = format!("Grant ID {} not found", made.id);
    let input = json!({"KeyId": other.id, "GrantId": made.id});
    kms.refuses("RevokeGrant", input, "NotFoundException", &message);
    for id in [&made.token[..128], "x", &made.id.to_uppercase()] {
        let input = json!({"KeyId": key.id, "GrantId": id});
        kms.refuses("RevokeGrant", input, "InvalidGrantIdException", "");
    }
}
