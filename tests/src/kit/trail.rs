//! A server's trail, read as it grows.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use keycell::audit::read::{self, Follower};
use serde_json::Value;

use super::Answer;

/// The records of a trail, found by the user agents of their requests.
pub(crate) struct Trail {
    folder: PathBuf,
    read: Mutex<Option<Reading>>,
}

struct Reading {
    follower: Follower,
    by_user_agent: HashMap<String, Vec<Value>>,
}

impl Trail {
    /// The trail of a data folder, which need not be there yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, read: Mutex::new(None) }
    }

    /// The records of the request that had this user agent.
    pub(crate) fn of(&self, user_agent: &str) -> Vec<Value> {
        // What is held is whole between two calls, whichever test panicked.
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = read.get_or_insert_with(|| {
            let (records, follower) =
                Follower::after_last(&self.folder, usize::MAX).expect("the trail is there");
            let mut reading = Reading { follower, by_user_agent: HashMap::new() };
            reading.take(&records);
            reading
        });
        while let Some(records) = reading.follower.next_batch().expect("the trail is there") {
            reading.take(&records);
        }
        reading.by_user_agent.get(user_agent).cloned().unwrap_or_default()
    }

    /// The one record of an answered request in its caller's account.
    #[track_caller]
    pub(crate) fn record(&self, answer: &Answer) -> Value {
        self.records(answer).0
    }

    /// The same with those of the other accounts that it concerns: one in each.
    #[track_caller]
    pub(crate) fn records(&self, answer: &Answer) -> (Value, Vec<Value>) {
        let all = self.of(&answer.user_agent);
        let (owners, mut own): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|record| record["userIdentity"]["type"] == "AWSAccount");
        assert_eq!(own.len(), 1, "a request has one record: {own:?}");
        let own = own.remove(0);
        let mut accounts = vec![&own["recipientAccountId"]];
        for record in [&own].into_iter().chain(&owners) {
            assert_eq!(record["requestID"], answer.request_id(), "{record}");
            assert_eq!(record["sharedEventID"], own["sharedEventID"], "{record}");
        }
        assert_eq!(own["sharedEventID"].is_string(), !owners.is_empty(), "{own}");
        for owner in &owners {
            assert!(!accounts.contains(&&owner["recipientAccountId"]), "{owner}");
            assert_ne!(owner["eventID"], own["eventID"]);
            accounts.push(&owner["recipientAccountId"]);
        }
        (own, owners)
    }

    /// All records, oldest first, read anew.
    pub(crate) fn all(&self) -> Vec<Value> {
        let records = read::read_last(&self.folder, usize::MAX).expect("the trail is there");
        records.iter().map(|record| parse(record)).collect()
    }
}

impl Reading {
    fn take(&mut self, records: &[Vec<u8>]) {
        for record in records.iter().map(|record| parse(record)) {
            if let Some(user_agent) = record.get("userAgent").and_then(Value::as_str) {
                self.by_user_agent.entry(user_agent.to_owned()).or_default().push(record);
            }
        }
    }
}

fn parse(record: &[u8]) -> Value {
    serde_json::from_slice(record).expect("a record is JSON")
}
