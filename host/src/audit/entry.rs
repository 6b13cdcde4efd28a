//! What a record is found by: the attributes of the history of events, and some more for the
//! command line. It may not fail: what is no record of the usual form is found by nothing.
//!
//! Source: CloudTrail user guide, "Viewing CloudTrail events with the AWS CLI", and what lookups
//! show there.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::mentions::{Mentions, Text, What};

/// By what a record is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Field {
    /// `recipientAccountId`: in whose history it is.
    Account = 1,
    /// `awsRegion`.
    Region = 2,
    /// `eventID`.
    EventId = 3,
    /// `eventName`.
    EventName = 4,
    /// `readOnly`: `true` or `false`.
    ReadOnly = 5,
    /// See [`Entry::username`].
    Username = 6,
    /// `AWS::KMS::Key`.
    ResourceType = 7,
    /// The ARN of a key, the name of a user.
    ResourceName = 8,
    /// `eventSource`.
    EventSource = 9,
    /// `userIdentity.accessKeyId`.
    AccessKeyId = 10,
    /// Any name of a resource: its ARN, the last part of that, and what the request called it.
    Named = 11,
    /// Whether it was refused or failed: `true`.
    Failed = 12,
}

/// What a record must have to be found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Term {
    /// Where.
    pub field: Field,
    /// What.
    pub value: String,
}

impl Term {
    /// What a record must have there.
    pub fn new(field: Field, value: impl Into<String>) -> Self {
        Self { field, value: value.into() }
    }

    /// Under what an index has it.
    pub fn hash(&self) -> u64 {
        hash(self.field, &self.value)
    }
}

/// Under what indexes have a value. A resource is known by one of its names in any case, and the
/// record tells by which.
pub(super) fn hash(field: Field, value: &str) -> u64 {
    let field = if field == Field::ResourceName { Field::Named } else { field };
    let digest = Sha256::new().chain_update([field as u8]).chain_update(value).finalize();
    u64::from_be_bytes(*digest.first_chunk().expect("a digest has more than eight bytes"))
}

/// The hashes of values that were met before: most records have the same few accounts, users and
/// keys.
#[derive(Default)]
pub(super) struct Hashes([HashMap<Box<str>, u64>; FIELDS]);

impl Hashes {
    /// What [`hash`] makes of it.
    pub(super) fn of(&mut self, field: Field, value: &str) -> u64 {
        let known = self.0.get_mut(field as usize);
        // No two records have the same.
        let Some(known) = known.filter(|_| field != Field::EventId && value.len() <= 256) else {
            return hash(field, value);
        };
        if let Some(hash) = known.get(value) {
            return *hash;
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        let hash = hash(field, value);
        known.insert(value.into(), hash);
        hash
    }
}

/// One more than the greatest [`Field`].
const FIELDS: usize = Field::Failed as usize + 1;
/// So many values of a field are remembered.
const MOST_KNOWN: usize = 1024;

/// A resource as the history shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource<'a> {
    /// `AWS::KMS::Key`
    pub kind: Cow<'a, str>,
    /// The ARN of a key, the name of a user.
    pub name: Cow<'a, str>,
}

/// A record, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry<'a> {
    #[serde(borrow)]
    event_time: Cow<'a, str>,
    #[serde(borrow, rename = "eventID")]
    event_id: Cow<'a, str>,
    #[serde(borrow)]
    event_name: Cow<'a, str>,
    #[serde(borrow)]
    event_source: Cow<'a, str>,
    #[serde(borrow, default)]
    aws_region: Text<'a>,
    #[serde(borrow, default)]
    recipient_account_id: Text<'a>,
    #[serde(borrow, default)]
    error_code: Text<'a>,
    #[serde(default)]
    read_only: Option<bool>,
    #[serde(borrow)]
    user_identity: Identity<'a>,
    #[serde(borrow, default)]
    resources: Vec<Given<'a>>,
    #[serde(borrow, default)]
    request_parameters: Mentions<'a>,
    #[serde(borrow, default)]
    response_elements: Mentions<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    principal_id: Text<'a>,
    #[serde(borrow, default)]
    access_key_id: Text<'a>,
    #[serde(borrow, default)]
    user_name: Text<'a>,
}

#[derive(Deserialize)]
struct Given<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default, rename = "ARN")]
    arn: Text<'a>,
}

impl<'a> Entry<'a> {
    /// Reads a record; none if it has not the form of one.
    pub fn read(record: &'a [u8]) -> Option<Self> {
        // At once, and not for each text of the record.
        serde_json::from_str(str::from_utf8(record).ok()?).ok()
    }

    /// When the request came, in seconds since 1970; what has no such time is found at its
    /// beginning.
    pub fn time(&self) -> i64 {
        self.event_time.parse::<Timestamp>().map_or(0, Timestamp::as_second)
    }

    /// `eventTime` as it stands in the record.
    pub fn time_text(&self) -> &str {
        &self.event_time
    }

    /// `eventID`.
    pub fn event_id(&self) -> &str {
        &self.event_id
    }

    /// `eventName`.
    pub fn event_name(&self) -> &str {
        &self.event_name
    }

    /// `eventSource`.
    pub fn event_source(&self) -> &str {
        &self.event_source
    }

    /// In whose history it is; what operators do is in nobody's.
    pub fn account(&self) -> Option<&str> {
        self.recipient_account_id.get()
    }

    /// `awsRegion`.
    pub fn region(&self) -> Option<&str> {
        self.aws_region.get()
    }

    /// `errorCode`, of what was refused or failed.
    pub fn error_code(&self) -> Option<&str> {
        self.error_code.get()
    }

    /// `readOnly`, as the history has it.
    pub fn read_only(&self) -> Option<&'static str> {
        self.read_only.map(|read_only| if read_only { "true" } else { "false" })
    }

    /// With what was signed.
    pub fn access_key_id(&self) -> Option<&str> {
        self.user_identity.access_key_id.get()
    }

    /// Who, in a word: the name of a user, of a session or of a federated user, or `root`. A
    /// service and another account have none.
    pub fn username(&self) -> Option<&str> {
        let identity = &self.user_identity;
        match identity.kind.get()? {
            "IAMUser" => identity.user_name.get(),
            "Root" => Some("root"),
            "AssumedRole" | "FederatedUser" => {
                identity.principal_id.get()?.split_once(':').map(|(_, name)| name)
            }
            // Those who run the service.
            "Operator" => Some("operator"),
            _ => None,
        }
    }

    /// What it is about, each once. Where the record does not say itself, as those of IAM and STS
    /// do not, it follows from what was asked and answered.
    pub fn resources(&self) -> Vec<Resource<'_>> {
        let mut resources = Vec::new();
        for Given { kind, arn } in &self.resources {
            if let (Some(kind), Some(arn)) = (kind.get(), arn.get()) {
                push(&mut resources, kind, arn);
            }
        }
        if matches!(&*self.event_source, "iam.amazonaws.com" | "sts.amazonaws.com") {
            for (what, name) in self.mentions() {
                if let What::Resource(kind) = what {
                    push(&mut resources, kind, name);
                }
            }
        }
        resources
    }

    /// Shows everything that it is found by; some of it perhaps twice.
    pub fn each(&self, mut found: impl FnMut(Field, &str)) {
        let single = [
            (Field::Account, self.account()),
            (Field::Region, self.region()),
            (Field::EventId, Some(self.event_id())),
            (Field::EventName, Some(self.event_name())),
            (Field::ReadOnly, self.read_only()),
            (Field::Username, self.username()),
            (Field::EventSource, Some(self.event_source())),
            (Field::AccessKeyId, self.access_key_id()),
            (Field::Failed, self.error_code().map(|_| "true")),
        ];
        for (field, value) in single {
            if let Some(value) = value {
                found(field, value);
            }
        }
        for Resource { kind, name } in self.resources() {
            found(Field::ResourceType, &kind);
            found(Field::ResourceName, &name);
            found(Field::Named, &name);
            if let Some(last) = last_part(&name) {
                found(Field::Named, last);
            }
        }
        if &*self.event_source == "kms.amazonaws.com" {
            for (what, name) in self.request_parameters.all() {
                if what == What::Key {
                    found(Field::Named, name);
                }
            }
        }
    }

    /// Whether it has all of that.
    pub fn has(&self, terms: &[Term]) -> bool {
        terms.iter().all(|term| {
            let mut has = false;
            self.each(|field, value| has |= field == term.field && value == term.value);
            has
        })
    }

    fn mentions(&self) -> impl Iterator<Item = (What, &str)> {
        self.request_parameters.all().chain(self.response_elements.all())
    }
}

fn push<'a>(resources: &mut Vec<Resource<'a>>, kind: &'a str, name: &'a str) {
    let resource = Resource { kind: kind.into(), name: name.into() };
    if !resources.contains(&resource) {
        resources.push(resource);
    }
}

/// What a person calls it that has this ARN: the id of a key, `alias/` with the name of an alias,
/// the name of a role.
fn last_part(arn: &str) -> Option<&str> {
    let resource = arn.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
    match resource.strip_prefix("alias/") {
        Some(_) => Some(resource),
        None => resource.rsplit('/').next(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn record(members: Value) -> Vec<u8> {
        let mut record = json!({
            "userIdentity": {"type": "Root", "accessKeyId": "AKIA"},
            "eventTime": "2026-11-21T19:20:03Z",
            "eventSource": "kms.amazonaws.com",
            "eventName": "Encrypt",
            "eventID": "e",
        });
        let into = record.as_object_mut().unwrap();
        into.extend(members.as_object().unwrap().clone());
        record.to_string().into_bytes()
    }

    fn has(record: &[u8], field: Field, value: &str) -> bool {
        Entry::read(record).unwrap().has(&[Term::new(field, value)])
    }

    #[test]
    fn a_user_is_named_in_a_word() {
        for (identity, name) in [
            (json!({"type": "Root"}), Some("root")),
            (json!({"type": "IAMUser", "userName": "a", "principalId": "AIDA"}), Some("a")),
            (json!({"type": "AssumedRole", "principalId": "AROA:s@x"}), Some("s@x")),
            (json!({"type": "FederatedUser", "principalId": "1:bob"}), Some("bob")),
            (json!({"type": "AWSService", "invokedBy": "s3"}), None),
            (json!({"accountId": "1"}), None),
        ] {
            let record = record(json!({"userIdentity": identity}));
            assert_eq!(Entry::read(&record).unwrap().username(), name);
        }
    }

    #[test]
    fn a_key_is_found_by_each_of_its_names() {
        let arn = "arn:aws:kms:us-east-1:1:key/k-1";
        let record = record(json!({
            "requestParameters": {"keyId": "alias/x", "encryptionContext": {"keyId": "no"}},
            "resources": [{"type": "AWS::KMS::Key", "accountId": "1", "ARN": arn}],
        }));
        for name in [arn, "k-1", "alias/x"] {
            assert!(has(&record, Field::Named, name), "{name}");
        }
        assert!(has(&record, Field::ResourceName, arn));
        assert!(has(&record, Field::ResourceType, "AWS::KMS::Key"));
        assert!(!has(&record, Field::ResourceName, "k-1"));
        assert!(!has(&record, Field::Named, "no"));
        assert_eq!(last_part("arn:aws:kms:r:1:alias/a/b"), Some("alias/a/b"));
        assert_eq!(last_part("arn:aws:iam::1:role/p/n"), Some("n"));
    }

    #[test]
    fn what_iam_was_asked_tells_what_it_is_about() {
        let record = record(json!({
            "eventSource": "iam.amazonaws.com",
            "requestParameters": {"userName": "a", "policyArn": "arn:aws:iam::1:policy/p"},
            "responseElements": {"accessKey": {"userName": "a", "accessKeyId": "AKIA2"}},
        }));
        let entry = Entry::read(&record).unwrap();
        let resources = entry.resources();
        let names: Vec<_> = resources.iter().map(|one| (&*one.kind, &*one.name)).collect();
        let expected = [
            ("AWS::IAM::User", "a"),
            ("AWS::IAM::Policy", "arn:aws:iam::1:policy/p"),
            ("AWS::IAM::AccessKey", "AKIA2"),
        ];
        for one in expected {
            assert_eq!(names.iter().filter(|found| **found == one).count(), 1, "{names:?}");
        }
        assert_eq!(names.len(), 3);
    }

    #[test]
    fn hashes_that_are_remembered_are_the_same() {
        let mut hashes = Hashes::default();
        for number in (0..3000).chain(0..3000) {
            let (short, long) = (format!("user-{number}"), format!("{number}{:300}", ""));
            for field in [Field::Username, Field::EventId, Field::ResourceName, Field::Failed] {
                assert_eq!(hashes.of(field, &short), hash(field, &short));
                assert_eq!(hashes.of(field, &long), hash(field, &long));
            }
        }
        assert!(hashes.0.iter().all(|known| known.len() <= MOST_KNOWN));
        assert!(hashes.0.iter().any(|known| !known.is_empty()));
    }

    #[test]
    fn odd_members_are_passed_over() {
        let odd = record(json!({
            "requestParameters": {"keyId": {"keyId": 1}, "userName": [1, "x"]},
            "responseElements": "text",
            "errorCode": 1,
            "awsRegion": null,
            "recipientAccountId": {},
        }));
        let entry = Entry::read(&odd).unwrap();
        assert_eq!((entry.account(), entry.region(), entry.error_code()), (None, None, None));
        assert!(entry.resources().is_empty());
        assert_eq!(entry.time(), 1_795_288_803);
        for other in [&b""[..], b"{}", b"[]", b"{\"eventTime\":1}", b"\xff"] {
            assert!(Entry::read(other).is_none());
        }
    }
}
