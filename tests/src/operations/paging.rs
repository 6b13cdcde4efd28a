//! What all lists do alike. Source: KMS API reference, "Limit", "Marker", "NextMarker".

use serde_json::{Value, json};

use crate::kit::{Client, with};

/// Reads a list page by page, asserts the shape of each page, and returns the entries of each.
#[track_caller]
pub(super) fn pages(
    kms: &Client,
    operation: &str,
    list: &str,
    input: &Value,
    limit: usize,
) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut input = with(input.clone(), json!({"Limit": limit}));
    loop {
        let page = kms.ok(operation, input.clone());
        let entries = page[list].as_array().expect("a list").clone();
        assert!(entries.len() <= limit, "{page}");
        pages.push(entries);
        match page.get("NextMarker") {
            Some(marker) => {
                assert_eq!(page["Truncated"], true);
                input = with(input, json!({"Marker": marker}));
            }
            None => {
                assert_eq!(page["Truncated"], false);
                return pages;
            }
        }
    }
}

/// The marker of the second page.
#[track_caller]
pub(super) fn marker(kms: &Client, operation: &str, input: Value) -> String {
    let page = kms.ok(operation, with(input, json!({"Limit": 1})));
    page["NextMarker"].as_str().expect("there is a second page").to_owned()
}

/// Asserts that what no list of this kind has returned is refused.
#[track_caller]
pub(super) fn refuses_marker(kms: &Client, operation: &str, input: &Value, marker: &str) {
    let input = with(input.clone(), json!({"Marker": marker}));
    kms.refuses(operation, input, "InvalidMarkerException", "");
}

/// `marker` spoilt in every way that a stranger to it may think of.
pub(super) fn spoilt(marker: &str) -> Vec<String> {
    let mut spoilt = vec![
        "x".to_owned(),
        "~ ÿ".to_owned(),
        "AAAAAAAAAAAAAAAA".to_owned(),
        marker.to_uppercase(),
        format!("{marker}A"),
        format!("{marker}="),
        format!(" {marker}"),
        "A".repeat(1024),
    ];
    spoilt.extend((1..marker.len()).map(|length| marker[..length].to_owned()));
    spoilt
}
