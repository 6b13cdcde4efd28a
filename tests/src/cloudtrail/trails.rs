//! `DescribeTrails`, `GetTrailStatus`, `ListPublicKeys`.

use serde_json::{Value, json};

use crate::kit::{allow, kms, with};

fn arn(account: &str) -> String {
    format!("arn:aws:cloudtrail:us-east-1:{account}:trail/keycell")
}

#[test]
fn there_is_one_trail_and_it_is_at_home_in_one_region() {
    let kms = kms();
    let (here, there) = (kms.cloudtrail(), kms.in_region("eu-west-1").cloudtrail());
    let arn = arn(&kms.credentials.account);
    let trail = json!({
        "Name": "keycell",
        "S3BucketName": "keycell-trail",
        "IncludeGlobalServiceEvents": true,
        "IsMultiRegionTrail": true,
        "HomeRegion": "us-east-1",
        "TrailARN": arn,
        "LogFileValidationEnabled": true,
        "HasCustomEventSelectors": false,
        "HasInsightSelectors": false,
        "IsOrganizationTrail": false,
    });
    let (one, none) = (json!({"trailList": [trail]}), json!({"trailList": []}));
    for (client, input, expected) in [
        (&here, json!({}), &one),
        (&here, json!({"trailNameList": []}), &one),
        (&here, json!({"trailNameList": ["other", "keycell"]}), &one),
        (&here, json!({"trailNameList": ["other"]}), &none),
        (&here, json!({"includeShadowTrails": false}), &one),
        (&there, json!({}), &one),
        (&there, json!({"trailNameList": [arn]}), &one),
        (&there, json!({"trailNameList": ["keycell"]}), &none),
        (&there, json!({"includeShadowTrails": false}), &none),
    ] {
        assert_eq!(client.ok("DescribeTrails", input.clone()), *expected, "{input}");
    }
}

#[test]
fn the_status_of_a_trail_is_told_by_its_name_at_home_and_by_its_arn_everywhere() {
    let kms = kms();
    let (here, there) = (kms.cloudtrail(), kms.in_region("eu-west-1").cloudtrail());
    let account = kms.credentials.account.clone();
    for (client, name) in [(&here, "keycell"), (&here, &arn(&account)), (&there, &arn(&account))] {
        let status = client.ok("GetTrailStatus", json!({"Name": name}));
        assert_eq!(status["IsLogging"], true);
        assert_eq!(status["TimeLoggingStopped"], "");
        assert_eq!(status["LatestDeliveryError"], Value::Null);
    }
    let stranger = arn("444455556666");
    for (client, name) in [(&here, "other"), (&here, &stranger), (&there, "keycell")] {
        client.refuses(
            "GetTrailStatus",
            json!({"Name": name}),
            "TrailNotFoundException",
            &format!("Unknown trail: {name} for the user: {account}"),
        );
    }
}

#[test]
fn names_that_no_trail_has_are_refused_in_their_own_words() {
    let cloudtrail = kms().cloudtrail();
    let long = "a".repeat(129);
    for (name, message) in [
        ("", "Trail name cannot be blank!"),
        (
            "ab",
            "Trail name too short. Minimum allowed length: 3 characters. Specified name length: \
             2 characters.",
        ),
        (
            &*long,
            "Trail name too long. Maximum allowed length: 128 characters. Specified name length: \
             129 characters.",
        ),
        ("-abc", "Trail name must starts with a letter or number."),
        ("abc.", "Trail name must ends with a letter or number."),
        (
            "a/b",
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, \
             periods (.), hyphens (-), and underscores (_).",
        ),
    ] {
        let refuses = |operation, input| {
            cloudtrail.refuses(operation, input, "InvalidTrailNameException", message);
        };
        refuses("GetTrailStatus", json!({"Name": name}));
        refuses("DescribeTrails", json!({"trailNameList": [name]}));
    }
    let code = "CloudTrailARNInvalidException";
    let message = "The ARN is not the ARN of a trail.";
    cloudtrail.refuses("GetTrailStatus", json!({"Name": "arn:aws:s3:::bucket"}), code, message);
    cloudtrail.refuses(
        "GetTrailStatus",
        json!({}),
        "ValidationException",
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member \
         must not be null",
    );
}

#[test]
fn a_policy_may_name_the_trail() {
    let kms = kms();
    let own = arn(&kms.credentials.account);
    let status = json!({"Action": "cloudtrail:GetTrailStatus"});
    let user = kms.user_with(json!([with(allow("x"), with(status, json!({"Resource": own})))]));
    let cloudtrail = user.client.cloudtrail();
    cloudtrail.ok("GetTrailStatus", json!({"Name": "keycell"}));
    cloudtrail.ok("GetTrailStatus", json!({"Name": own}));
    // Whether there is such a trail he is not told.
    let refused = cloudtrail.call("GetTrailStatus", json!({"Name": "other"}));
    assert_eq!(refused.unwrap_err().code, "AccessDeniedException");
}

#[test]
fn keys_are_listed_in_order_of_time_or_not_at_all() {
    let cloudtrail = kms().cloudtrail();
    assert!(cloudtrail.ok("ListPublicKeys", json!({}))["PublicKeyList"].is_array());
    cloudtrail.refuses(
        "ListPublicKeys",
        json!({"StartTime": 1_700_000_001, "EndTime": 1_700_000_000}),
        "InvalidTimeRangeException",
        "The start time must not be after the end time.",
    );
    let input = json!({"NextToken": "x"});
    cloudtrail.refuses("ListPublicKeys", input, "InvalidTokenException", "The token is not valid.");
}
