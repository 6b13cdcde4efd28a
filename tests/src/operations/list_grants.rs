//! `ListGrants`.

use serde_json::{Value, json};

use crate::kit::{Client, kms, now, with};

use super::{
    create_grant::{grant_of, make, principal},
    paging::{marker, pages, refuses_marker, spoilt},
};

pub(super) fn example(kms: &Client) -> Value {
    json!({"KeyId": kms.key().id})
}

#[test]
fn an_entry_tells_all_that_the_grant_says() {
    let kms = kms();
    let key = kms.key();
    assert_eq!(
        kms.ok("ListGrants", json!({"KeyId": key.id})),
        json!({"Grants": [], "Truncated": false})
    );
    let said = json!({
        "Name": "all",
        "GranteePrincipal": principal(&kms.stranger()),
        "RetiringPrincipal": principal(&kms),
        "Operations": ["Decrypt", "RetireGrant"],
        "Constraints": {"EncryptionContextEquals": {"Purpose": "test"}},
    });
    let made = make(&kms, &key, said.clone());
    let entry = kms.ok("ListGrants", json!({"KeyId": key.id}))["Grants"][0].take();
    let told = json!({
        "KeyId": key.arn,
        "GrantId": made.id,
        "CreationDate": entry["CreationDate"],
        "IssuingAccount": principal(&kms),
    });
    assert_eq!(entry, with(said, told));
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are far below 2^52")]
    let age = now().as_second() as f64 - entry["CreationDate"].as_f64().expect("seconds");
    assert!(age.abs() < 60.0, "{entry}");
}

#[test]
fn all_grants_come_in_pages_and_those_of_one_grantee() {
    let kms = kms();
    let stranger = kms.stranger();
    let key = kms.key();
    let ids = |count: usize, to: &Client| {
        let mut ids: Vec<_> = (0..count).map(|_| grant_of(&kms, &key, to).id).collect();
        ids.sort();
        ids
    };
    let (own, others) = (ids(3, &kms), ids(5, &stranger));
    let mut all = [own.clone(), others.clone()].concat();
    all.sort();
    let found = |filter: Value, limit: usize| {
        let input = with(json!({"KeyId": key.arn}), filter);
        let pages = pages(&kms, "ListGrants", "Grants", &input, limit).concat();
        let ids = pages.iter().map(|grant| grant["GrantId"].as_str().expect("a text").to_owned());
        ids.collect::<Vec<_>>()
    };
    let of = |client: &Client| json!({"GranteePrincipal": principal(client)});
    for limit in [1, 2, 3, 100] {
        assert_eq!(found(json!({}), limit), all);
        assert_eq!(found(of(&kms), limit), own);
        assert_eq!(found(of(&stranger), limit), others);
    }
    let one = json!({"GrantId": own[0]});
    assert_eq!(found(one.clone(), 1), own[..1]);
    assert_eq!(found(with(of(&kms), one.clone()), 1), own[..1]);
    assert!(found(with(of(&stranger), one), 1).is_empty());
    assert!(found(json!({"GrantId": "0".repeat(64)}), 1).is_empty());
    let nobody = json!({"GranteePrincipal": kms.new_user().arn});
    assert!(found(nobody, 1).is_empty());
}

#[test]
fn a_page_has_fifty_grants_if_nobody_says_otherwise_and_never_over_a_hundred() {
    let kms = kms();
    let key = kms.key();
    (0..101).for_each(|_| drop(grant_of(&kms, &key, &kms)));
    let count = |limit: Value| {
        let input = with(json!({"KeyId": key.id}), limit);
        kms.ok("ListGrants", input)["Grants"].as_array().map(Vec::len)
    };
    assert_eq!(count(json!({})), Some(50));
    assert_eq!(count(json!({"Limit": 1000})), Some(100));
}

#[test]
fn filters_that_mean_nothing_are_refused() {
    let kms = kms();
    let key = kms.key();
    let refuses = |filter: Value, code: &str, message: &str| {
        kms.refuses("ListGrants", with(json!({"KeyId": key.id}), filter), code, message);
    };
    refuses(json!({"GrantId": "x"}), "InvalidGrantIdException", "");
    let message = "Input does not refer to a valid principal";
    refuses(json!({"GranteePrincipal": "AROA0:x"}), "InvalidArnException", message);
    let absent = "arn:aws:iam::111122223333:user/nobody";
    let message = format!("ARN does not refer to a valid principal: {absent}");
    refuses(json!({"GranteePrincipal": absent}), "InvalidArnException", &message);
    let message = "GranteeServicePrincipal can be used by AWS services only.";
    let service = json!({"GranteeServicePrincipal": "logs.us-east-1.amazonaws.com"});
    refuses(service.clone(), "ValidationException", message);
    let both = with(service, json!({"GranteePrincipal": principal(&kms)}));
    let message =
        "You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.";
    refuses(both, "ValidationException", message);
}

#[test]
fn only_markers_of_this_list_are_taken() {
    let kms = kms();
    let [one, other] = [(); 2].map(|()| {
        let key = kms.key();
        (0..3).for_each(|_| drop(grant_of(&kms, &key, &kms)));
        json!({"KeyId": key.id})
    });
    let marker = marker(&kms, "ListGrants", one.clone());
    refuses_marker(&kms, "ListGrants", &other, &marker);
    let filtered = with(one.clone(), json!({"GranteePrincipal": principal(&kms)}));
    refuses_marker(&kms, "ListGrants", &filtered, &marker);
    for spoilt in spoilt(&marker) {
        refuses_marker(&kms, "ListGrants", &one, &spoilt);
    }
}
