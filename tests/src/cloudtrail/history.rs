//! The history of events as time passes and the trail grows: pages, 90 days, indexes that are
//! damaged, segments that are gone.

use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::{Inside, with};

/// A service whose segments hold some ten records each.
async fn small() -> Inside {
    Inside::with(|config| config.trail.segment_bytes = 10_000).await
}

/// The ids of the events on a page, and where the next one begins.
async fn page(inside: &Inside, input: Value) -> (Vec<String>, Option<String>) {
    let output = inside.cloudtrail("LookupEvents", input).await.expect("it is root");
    let events = output["Events"].as_array().expect("a list");
    let ids = events.iter().map(|event| event["EventId"].as_str().expect("a text").to_owned());
    (ids.collect(), output["NextToken"].as_str().map(str::to_owned))
}

/// All events that are found; something is called between each two pages.
async fn all(inside: &Inside, input: Value) -> Vec<String> {
    let (mut found, mut token) = page(inside, input.clone()).await;
    while let Some(next) = token {
        inside.ok("ListKeys", json!({})).await;
        let (more, after) = page(inside, with(input.clone(), json!({"NextToken": next}))).await;
        found.extend(more);
        token = after;
    }
    found
}

/// The ids of what the trail has of this operation, newest first.
fn recorded(inside: &Inside, operation: &str) -> Vec<String> {
    let records = inside.records();
    let of = records.iter().filter(|record| record["eventName"] == operation);
    let mut ids: Vec<_> = of.map(|one| one["eventID"].as_str().expect("a text").into()).collect();
    ids.reverse();
    ids
}

fn of(operation: &str) -> Value {
    json!([{"AttributeKey": "EventName", "AttributeValue": operation}])
}

#[tokio::test]
async fn pages_lose_nothing_and_repeat_nothing_while_more_is_called() {
    let inside = small().await;
    for number in 0..60 {
        inside.ok("ListKeys", json!({})).await;
        if number % 3 == 0 {
            inside.ok("ListAliases", json!({})).await;
            inside.pass(SignedDuration::from_secs(1));
        }
    }
    for (operation, size) in [("ListKeys", 7), ("ListAliases", 1), ("ListKeys", 50)] {
        let expected = recorded(&inside, operation);
        let input = json!({"LookupAttributes": of(operation), "MaxResults": size});
        assert_eq!(all(&inside, input).await, expected, "{operation} by {size}");
    }
    let before: BTreeSet<_> = recorded(&inside, "ListKeys").into_iter().collect();
    let found = all(&inside, json!({"MaxResults": 9})).await;
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "each once");
    assert!(before.iter().all(|id| found.contains(id)), "nothing is lost");
}

#[tokio::test]
async fn a_time_range_has_both_its_ends() {
    let inside = small().await;
    let mut seconds = Vec::new();
    for _ in 0..30 {
        inside.ok("ListKeys", json!({})).await;
        seconds.push(inside.now().as_second());
        inside.pass(SignedDuration::from_secs(10));
    }
    let mut expected = recorded(&inside, "ListKeys");
    expected.reverse();
    for (first, last) in [(0, 29), (5, 5), (3, 20), (29, 29)] {
        let (start, end) = (seconds[first], seconds[last]);
        let range = json!({"StartTime": start, "EndTime": end, "LookupAttributes": of("ListKeys")});
        let mut found = page(&inside, range).await.0;
        found.reverse();
        assert_eq!(found, expected[first..=last]);
    }
    let range = json!({"EndTime": seconds[0] - 1});
    let found = page(&inside, with(range, json!({"LookupAttributes": of("ListKeys")}))).await.0;
    assert!(found.is_empty());
}

#[tokio::test]
async fn the_history_goes_back_ninety_days() {
    let inside = small().await;
    inside.ok("ListKeys", json!({})).await;
    let began = inside.now().as_second();
    let look = || page(&inside, json!({"StartTime": began, "LookupAttributes": of("ListKeys")}));
    inside.pass(SignedDuration::from_hours(24 * 90));
    assert_eq!(look().await.0.len(), 1);
    inside.pass(SignedDuration::from_secs(1));
    assert_eq!(look().await.0.len(), 0);
    inside.ok("ListKeys", json!({})).await;
    assert_eq!(look().await.0.len(), 1);
}

#[tokio::test]
async fn who_asks_when_many_others_do_is_told_to_come_later() {
    let inside = std::sync::Arc::new(small().await);
    let lookups: Vec<_> = (0..64)
        .map(|_| {
            let inside = inside.clone();
            tokio::spawn(async move { inside.cloudtrail("LookupEvents", json!({})).await })
        })
        .collect();
    let mut served = 0;
    for lookup in lookups {
        match lookup.await.expect("it does not panic") {
            Ok(_) => served += 1,
            Err(refusal) => assert_eq!(
                (refusal.code.as_str(), refusal.message.as_str()),
                ("ThrottlingException", "Rate exceeded")
            ),
        }
    }
    assert!(served > 0);
}

/// The segments that are finished, oldest first.
fn finished(inside: &Inside) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(inside.service.data().join("trail"))
        .expect("there is a trail")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    all.sort();
    all.pop();
    all
}

/// Waits for what the service does by itself within seconds.
async fn wait_for(mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not come to hold in half a minute");
}

#[tokio::test]
async fn indexes_are_made_and_a_damaged_one_is_made_anew() {
    let inside = small().await;
    for _ in 0..60 {
        inside.ok("ListKeys", json!({})).await;
    }
    let segments = finished(&inside);
    assert!(segments.len() > 3);
    let index = |segment: &PathBuf| segment.with_extension("index");
    wait_for(|| segments.iter().all(|segment| index(segment).exists())).await;
    let whole: Vec<_> =
        segments.iter().map(|one| fs::read(index(one)).expect("it is there")).collect();
    let expected = recorded(&inside, "ListKeys");
    let look = || page(&inside, json!({"LookupAttributes": of("ListKeys")}));
    for damage in [&b""[..], b"nonsense", &[0; 9000]] {
        for segment in &segments {
            fs::write(index(segment), damage).expect("it can be written");
        }
        assert_eq!(look().await.0, expected[..50]);
        wait_for(|| {
            let now = segments.iter().map(|one| fs::read(index(one)).unwrap_or_default());
            now.eq(whole.iter().cloned())
        })
        .await;
    }
    assert_eq!(look().await.0, expected[..50]);
}

#[tokio::test]
async fn what_was_removed_is_not_found_and_no_error() {
    let inside = small().await;
    for _ in 0..40 {
        inside.ok("ListKeys", json!({})).await;
    }
    let segments = finished(&inside);
    let index = segments[0].with_extension("index");
    wait_for(|| index.exists()).await;
    fs::remove_file(&segments[0]).expect("it is there");
    let expected = recorded(&inside, "ListKeys");
    let input = json!({"LookupAttributes": of("ListKeys")});
    assert_eq!(page(&inside, input).await.0, expected);
    wait_for(|| !index.exists()).await;
}
