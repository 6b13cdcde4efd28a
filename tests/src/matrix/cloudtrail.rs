//! The rows of CloudTrail: the caller's own policies decide, and nothing else.

use keycell::services::cloudtrail::OPERATIONS;
use serde_json::{Value, json};

use crate::{
    cloudtrail::EXAMPLES,
    kit::{CloudTrail, Credentials, Refusal, Signer, kms},
};

use super::{Way, assert_complete};

const WAYS: [Way; 6] = [
    Way::NoCredentials,
    Way::WrongSignature,
    Way::OtherAccount,
    Way::NoPolicy,
    Way::IdentityPolicy,
    Way::DeniedByIdentity,
];

#[test]
fn every_operation_has_its_row() {
    assert_complete(EXAMPLES.iter().map(|example| example.operation), OPERATIONS);
}

#[test]
fn operations_serve_those_alone_whom_their_policies_let() {
    let kms = kms();
    for example in EXAMPLES {
        for way in WAYS {
            let (operation, input) = (example.operation, (example.input)(&kms));
            let action = format!("cloudtrail:{operation}");
            let statement =
                |effect: &str| json!({"Effect": effect, "Action": action, "Resource": "*"});
            let root = kms.cloudtrail();
            let answer = match way {
                Way::NoCredentials => root.client.send(&root.request(operation, input.to_string())),
                Way::WrongSignature => {
                    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ".to_owned();
                    let credentials = Credentials { secret, ..kms.credentials.clone() };
                    let signer = Signer { credentials, ..root.signer() };
                    root.client.send(&signer.sign(root.request(operation, input.to_string())))
                }
                Way::OtherAccount => sent(&kms.stranger().cloudtrail(), operation, &input),
                Way::NoPolicy => sent(&kms.new_user().client.cloudtrail(), operation, &input),
                Way::IdentityPolicy => {
                    let user = kms.user_with(json!([statement("Allow")]));
                    sent(&user.client.cloudtrail(), operation, &input)
                }
                Way::DeniedByIdentity => {
                    let statements = json!([crate::kit::allow("*"), statement("Deny")]);
                    sent(&kms.user_with(statements).client.cloudtrail(), operation, &input)
                }
                Way::KeyPolicy | Way::Grant | Way::DeniedByKey => panic!("there is no key"),
            };
            assert_outcome(way, answer.outcome(), &format!("{operation}, {way:?}"));
        }
    }
}

fn sent(client: &CloudTrail, operation: &str, input: &Value) -> crate::kit::Answer {
    client.client.send(&client.signed(operation, input.to_string()))
}

#[track_caller]
fn assert_outcome(way: Way, answer: Result<Value, Refusal>, of: &str) {
    let denied = "AccessDeniedException";
    let (code, part) = match way {
        Way::NoCredentials => ("MissingAuthenticationTokenException", ""),
        Way::WrongSignature => ("InvalidSignatureException", "The request signature we calculated"),
        Way::NoPolicy => (denied, "because no identity-based policy allows the cloudtrail:"),
        Way::DeniedByIdentity => (denied, "with an explicit deny in an identity-based policy"),
        // It is about the account of whoever calls, and he rules that one.
        _ => return drop(answer.expect(of)),
    };
    let refusal = answer.expect_err(of);
    assert_eq!((refusal.status, refusal.code.as_str()), (400, code), "{of}: {refusal:?}");
    assert!(refusal.message.contains(part), "{of}: {refusal:?}");
}
