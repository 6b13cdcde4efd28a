//! The operations of CloudTrail.

mod every;
mod lookup_events;
mod trails;

use serde_json::{Value, json};

use crate::kit::Client;

/// An operation, and a call of it that succeeds.
pub(crate) struct Example {
    pub(crate) operation: &'static str,
    pub(crate) input: fn(&Client) -> Value,
}

/// All operations, in the order of their names.
pub(crate) const EXAMPLES: &[Example] = &[
    Example { operation: "DescribeTrails", input: |_| json!({"trailNameList": ["keycell"]}) },
    Example { operation: "GetTrailStatus", input: |_| json!({"Name": "keycell"}) },
    Example {
        operation: "ListPublicKeys",
        input: |_| json!({"StartTime": 1_600_000_000, "EndTime": 4_000_000_000_u32}),
    },
    Example {
        operation: "LookupEvents",
        input: |_| {
            json!({
                "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateKey"}],
                "StartTime": 1_600_000_000,
                "EndTime": 4_000_000_000_u32,
                "MaxResults": 1,
            })
        },
    },
];
