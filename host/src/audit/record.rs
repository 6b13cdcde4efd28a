//! One request's record, in the form of CloudTrail: filled while the request is served, written
//! when its outcome is known.
//!
//! Source: CloudTrail user guide, "CloudTrail record contents"; KMS developer guide, "Logging AWS
//! KMS API calls with AWS CloudTrail".

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::json;

use crate::{
    arn::{AccountId, Region},
    identity::{Acting, Caller, Principal},
    wire::{ApiError, member::push_json},
};

use super::identity;

/// A record in the making.
pub struct Event {
    /// Names the record; an answered change is found by it after a crash.
    pub id: String,
    /// Names the request, in the answer and in the record.
    pub request_id: String,
    /// When the request came.
    pub time: Timestamp,
    /// From where.
    pub source: Source,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Who; a request whose caller is unknown has no record.
    pub caller: Option<Caller>,
    /// The Region that the request was signed for.
    pub region: Option<Region>,
    /// `kms.amazonaws.com`
    pub service: &'static str,
    /// `Encrypt`.
    pub name: &'static str,
    /// Whether the operation changes nothing.
    pub read_only: bool,
    /// `requestParameters`, a JSON object.
    pub parameters: Option<String>,
    /// `responseElements`, a JSON object.
    pub response: Option<String>,
    /// The ARNs of the keys and aliases concerned, with their accounts.
    pub resources: Vec<(AccountId, String)>,
    /// The material that a key was used with.
    pub material_id: Option<String>,
    /// The grant that allowed it, or that was ended.
    pub grant_id: Option<String>,
    /// The component that served the call, as 64 hexadecimal digits.
    pub component: Option<String>,
    /// What a trusted front tells of the network.
    pub network: Network,
    /// `serviceEventDetails`, a JSON object: what the service did by itself.
    pub details: Option<String>,
}

/// Where a request comes from.
#[derive(Clone, Copy)]
pub enum Source {
    /// Over the network.
    Peer(IpAddr),
    /// Through the Unix socket or the data folder, by a user of this machine.
    Operator {
        /// Its uid.
        uid: u32,
    },
    /// From nowhere: the service does what has fallen due.
    Service {
        /// Whose key it is done with.
        account: AccountId,
    },
}

/// Which of an event's records: there is one in each account that it concerns.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    /// The caller's.
    Caller {
        /// `sharedEventID`, if there are others.
        shared: Option<&'a str>,
    },
    /// Another account's, whose key or role was used. Of the caller it tells no more than which
    /// account it is of.
    Owner {
        /// That account.
        account: AccountId,
        /// Names this record.
        id: &'a str,
        /// `sharedEventID`.
        shared: &'a str,
    },
}

/// Where in a network a request comes from, as a trusted front has told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Whether it came encrypted.
    pub is_secure: bool,
    /// `TLSv1.3`
    pub tls_version: Option<String>,
    /// `TLS_AES_128_GCM_SHA256`
    pub cipher_suite: Option<String>,
    /// Whom the client wanted to talk to.
    pub host: Option<String>,
    /// `vpc-…`
    pub vpc: Option<String>,
    /// `vpce-…`
    pub vpc_endpoint: Option<String>,
}

impl Network {
    /// Whether addresses are those of a network of somebody's own.
    pub fn is_private(&self) -> bool {
        self.vpc.is_some() || self.vpc_endpoint.is_some()
    }

    /// `tlsDetails` of what came encrypted.
    fn push_tls(&self, out: &mut String) {
        if !self.is_secure {
            return;
        }
        let members = [
            ("tlsVersion", &self.tls_version),
            ("cipherSuite", &self.cipher_suite),
            ("clientProvidedHostHeader", &self.host),
        ];
        push_texts(out, "tlsDetails", &members);
    }
}

impl Event {
    /// An event that nothing is known of but when and from where it came.
    pub fn begin(
        ids: [String; 2],
        time: Timestamp,
        source: Source,
        user_agent: Option<String>,
    ) -> Self {
        let [id, request_id] = ids;
        Self {
            id,
            request_id,
            time,
            source,
            user_agent,
            caller: None,
            region: None,
            service: "kms.amazonaws.com",
            name: "",
            read_only: true,
            parameters: None,
            response: None,
            resources: Vec::new(),
            material_id: None,
            grant_id: None,
            component: None,
            network: Network::default(),
            details: None,
        }
    }

    /// A key or an alias that the request is about.
    pub fn concerns(&mut self, account: AccountId, arn: String) {
        if !self.resources.iter().any(|(_, known)| *known == arn) {
            self.resources.push((account, arn));
        }
    }

    /// What a second run of the same request begins with.
    pub fn start_over(&mut self) {
        self.resources.clear();
        self.material_id = None;
        self.grant_id = None;
        self.response = None;
    }

    /// The record of an event that has one only: one line of JSON, without its end.
    pub fn finish(&self, error: Option<&ApiError>) -> Vec<u8> {
        self.finish_part(Part::Caller { shared: None }, error)
    }

    /// The other accounts that have a record of it: those of keys and roles that were used. A
    /// denial is told to nobody but the caller's account.
    pub fn others(&self, error: Option<&ApiError>) -> Vec<AccountId> {
        let mut others = Vec::new();
        if !self.is_request() || error.is_some_and(|error| error_code(error) == DENIED) {
            return others;
        }
        let own = self.recipient();
        for (account, _) in &self.resources {
            if Some(*account) != own && !others.contains(account) {
                others.push(*account);
            }
        }
        others
    }

    /// One of its records.
    pub fn finish_part(&self, part: Part<'_>, error: Option<&ApiError>) -> Vec<u8> {
        let mut out = String::with_capacity(1024);
        out.push_str(r#"{"eventVersion":"1.11","userIdentity":"#);
        self.push_identity(&mut out, part);
        out.push_str(r#","eventTime":""#);
        out.push_str(&whole_seconds(self.time));
        let source = match self.source {
            Source::Peer(_) | Source::Service { .. } => self.service,
            Source::Operator { .. } => "keycell",
        };
        out.push_str(r#"","eventSource":""#);
        out.push_str(source);
        out.push_str(r#"","eventName":""#);
        out.push_str(self.name);
        out.push_str(r#"","awsRegion":""#);
        out.push_str(self.region.as_ref().map_or("global", Region::as_str));
        out.push('"');
        self.push_origin(&mut out);
        if let Some(error) = error {
            push_text(&mut out, "errorCode", error_code(error));
            if let Some(message) = &error.message {
                push_text(&mut out, "errorMessage", cut(message, FIELD));
            }
        }
        push_object(&mut out, "requestParameters", self.parameters.as_deref());
        let response = self.response.as_deref().filter(|_| error.is_none());
        push_object(&mut out, "responseElements", response);
        self.push_additional(&mut out, part);
        let (id, recipient, shared) = match part {
            Part::Caller { shared } => (self.id.as_str(), self.recipient(), shared),
            Part::Owner { account, id, shared } => (id, Some(account), Some(shared)),
        };
        // Nobody has asked for what the service does by itself.
        if !matches!(self.source, Source::Service { .. }) {
            push_text(&mut out, "requestID", &self.request_id);
        }
        push_text(&mut out, "eventID", id);
        out.push_str(if self.read_only { r#","readOnly":true"# } else { r#","readOnly":false"# });
        self.push_resources(&mut out, part);
        let kind = if self.is_request() { "AwsApiCall" } else { "AwsServiceEvent" };
        push_text(&mut out, "eventType", kind);
        out.push_str(r#","managementEvent":true"#);
        if let Some(account) = recipient {
            push_text(&mut out, "recipientAccountId", account.as_str());
        }
        if let Some(shared) = shared {
            push_text(&mut out, "sharedEventID", shared);
        }
        if let Some(endpoint) = &self.network.vpc_endpoint {
            push_text(&mut out, "vpcEndpointId", endpoint);
        }
        if let Some(details) = &self.details {
            push_object(&mut out, "serviceEventDetails", Some(details));
        }
        out.push_str(r#","eventCategory":"Management""#);
        self.network.push_tls(&mut out);
        out.push('}');
        out.into_bytes()
    }

    /// Whether a client asked, and not an operator.
    pub fn is_request(&self) -> bool {
        matches!(self.source, Source::Peer(_))
    }

    fn acting(&self) -> Option<&Acting> {
        self.caller.as_ref().and_then(|caller| caller.acting.as_deref())
    }

    /// In whose trail it is.
    fn recipient(&self) -> Option<AccountId> {
        match (self.source, &self.caller) {
            (Source::Service { account }, _) => Some(account),
            // A service has no account.
            (_, Some(Caller { principal: Principal::Service { .. }, .. })) => {
                self.resources.first().map(|(account, _)| *account)
            }
            (_, caller) => caller.as_ref().map(|caller| caller.account),
        }
    }

    fn source_address(&self) -> String {
        match self.source {
            Source::Peer(address) => match self.acting() {
                Some(acting) => acting.service.clone(),
                None => address.to_canonical().to_string(),
            },
            Source::Operator { .. } => "operator".to_owned(),
            Source::Service { .. } => INTERNAL.to_owned(),
        }
    }

    fn push_origin(&self, out: &mut String) {
        push_text(out, "sourceIPAddress", &self.source_address());
        let user_agent = match (self.source, self.acting()) {
            (Source::Service { .. }, _) => Some(INTERNAL),
            (Source::Peer(_), Some(acting)) => Some(acting.service.as_str()),
            (Source::Peer(_) | Source::Operator { .. }, _) => self.user_agent.as_deref(),
        };
        if let Some(user_agent) = user_agent {
            push_text(out, "userAgent", cut(user_agent, FIELD));
        }
    }

    fn push_identity(&self, out: &mut String, part: Part<'_>) {
        let identity = match (&self.caller, self.source) {
            (Some(caller), Source::Peer(_)) => {
                match part {
                    Part::Caller { .. } => identity::push(out, caller),
                    Part::Owner { .. } => identity::push_account(out, caller),
                }
                return;
            }
            (_, Source::Operator { uid }) => json!({ "type": "Operator", "uid": uid }),
            (_, Source::Service { account }) => {
                json!({ "accountId": account.as_str(), "invokedBy": INTERNAL })
            }
            (None, Source::Peer(_)) => json!({ "type": "Unknown" }),
        };
        out.push_str(&identity.to_string());
    }

    fn push_additional(&self, out: &mut String, part: Part<'_>) {
        let signer = match part {
            Part::Caller { .. } => self.acting().map(|acting| acting.signer.clone()),
            Part::Owner { .. } => None,
        };
        let members = [
            ("keyMaterialId", &self.material_id),
            ("grantId", &self.grant_id),
            ("componentDigest", &self.component),
            ("actingPrincipal", &signer),
        ];
        push_texts(out, "additionalEventData", &members);
    }

    /// An owner is told of its own.
    fn push_resources(&self, out: &mut String, part: Part<'_>) {
        let mut separator = r#","resources":["#;
        let is_told = |owner: AccountId| match part {
            Part::Caller { .. } => true,
            Part::Owner { account, .. } => account == owner,
        };
        for (account, arn) in self.resources.iter().filter(|(owner, _)| is_told(*owner)) {
            out.push_str(separator);
            let kind = match arn.split(':').nth(2) {
                Some("iam") => "AWS::IAM::Role",
                Some(_) | None => "AWS::KMS::Key",
            };
            out.push_str(r#"{"type":""#);
            out.push_str(kind);
            out.push('"');
            push_text(out, "accountId", account.as_str());
            push_text(out, "ARN", arn);
            out.push('}');
            separator = ",";
        }
        if separator == "," {
            out.push(']');
        }
    }
}

/// CloudTrail names denials differently from the wire.
fn error_code(error: &ApiError) -> &'static str {
    match error.code {
        "AccessDeniedException" => DENIED,
        code => code,
    }
}

/// `2026-11-21T19:20:03Z`
fn whole_seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

fn push_text(out: &mut String, name: &str, value: &str) {
    push_name(out, name);
    push_json(out, value);
}

/// An object of those texts that there are; nothing if there are none.
fn push_texts(out: &mut String, name: &str, members: &[(&str, &Option<String>)]) {
    let mut separator = "{";
    for (member, value) in members {
        let Some(value) = value else { continue };
        if separator == "{" {
            push_name(out, name);
        }
        out.push_str(separator);
        out.push('"');
        out.push_str(member);
        out.push_str("\":");
        push_json(out, value);
        separator = ",";
    }
    if separator == "," {
        out.push('}');
    }
}

/// An object, or `null`; one of over 100 KB is left out, as CloudTrail does.
fn push_object(out: &mut String, name: &str, object: Option<&str>) {
    let object = object.filter(|object| object.len() <= OBJECT).unwrap_or("null");
    push_name(out, name);
    out.push_str(object);
}

fn push_name(out: &mut String, name: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
}

/// At most `most` bytes of a text, whole characters.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// CloudTrail's word for what nobody allows.
const DENIED: &str = "AccessDenied";
/// Who does what nobody asked for, in CloudTrail's words.
const INTERNAL: &str = "AWS Internal";
/// The most bytes of a text from the client: CloudTrail's own limit.
const FIELD: usize = 1024;
/// The most bytes of `requestParameters` and `responseElements`, likewise.
const OBJECT: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_of_json_whatever_the_client_says() {
        let user_agent = Some("a\"b\n\u{1F511}".repeat(1000));
        let source = Source::Peer("192.0.2.1".parse().unwrap());
        let ids = ["e".to_owned(), "r".to_owned()];
        let mut event = Event::begin(ids, Timestamp::UNIX_EPOCH, source, user_agent);
        event.name = "Encrypt";
        event.parameters = Some(r#"{"keyId":"k"}"#.into());
        event.material_id = Some("00".into());
        event.concerns("111122223333".parse().unwrap(), "arn".into());
        event.concerns("111122223333".parse().unwrap(), "arn".into());
        let line = String::from_utf8(event.finish(None)).unwrap();
        assert!(!line.contains('\n'));
        let record: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(record["eventTime"], "1970-01-01T00:00:00Z");
        assert_eq!(record["sourceIPAddress"], "192.0.2.1");
        assert_eq!(record["requestParameters"]["keyId"], "k");
        assert_eq!(record["additionalEventData"]["keyMaterialId"], "00");
        assert_eq!(record["resources"].as_array().unwrap().len(), 1);
        assert!(record["userAgent"].as_str().unwrap().len() <= 1024);
    }
}
