//! `CreateGrant`: what a grant may say. What it allows is tested in [`super::grants`].

use serde_json::{Value, json};

use crate::kit::{Client, Key, kms, with};

pub(super) fn example(kms: &Client) -> Value {
    json!({
        "KeyId": kms.key().id,
        "GranteePrincipal": principal(kms),
        "RetiringPrincipal": principal(kms),
        "Operations": ["Decrypt", "Encrypt", "RetireGrant"],
        "Constraints": {"EncryptionContextSubset": {"Purpose": "test"}},
        "Name": format!("of-{}", keycell::service::uuid()),
    })
}

/// A grant, as its maker knows it.
pub(super) struct Made {
    pub(super) id: String,
    pub(super) token: String,
}

/// The root user of a client's account.
pub(super) fn principal(kms: &Client) -> String {
    format!("arn:aws:iam::{}:root", kms.credentials.account)
}

/// A grant with these members besides.
#[track_caller]
pub(super) fn make(kms: &Client, key: &Key, input: Value) -> Made {
    let made = kms.ok("CreateGrant", with(json!({"KeyId": key.arn}), input));
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    Made { id: text("GrantId"), token: text("GrantToken") }
}

/// Some grant to somebody.
#[track_caller]
pub(super) fn grant_of(kms: &Client, key: &Key, to: &Client) -> Made {
    let operations = json!(["DescribeKey", "RetireGrant"]);
    make(kms, key, json!({"GranteePrincipal": principal(to), "Operations": operations}))
}

#[test]
fn an_id_is_64_digits_and_a_token_is_one_text() {
    let kms = kms();
    let (output, record) = kms.call_recorded("CreateGrant", example(&kms));
    let output = output.expect("it is made");
    let id = output["GrantId"].as_str().expect("a text");
    assert!(id.parse::<keycell::keys::GrantId>().is_ok(), "{id}");
    assert_eq!(output.as_object().map(serde_json::Map::len), Some(2), "{output}");
    let token = output["GrantToken"].as_str().expect("a text");
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{token}");
    let arn = &record["resources"][0]["ARN"];
    assert_eq!(record["responseElements"], json!({"grantId": id, "keyId": arn}));
    let shown = json!({"encryptionContextSubset": {"Purpose": "test"}});
    assert_eq!(record["requestParameters"]["constraints"], shown);
    assert!(!record.to_string().contains(token), "{record}");
}

#[test]
fn a_name_makes_a_request_repeatable() {
    let kms = kms();
    let key = kms.key();
    let grantee = principal(&kms.stranger());
    let input = |name: Value, operations: Value| {
        let terms = json!({"Name": name, "Operations": operations});
        with(terms, json!({"GranteePrincipal": grantee}))
    };
    let first = make(&kms, &key, input(json!("n"), json!(["Encrypt", "Decrypt"])));
    let again = make(&kms, &key, input(json!("n"), json!(["Decrypt", "Encrypt", "Encrypt"])));
    assert_eq!(first.id, again.id);
    assert_ne!(first.token, again.token);
    for token in [&first.token, &again.token] {
        kms.ok("DescribeKey", json!({"KeyId": key.id, "GrantTokens": [token]}));
    }
    let other = make(&kms, &key, input(json!("n"), json!(["Decrypt"])));
    assert_ne!(first.id, other.id);
    let [one, two] = [(); 2].map(|()| make(&kms, &key, input(json!(null), json!(["Decrypt"]))));
    assert_ne!(one.id, two.id);
    let listed = kms.ok("ListGrants", json!({"KeyId": key.id}));
    assert_eq!(listed["Grants"].as_array().map(Vec::len), Some(4));
    kms.ok("RevokeGrant", json!({"KeyId": key.id, "GrantId": first.id}));
    let new = make(&kms, &key, input(json!("n"), json!(["Encrypt", "Decrypt"])));
    assert_ne!(first.id, new.id);
}

#[test]
fn what_is_no_principal_is_refused_in_the_words_of_aws() {
    let kms = kms();
    let input = example(&kms);
    let session = "arn:aws:sts::111111111111:assumed-role/path/worker/session";
    let group = "arn:aws:iam::111111111111:group/all";
    let not_found = "Retiring principal AROA0:x could not be found";
    let grantee = "GranteePrincipal does not refer to a valid principal.";
    for (member, principal, code, message) in [
        ("GranteePrincipal", "AROA0:x", "InvalidArnException", grantee),
        ("RetiringPrincipal", "AROA0:x", "NotFoundException", not_found),
    ] {
        kms.refuses("CreateGrant", with(input.clone(), json!({member: principal})), code, message);
    }
    for member in ["GranteePrincipal", "RetiringPrincipal"] {
        for (principal, message) in [
            (session, format!("ARN is not valid: {session}")),
            (group, format!("ARN does not refer to a valid principal: {group}")),
        ] {
            let input = with(input.clone(), json!({member: principal}));
            kms.refuses("CreateGrant", input, "InvalidArnException", &message);
        }
    }
    let message = "1 validation error detected: Value 'a*' at 'granteePrincipal' failed to satisfy \
                   constraint: Member must satisfy regular expression pattern: ^[\\w+=,.@:/-]+$";
    let input = with(input, json!({"GranteePrincipal": "a*"}));
    kms.refuses("CreateGrant", input, "ValidationException", message);
}

#[test]
fn members_that_do_not_go_together_are_refused() {
    let kms = kms();
    let key = kms.key();
    let (somebody, service) = (principal(&kms), "logs.us-east-1.amazonaws.com");
    let source = json!({"SourceArn": "arn:aws:logs:us-east-1:111122223333:log-group:x"});
    let both =
        json!({"EncryptionContextSubset": {"a": "b"}, "EncryptionContextEquals": {"a": "b"}});
    let many: serde_json::Map<_, _> = (0..9).map(|n| (n.to_string(), json!("x"))).collect();
    for wrong in [
        json!({}),
        json!({"GranteePrincipal": somebody, "GranteeServicePrincipal": service}),
        json!({"GranteeServicePrincipal": service, "Constraints": source}),
        json!({"GranteeServicePrincipal": service, "RetiringPrincipal": somebody}),
        json!({
            "GranteePrincipal": somebody,
            "RetiringPrincipal": somebody,
            "RetiringServicePrincipal": service,
        }),
        json!({"GranteePrincipal": somebody, "Operations": []}),
        json!({"GranteePrincipal": somebody, "Operations": ["ScheduleKeyDeletion"]}),
        json!({"GranteePrincipal": somebody, "Constraints": both}),
        json!({"GranteePrincipal": somebody, "Constraints": {"EncryptionContextEquals": {}}}),
        json!({"GranteePrincipal": somebody, "Constraints": {"EncryptionContextSubset": many}}),
        json!({
            "GranteePrincipal": somebody,
            "Constraints": {"EncryptionContextSubset": {"a": "x".repeat(385)}},
        }),
        json!({
            "GranteePrincipal": somebody,
            "Constraints": {"SourceArn": "arn:aws:s3:::a-bucket"},
        }),
        json!({"GranteeServicePrincipal": "amazonaws.com"}),
    ] {
        let input = with(json!({"KeyId": key.id, "Operations": ["Decrypt"]}), wrong);
        let refusal = kms.call("CreateGrant", input.clone()).expect_err("it is refused");
        assert_eq!((refusal.status, &*refusal.code), (400, "ValidationException"), "{input}");
        assert!(!refusal.message.is_empty(), "{input}");
    }
    let listed = kms.ok("ListGrants", json!({"KeyId": key.id}));
    assert_eq!(listed["Grants"], json!([]));
    let fine = json!({
        "GranteeServicePrincipal": service,
        "RetiringServicePrincipal": service,
        "Constraints": source,
        "Operations": ["Decrypt"],
    });
    make(&kms, &key, fine);
    let entry = kms.ok("ListGrants", json!({"KeyId": key.id}))["Grants"][0].take();
    assert_eq!(entry["GranteeServicePrincipal"], service);
    assert_eq!(entry["RetiringServicePrincipal"], service);
    assert_eq!(entry["Constraints"], source);
    assert!(entry.get("GranteePrincipal").is_none(), "{entry}");
    let twice = json!({"KeyId": key.id, "Operations": ["Encrypt"], "GranteePrincipal": somebody});
    let twice = with(twice, json!({"Constraints": both}));
    kms.refuses("CreateGrant", twice, "ValidationException", "More than one constraint supplied");
}

#[test]
fn operations_and_constraints_must_go_with_the_key() {
    let kms = kms();
    let refuses = |key: &Key, members: Value, message: &str| {
        let grantee = json!({"KeyId": key.id, "GranteePrincipal": principal(&kms)});
        kms.refuses("CreateGrant", with(grantee, members), "ValidationException", message);
    };
    let mac = kms.key_of("HMAC_256", "GENERATE_VERIFY_MAC");
    refuses(
        &mac,
        json!({"Operations": ["Encrypt"]}),
        "Operations [Encrypt] are not supported when creating a grant for a symmetric KMS key with \
         key usage GENERATE_VERIFY_MAC. Valid operations are [CreateGrant, RetireGrant, \
         DescribeKey, GenerateMac, VerifyMac]",
    );
    let pair = kms.key_of("ECC_NIST_P256", "SIGN_VERIFY");
    refuses(
        &pair,
        json!({"Operations": ["GenerateDataKey", "Sign", "Decrypt"]}),
        "Operations [Decrypt, GenerateDataKey] are not supported when creating a grant for an \
         asymmetric KMS key with key usage SIGN_VERIFY. Valid operations are [CreateGrant, \
         RetireGrant, DescribeKey, GetPublicKey, Sign, Verify]",
    );
    let context = json!({"EncryptionContextEquals": {"a": "b"}});
    for (key, operation) in [(&mac, "VerifyMac"), (&pair, "Sign")] {
        refuses(
            key,
            json!({"Operations": [operation], "Constraints": context}),
            "EncryptionContext is supported only when creating a grant for a symmetric encryption \
             KMS key.",
        );
    }
}

#[test]
fn only_a_key_in_use_gets_grants() {
    let kms = kms();
    let external = kms.external_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    let input = with(example(&kms), json!({"KeyId": external.id}));
    let message = format!("{} is pending import.", external.arn);
    kms.refuses("CreateGrant", input, "KMSInvalidStateException", &message);
}
