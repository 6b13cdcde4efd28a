//! `ListRetirableGrants`.

use serde_json::{Value, json};

use crate::kit::{Client, kms, with};

use super::{
    create_grant::{make, principal},
    paging::{marker, pages, refuses_marker},
};

pub(super) fn example(kms: &Client) -> Value {
    json!({"RetiringPrincipal": principal(kms), "Limit": 1})
}

#[test]
fn a_principals_grants_are_listed_whosever_key_they_are_for() {
    let owner = kms();
    let stranger = owner.stranger();
    let [role, another] = [stranger.new_role().arn, stranger.new_role().arn];
    let (one, other, theirs) = (owner.key(), owner.key(), stranger.key());
    let input = json!({
        "GranteePrincipal": principal(&owner),
        "RetiringPrincipal": role,
        "Operations": ["Decrypt"],
    });
    let mut made = vec![
        make(&owner, &one, input.clone()).id,
        make(&owner, &one, input.clone()).id,
        make(&owner, &other, input.clone()).id,
        make(&stranger, &theirs, input.clone()).id,
    ];
    // Not these: another principal, another Region.
    make(&owner, &one, with(input.clone(), json!({"RetiringPrincipal": another})));
    let there = owner.in_region("eu-west-1");
    make(&there, &there.key(), input);
    made.sort();
    for limit in [1, 3, 100] {
        let input = json!({"RetiringPrincipal": role});
        let found = pages(&stranger, "ListRetirableGrants", "Grants", &input, limit).concat();
        assert!(found.iter().all(|grant| grant["RetiringPrincipal"] == role));
        let mut ids: Vec<_> =
            found.iter().map(|grant| grant["GrantId"].as_str().expect("a text")).collect();
        ids.sort_unstable();
        assert_eq!(ids, made);
    }
    let marker = marker(&stranger, "ListRetirableGrants", json!({"RetiringPrincipal": role}));
    let other = json!({"RetiringPrincipal": principal(&stranger)});
    refuses_marker(&stranger, "ListRetirableGrants", &other, &marker);
    // Of other accounts' principals nothing is told.
    let message = format!("Retiring principal {role} could not be found");
    let input = json!({"RetiringPrincipal": role});
    owner.refuses("ListRetirableGrants", input, "NotFoundException", &message);
}

#[test]
fn one_principal_must_be_named() {
    let kms = kms();
    let refuses = |input: Value, code: &str, message: &str| {
        kms.refuses("ListRetirableGrants", input, code, message);
    };
    let one =
        "You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.";
    let service = json!({"RetiringServicePrincipal": "logs.us-east-1.amazonaws.com"});
    let both = with(service.clone(), json!({"RetiringPrincipal": principal(&kms)}));
    refuses(json!({}), "ValidationException", one);
    refuses(both, "ValidationException", one);
    let message = "RetiringServicePrincipal can be used by AWS services only.";
    refuses(service, "ValidationException", message);
    let message = "Retiring principal AROA0:x could not be found";
    refuses(json!({"RetiringPrincipal": "AROA0:x"}), "NotFoundException", message);
}
