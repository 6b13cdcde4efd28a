//! The operations on custom key stores: refused, and recorded like any call.

use keycell::services::kms::REFUSED;
use serde_json::json;

use crate::kit::{Request, kms};

const MESSAGE: &str = "Custom key stores are not supported by this service.";

#[test]
fn operations_on_custom_key_stores_are_refused_and_recorded() {
    let kms = kms();
    assert_eq!(REFUSED.len(), 6);
    for operation in REFUSED {
        let input = json!({"CustomKeyStoreId": "cks-1", "KeyStorePassword": "secret-word"});
        let (outcome, record) = kms.call_recorded(operation.name, input);
        let refusal = outcome.expect_err("there are no custom key stores");
        assert_eq!((refusal.status, &*refusal.message), (400, MESSAGE), "{}", operation.name);
        assert_eq!(refusal.code, "UnsupportedOperationException");
        assert_eq!(record["readOnly"], operation.read_only, "{record}");
        assert_eq!(record["userIdentity"]["accountId"], kms.credentials.account, "{record}");
        assert!(!record.to_string().contains("secret-word"), "{record}");
    }
}

#[test]
fn nobody_is_told_so_who_has_not_signed() {
    let kms = kms();
    for operation in REFUSED {
        let answer = kms.send(&Request::new("localhost", operation.name, "{}"));
        let code = answer.outcome().expect_err("it is not signed").code;
        assert_eq!(code, "MissingAuthenticationTokenException", "{}", operation.name);
    }
}

#[test]
fn no_key_is_made_in_one_and_no_random_byte_comes_from_one() {
    let kms = kms();
    for (operation, member) in [
        ("CreateKey", "CustomKeyStoreId"),
        ("CreateKey", "XksKeyId"),
        ("GenerateRandom", "CustomKeyStoreId"),
    ] {
        let input = json!({member: "cks-1234567890abcdef0", "NumberOfBytes": 32});
        let message = format!("{member} is not supported by this service.");
        kms.refuses(operation, input, "UnsupportedOperationException", &message);
    }
    for origin in ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] {
        let message = format!("Origin {origin} is not supported.");
        let input = json!({"Origin": origin});
        kms.refuses("CreateKey", input, "UnsupportedOperationException", &message);
    }
}
