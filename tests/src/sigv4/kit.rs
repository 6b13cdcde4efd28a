//! Requests to sign and to spoil, and someone to verify them.

use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use keycell::sigv4::{self, Code, Expectation, Head, Policy, Presented, Refusal, SigningKey};

/// Signs `request`, which must then be verified.
#[track_caller]
pub(super) fn accepted(request: &Request) {
    let outcome = SETTING.outcome(&request.signed());
    outcome.map_err(|refusal| refusal.message().to_owned()).expect("accepted");
}

/// Asserts that `request`, as it is, is refused in these words.
#[track_caller]
pub(super) fn refused(request: &Request, code: Code, message: &str) {
    let refusal = SETTING.outcome(request).expect_err("refused");
    assert_eq!((refusal.message(), refusal.code()), (message, code));
}

/// A request as text, so that a test can make it wrong.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) authority: Option<&'static str>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Encrypt with temporary credentials, not yet signed.
    pub(super) fn header() -> Self {
        let signed = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders={signed}, Signature={UNSIGNED}"
        );
        let (method, target, authority) = ("POST", "/".to_owned(), None);
        Self { method, target, authority, headers: Vec::new(), body: b"{}".to_vec() }
            .add("Host", "kms.us-east-1.amazonaws.com")
            .add("Content-Type", "application/x-amz-json-1.1")
            .add("X-Amz-Date", "20150830T123600Z")
            .add("X-Amz-Target", "TrentService.Encrypt")
            .add("X-Amz-Security-Token", "token")
            .add("Authorization", &authorization)
    }

    /// A presigned request with temporary credentials, not yet signed.
    pub(super) fn query() -> Self {
        let credential = CREDENTIAL.replace('/', "%2F");
        let target = format!(
            "/?Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential={credential}&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60\
             &X-Amz-SignedHeaders=host&X-Amz-Security-Token=to%2Fken&X-Amz-Signature={UNSIGNED}"
        );
        let (method, authority) = ("GET", None);
        Self { method, target, authority, headers: Vec::new(), body: Vec::new() }
            .add("Host", "kms.us-east-1.amazonaws.com")
    }

    /// Parses a file of the suite: HTTP/1.1 with folded headers and a target that may hold blanks.
    pub(super) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").expect("a blank line");
        let (line, headers) = head.split_once('\n').expect("headers");
        let line = line.strip_suffix(" HTTP/1.1").expect("HTTP/1.1");
        let (method, target) = line.split_once(' ').expect("a target");
        let method = if method == "GET" { "GET" } else { "POST" };
        let headers = headers.replace("\n ", " ");
        let headers = headers.lines().map(|line| line.split_once(':').expect("a header"));
        Self {
            method,
            target: target.to_owned(),
            authority: None,
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.into(),
        }
    }

    pub(super) fn add(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn remove(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| found != name);
        self
    }

    pub(super) fn set(self, name: &str, value: &str) -> Self {
        self.remove(name).add(name, value)
    }

    pub(super) fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub(super) fn target(self, target: &str) -> Self {
        Self { target: target.to_owned(), ..self }
    }

    pub(super) fn body(self, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..self }
    }

    pub(super) fn add_query(self, parameter: &str) -> Self {
        Self { target: format!("{}&{parameter}", self.target), ..self }
    }

    pub(super) fn edit_query(self, from: &str, to: &str) -> Self {
        Self { target: self.target.replace(from, to), ..self }
    }

    pub(super) fn edit_authorization(self, from: &str, to: &str) -> Self {
        let value = self.header_value("Authorization").replace(from, to);
        self.set("Authorization", &value)
    }

    pub(super) fn header_value(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// Changes the first digit of the signature, wherever it is.
    pub(super) fn flip_signature(&self) -> Self {
        let flip = |text: &str| match text.split_once("Signature=") {
            Some((before, signature)) => {
                let (first, rest) = signature.split_at(1);
                format!("{before}Signature={}{rest}", if first == "0" { "1" } else { "0" })
            }
            None => text.to_owned(),
        };
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), flip(value)));
        let (target, headers) = (flip(&self.target), headers.collect());
        Self { target, headers, ..self.clone() }
    }

    /// Signed by the other implementation, from the string to sign that ours reads.
    pub(super) fn signed(&self) -> Self {
        let string_to_sign = self.in_parts(|head| {
            let presented = SETTING.present(head).map_err(|refusal| refusal.message().to_owned());
            presented.expect("well-formed").string_to_sign(&self.body)
        });
        let time = SystemTime::from(SETTING.time());
        let key = generate_signing_key(SETTING.secret, time, "us-east-1", SETTING.service);
        let signature = calculate_signature(key, &string_to_sign);
        let headers = self.headers.iter();
        let sign = |text: &String| text.replace(UNSIGNED, &signature);
        let headers = headers.map(|(name, value)| (name.clone(), sign(value))).collect();
        Self { target: sign(&self.target), headers, ..self.clone() }
    }

    pub(super) fn canonical_line(&self, index: usize) -> String {
        let canonical = self.in_parts(|head| {
            let presented = SETTING.present(head).map_err(|refusal| refusal.message().to_owned());
            presented.expect("well-formed").canonical_request(&self.body)
        });
        let text = String::from_utf8(canonical).expect("ASCII");
        text.lines().nth(index).expect("a line").to_owned()
    }

    /// Hands the head to `then`, as the server would have parsed it.
    pub(super) fn in_parts<T>(&self, then: impl FnOnce(Head<'_>) -> T) -> T {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let value = HeaderValue::from_bytes(value.trim().as_bytes());
            // Bytes that no header may have never come this far.
            let value = value.unwrap_or(HeaderValue::from_static(""));
            headers.append(HeaderName::from_bytes(name.as_bytes()).expect("a name"), value);
        }
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target.as_str(), None),
        };
        let authority = self.authority;
        then(Head { method: self.method, path, query, headers: &headers, authority })
    }
}

/// Who verifies, when, and with which secret.
pub(super) struct Setting<'a> {
    pub(super) now: &'a str,
    pub(super) service: &'a str,
    pub(super) secret: &'a str,
    pub(super) policy: Policy,
}

impl Setting<'_> {
    pub(super) fn present<'a>(&self, head: Head<'a>) -> Result<Presented<'a>, Refusal> {
        let serves = |region: &str| region == "us-east-1";
        let expected = Expectation { service: self.service, serves: &serves, policy: self.policy };
        sigv4::present(head, &expected, self.time())
    }

    pub(super) fn outcome(&self, request: &Request) -> Result<(), Refusal> {
        request.in_parts(|head| {
            let presented = self.present(head)?;
            let key = self.key(presented.date(), presented.region());
            presented.verify(&request.body, &key).map(|_verified| ())
        })
    }

    pub(super) fn key(&self, date: &str, region: &str) -> SigningKey {
        sigv4::derive(self.secret.as_bytes(), date, region, self.service)
    }

    fn time(&self) -> Timestamp {
        self.now.parse().expect("a timestamp")
    }
}

/// Marsaglia's xorshift: the same numbers on every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).expect("small")).expect("small")
    }

    /// `text` with a stretch of it replaced by a few bytes, likely ones or any.
    pub(super) fn spoil(&mut self, text: &str) -> String {
        let bytes = text.as_bytes();
        let start = self.below(bytes.len() + 1);
        let end = start + self.below(bytes.len() - start + 1).min(8);
        let (before, after) = (bytes.iter().take(start), bytes.iter().skip(end));
        let middle: Vec<u8> = (0..self.below(6)).map(|_| self.byte()).collect();
        let spoilt: Vec<u8> = before.chain(&middle).chain(after).copied().collect();
        String::from_utf8_lossy(&spoilt).into_owned()
    }

    fn byte(&mut self) -> u8 {
        let likely = b"%%/;=&,.+ -09AZaz\t";
        match self.below(3) {
            0 => u8::try_from(self.below(256)).expect("below 256"),
            _ => likely.get(self.below(likely.len())).copied().expect("below the length"),
        }
    }
}

pub(super) const SETTING: Setting<'static> = Setting {
    now: "2015-08-30T12:36:00Z",
    service: "kms",
    secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    policy: Policy::KMS,
};
pub(super) const CREDENTIAL: &str = "AKIAIOSFODNN7EXAMPLE/20150830/us-east-1/kms/aws4_request";
pub(super) const MISMATCH: &str = "The request signature we calculated does not match the \
                                   signature you provided. Check your AWS Secret Access Key and \
                                   signing method. Consult the service documentation for details.";
/// Well-formed; what [`Request::signed`] replaces.
const UNSIGNED: &str = "0000000000000000000000000000000000000000000000000000000000000000";
