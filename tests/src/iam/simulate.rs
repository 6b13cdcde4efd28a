//! The policy simulator: decisions, and the statements that they come from.

use serde_json::json;

use crate::kit::{allow, kms, policy};

#[test]
fn a_user_is_simulated_with_all_its_policies() {
    let kms = kms();
    let (iam, user) = (kms.iam(), kms.user_with(json!([allow("kms:Encrypt")])));
    let arn = ("PolicySourceArn", &*user.arn);
    let actions =
        [("ActionNames.member.1", "kms:Encrypt"), ("ActionNames.member.2", "kms:Decrypt")];
    let found = iam.ok("SimulatePrincipalPolicy", &[arn, actions[0], actions[1]]);
    let decisions = found.texts("EvaluationResults", "EvalDecision");
    assert_eq!(decisions, ["allowed", "implicitDeny"]);
    let [first, _] = found.list("EvaluationResults") else { panic!("{found:?}") };
    assert_eq!(first.text("EvalResourceName"), "*");
    let [statement] = first.list("MatchedStatements") else { panic!("{first:?}") };
    assert_eq!(statement.text("SourcePolicyId"), format!("user_{}_p", user.name));
    assert_eq!(statement.text("SourcePolicyType"), "IAM Policy");
    assert_eq!(statement.text("StartPosition.Line"), "1");
    // A page is of actions, and what is asked may change from page to page.
    let page = [arn, actions[0], actions[1], ("MaxItems", "1")];
    let first = iam.ok("SimulatePrincipalPolicy", &page);
    assert_eq!(first.texts("EvaluationResults", "EvalActionName"), ["kms:Encrypt"]);
    let marker = ("Marker", first.text("Marker"));
    let rest = iam.ok("SimulatePrincipalPolicy", &[arn, actions[0], actions[1], marker]);
    assert_eq!(rest.texts("EvaluationResults", "EvalActionName"), ["kms:Decrypt"]);
}

#[test]
fn a_boundary_limits_and_each_resource_has_its_own_answer() {
    let kms = kms();
    let iam = kms.iam();
    let open = policy(json!([{
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/1",
    }]));
    let (one, two) = ("arn:aws:s3:::b/1", "arn:aws:s3:::b/2");
    let form = [
        ("PolicyInputList.member.1", &*open),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ResourceArns.member.1", one),
        ("ResourceArns.member.2", two),
    ];
    let found = iam.ok("SimulateCustomPolicy", &form);
    let [result] = found.list("EvaluationResults") else { panic!("{found:?}") };
    assert_eq!(result.text("EvalDecision"), "implicitDeny");
    let each = result.texts("ResourceSpecificResults", "EvalResourceDecision");
    assert_eq!(each, ["allowed", "implicitDeny"]);
    for of_one in result.list("ResourceSpecificResults") {
        assert!(
            of_one.find("MatchedStatements").is_some()
                && of_one.find("MissingContextValues").is_some()
        );
        assert!(of_one.find("EvalDecisionDetails").is_none());
    }
    let limit = policy(json!([allow("s3:PutObject")]));
    let limited =
        [&form[..3], &[("PermissionsBoundaryPolicyInputList.member.1", &*limit)]].concat();
    let found = iam.ok("SimulateCustomPolicy", &limited);
    let [result] = found.list("EvaluationResults") else { panic!("{found:?}") };
    assert_eq!(result.text("EvalDecision"), "implicitDeny");
    let detail = "PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary";
    assert_eq!(result.text(detail), "false");
}

#[test]
fn what_conditions_lack_is_told_and_can_be_given() {
    let kms = kms();
    let iam = kms.iam();
    let text = policy(json!([{
        "Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Condition": {"NumericLessThan": {"kms:RotationPeriodInDays": "100"}},
    }]));
    let form =
        [("PolicyInputList.member.1", &*text), ("ActionNames.member.1", "kms:EnableKeyRotation")];
    let found = iam.ok("SimulateCustomPolicy", &form);
    let [result] = found.list("EvaluationResults") else { panic!("{found:?}") };
    assert_eq!(result.texts("MissingContextValues", ""), ["kms:RotationPeriodInDays"]);
    let entry = |value| {
        [
            ("ContextEntries.member.1.ContextKeyName", "kms:RotationPeriodInDays"),
            ("ContextEntries.member.1.ContextKeyType", "numeric"),
            ("ContextEntries.member.1.ContextKeyValues.member.1", value),
        ]
    };
    let found = iam.ok("SimulateCustomPolicy", &[&form[..], &entry("90")].concat());
    assert_eq!(found.texts("EvaluationResults", "EvalDecision"), ["allowed"]);
    let message =
        "Invalid context value for key kms:RotationPeriodInDays: expected numeric format.";
    let wrong = [&form[..], &entry("abc")].concat();
    iam.refuses("SimulateCustomPolicy", &wrong, (400, "InvalidInput"), message);
}

#[test]
fn what_cannot_be_simulated_is_refused_in_the_words_of_aws() {
    let kms = kms();
    let iam = kms.iam();
    let account = &kms.credentials.account;
    let invalid = "Invalid ARN provided in the request:";
    let foreign = format!(
        "Invalid Policy Source Arn: caller's account {account} does not have access to policies \
         in account 999999999999."
    );
    for (arn, (status, code), message) in [
        (
            format!("arn:aws:iam::{account}:role/nobody"),
            (404, "NoSuchEntity"),
            "Unable to retrieve specified IAM entity.".to_owned(),
        ),
        ("arn:aws:iam::999999999999:user/u".to_owned(), (400, "InvalidInput"), foreign),
        (
            format!("arn:aws:iam::{account}:root"),
            (400, "InvalidInput"),
            format!("{invalid} arn:aws:iam::{account}:root"),
        ),
    ] {
        let form = [("PolicySourceArn", &*arn), ("ActionNames.member.1", "kms:Encrypt")];
        iam.refuses("SimulatePrincipalPolicy", &form, (status, code), &message);
    }
    let form = [("PolicyInputList.member.1", "{"), ("ActionNames.member.1", "kms:Encrypt")];
    let message = "Policy input list item 1 has invalid content";
    iam.refuses("SimulateCustomPolicy", &form, (400, "InvalidInput"), message);
}
