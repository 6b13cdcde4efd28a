//! `LookupEvents`: what it finds, what it shows, and to whom.

use serde_json::{Value, json};

use crate::kit::{Client, CloudTrail, allow, kms};

/// All events that are found, page by page.
#[track_caller]
fn all(cloudtrail: &CloudTrail, input: &Value) -> Vec<Value> {
    let (mut found, mut input) = (Vec::new(), input.clone());
    loop {
        let mut output = cloudtrail.ok("LookupEvents", input.clone());
        let Value::Array(events) = output["Events"].take() else { panic!("a list: {output}") };
        found.extend(events);
        match output["NextToken"].take() {
            Value::Null => return found,
            token => input["NextToken"] = token,
        }
    }
}

fn by(key: &str, value: &str) -> Value {
    json!([{"AttributeKey": key, "AttributeValue": value}])
}

/// The second in which a record's request came.
fn time(record: &Value) -> i64 {
    let time = record["eventTime"].as_str().expect("a text");
    time.parse::<jiff::Timestamp>().expect("a time").as_second()
}

/// Finds the event of a record by each of these attributes, and by no other value of them.
#[track_caller]
fn assert_found(kms: &Client, record: &Value, attributes: &[(&str, &str)]) -> Value {
    let cloudtrail = kms.cloudtrail();
    let mut last = Value::Null;
    for (key, value) in attributes {
        let within = json!({"StartTime": time(record), "EndTime": time(record)});
        let of = |value: &str| {
            let input =
                crate::kit::with(within.clone(), json!({"LookupAttributes": by(key, value)}));
            let found = all(&cloudtrail, &input);
            found.into_iter().find(|event| event["EventId"] == record["eventID"])
        };
        last = of(value).unwrap_or_else(|| panic!("{key} {value} finds {record}"));
        assert_eq!(of(&format!("{value}x")), None, "{key}");
    }
    last
}

#[test]
fn an_event_is_found_by_each_of_its_attributes_as_soon_as_it_is_answered() {
    let kms = kms();
    let (user, key) = (kms.user_with(json!([allow("kms:*")])), kms.key());
    let input = json!({"KeyId": key.id, "Plaintext": "AA=="});
    let (outcome, record) = user.client.call_recorded("Encrypt", input);
    outcome.expect("he may");
    let credentials = &user.client.credentials;
    let event = assert_found(
        &kms,
        &record,
        &[
            ("EventId", record["eventID"].as_str().expect("a text")),
            ("EventName", "Encrypt"),
            ("ReadOnly", "true"),
            ("Username", &user.name),
            ("ResourceType", "AWS::KMS::Key"),
            ("ResourceName", &key.arn),
            ("EventSource", "kms.amazonaws.com"),
            ("AccessKeyId", &credentials.access_key_id),
        ],
    );
    let told = event["CloudTrailEvent"].as_str().expect("a text");
    assert_eq!(serde_json::from_str::<Value>(told).expect("JSON"), record);
    let expected = json!({
        "EventId": record["eventID"],
        "EventName": "Encrypt",
        "ReadOnly": "true",
        "AccessKeyId": credentials.access_key_id,
        "EventTime": time(&record),
        "EventSource": "kms.amazonaws.com",
        "Username": user.name,
        "Resources": [{"ResourceType": "AWS::KMS::Key", "ResourceName": key.arn}],
        "CloudTrailEvent": told,
    });
    assert_eq!(event, expected);
}

#[test]
fn events_of_iam_and_sts_are_found_by_what_they_are_about() {
    let kms = kms();
    let iam = kms.iam();
    let (user, role) = (kms.new_user(), kms.new_role());
    let (outcome, record) = iam.call_recorded("GetUser", &[("UserName", &user.name)]);
    outcome.expect("he is there");
    let event = assert_found(
        &kms,
        &record,
        &[("ResourceName", &user.name), ("ResourceType", "AWS::IAM::User"), ("Username", "root")],
    );
    let resource = json!([{"ResourceType": "AWS::IAM::User", "ResourceName": user.name}]);
    assert_eq!(event["Resources"], resource);

    let form = [("RoleArn", &*role.arn), ("RoleSessionName", "s@1")];
    user_may_assume(&kms, &user.name);
    let (outcome, record) = user.client.sts().call_recorded("AssumeRole", &form);
    let session = crate::kit::session_of(&kms.credentials.account, &outcome.expect("he may"));
    let attributes = [
        ("ResourceName", &*role.arn),
        ("ResourceName", &*session.access_key_id),
        ("ResourceType", "AWS::STS::AssumedRole"),
        ("EventSource", "sts.amazonaws.com"),
        ("Username", &*user.name),
    ];
    assert_found(&kms, &record, &attributes);

    let session = kms.as_caller(session);
    let (outcome, record) = session.call_recorded("ListKeys", json!({}));
    assert_eq!(outcome.expect_err("the role may nothing").code, "AccessDeniedException");
    let id = session.credentials.access_key_id.as_str();
    let event = assert_found(&kms, &record, &[("Username", "s@1"), ("AccessKeyId", id)]);
    assert_eq!(event["Resources"], json!([]), "{event}");
}

fn user_may_assume(kms: &Client, user: &str) {
    kms.iam().put_user_policy(user, json!([allow("sts:AssumeRole")]));
}

#[test]
fn nobody_finds_what_was_called_in_another_account_or_region() {
    let kms = kms();
    let (_, record) = kms.call_recorded("ListKeys", json!({}));
    let id =
        json!({"LookupAttributes": by("EventId", record["eventID"].as_str().expect("a text"))});
    let count = |client: &Client| all(&client.cloudtrail(), &id).len();
    assert_eq!(count(&kms), 1);
    assert_eq!(count(&kms.stranger()), 0);
    assert_eq!(count(&kms.in_region("eu-west-1")), 0);
    for client in [kms.stranger(), kms.stranger().in_region("eu-west-1")] {
        client.call("ListKeys", json!({})).expect("it is root");
        for event in all(&client.cloudtrail(), &json!({"StartTime": time(&record)})) {
            let told = event["CloudTrailEvent"].as_str().expect("a text");
            let record: Value = serde_json::from_str(told).expect("JSON");
            assert_eq!(record["recipientAccountId"], json!(client.credentials.account));
            assert_eq!(record["awsRegion"], json!(client.region));
        }
    }
    // What is in no Region is in that of the global endpoint.
    let (_, record) = kms.in_region("eu-west-1").iam().call_recorded("ListUsers", &[]);
    assert_found(&kms, &record, &[("EventName", "ListUsers")]);
}

#[test]
fn a_lookup_is_recorded_as_any_call() {
    let cloudtrail = kms().cloudtrail();
    let input = json!({
        "LookupAttributes": by("Username", "nobody"),
        "StartTime": 1_700_000_000.5,
        "MaxResults": 5,
    });
    let (outcome, record) = cloudtrail.call_recorded("LookupEvents", input);
    assert_eq!(outcome.expect("it is root"), json!({"Events": []}));
    let expected = json!({
        "lookupAttributes": [{"attributeKey": "Username", "attributeValue": "nobody"}],
        "startTime": "Nov 14, 2023, 10:13:20 PM",
        "maxResults": 5,
    });
    assert_eq!(record["requestParameters"], expected);
    assert_eq!(record["responseElements"], Value::Null);
}

#[test]
fn a_token_is_good_for_its_own_question_alone() {
    let kms = kms();
    let (user, other) = (kms.user_with(json!([allow("kms:*")])), kms.new_user());
    for _ in 0..3 {
        user.client.call("ListKeys", json!({})).expect("he may");
    }
    let input = json!({"LookupAttributes": by("Username", &user.name), "MaxResults": 1});
    let cloudtrail = kms.cloudtrail();
    let token = cloudtrail.ok("LookupEvents", input.clone())["NextToken"].take();
    let token = token.as_str().expect("there is another page").to_owned();
    let again = |token: &str| crate::kit::with(input.clone(), json!({"NextToken": token}));
    cloudtrail.ok("LookupEvents", again(&token));
    // How long a page is may change.
    cloudtrail.ok("LookupEvents", crate::kit::with(again(&token), json!({"MaxResults": 2})));
    let refuses = |cloudtrail: &CloudTrail, input: Value| {
        let words = "The token is not valid, or was used with different parameters.";
        cloudtrail.refuses("LookupEvents", input, "InvalidNextTokenException", words);
    };
    for (place, _) in token.char_indices() {
        let mut altered = token.clone();
        let letter = if &token[place..=place] == "A" { "B" } else { "A" };
        altered.replace_range(place..=place, letter);
        // The last letter has bits that say nothing.
        if place + 1 < token.len() {
            refuses(&cloudtrail, again(&altered));
        }
    }
    for text in ["", "x", "é", &token[1..], &format!("{token}{token}")] {
        refuses(&cloudtrail, again(text));
    }
    let of_other = json!({"LookupAttributes": by("Username", &other.name), "NextToken": token});
    refuses(&cloudtrail, of_other);
    refuses(&cloudtrail, crate::kit::with(again(&token), json!({"EndTime": 4_000_000_000_u32})));
    refuses(&kms.stranger().cloudtrail(), again(&token));
    refuses(&kms.in_region("eu-west-1").cloudtrail(), again(&token));
}

#[test]
fn there_are_no_insights() {
    let output = kms().cloudtrail().ok("LookupEvents", json!({"EventCategory": "insight"}));
    assert_eq!(output, json!({"Events": []}));
}

#[test]
fn what_is_asked_for_wrongly_is_refused_in_its_own_words() {
    let cloudtrail = kms().cloudtrail();
    let refuses = |input: Value, code: &str, message: &str| {
        cloudtrail.refuses("LookupEvents", input, code, message);
    };
    let attribute = |key: &str| json!({"AttributeKey": key, "AttributeValue": "x"});
    refuses(
        json!({"LookupAttributes": [attribute("EventName"), attribute("Username")]}),
        "InvalidLookupAttributesException",
        "Only one lookup attribute can be specified.",
    );
    refuses(
        json!({"LookupAttributes": [attribute("eventName")]}),
        "InvalidLookupAttributesException",
        "A lookup attribute is specified that is not valid.",
    );
    refuses(
        json!({"LookupAttributes": [{"AttributeValue": "x"}]}),
        "ValidationException",
        "1 validation error detected: Value null at 'lookupAttributes.1.member.attributeKey' \
         failed to satisfy constraint: Member must not be null",
    );
    refuses(
        json!({"StartTime": 1_700_000_001, "EndTime": 1_700_000_000}),
        "InvalidTimeRangeException",
        "The start time must not be after the end time.",
    );
    for size in [0, 51, -1] {
        refuses(
            json!({"MaxResults": size}),
            "InvalidMaxResultsException",
            "The number of results must be at least 1 and at most 50.",
        );
    }
    refuses(
        json!({"EventCategory": "management"}),
        "InvalidEventCategoryException",
        "The event category that is specified is not valid.",
    );
    let answer = cloudtrail.call("LookupEvents", json!({"MaxResults": "1"}));
    assert_eq!(answer.unwrap_err().code, "SerializationException");
}
