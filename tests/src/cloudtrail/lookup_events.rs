//! `LookupEvents`.

use serde_json::{Value, json};

use crate::kit::kms;

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
