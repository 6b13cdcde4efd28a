//! AWS Signature Version 4, the server's side: is this request signed by the holder of that key?
//!
//! Pure: no clock, no I/O, no look-up of keys. [`present`] reads what a request presents and
//! refuses what needs no key to refuse, in the order of AWS's front end; [`Presented::verify`]
//! checks the signature. Where AWS is lenient about what a signature covers, this is not: a header
//! that decides what a request does is signed and given once, or the request is refused.
//!
//! Source: IAM user guide, "Create a signed AWS API request", and the signing test suite of AWS.

use std::borrow::Cow;

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use self::moment::Moment;
pub use self::refusal::{Code, Refusal};

mod authorization;
mod canonical;
mod headers;
mod moment;
mod query;
mod refusal;

/// The head of a request as it came over the wire: nothing decoded, nothing normalised. Whoever
/// makes one has bounded its size, as all work here grows with it.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// `POST`, `GET` …
    pub method: &'a str,
    /// The path of the request target, still percent-encoded.
    pub path: &'a str,
    /// What follows the `?` of the request target, still percent-encoded.
    pub query: Option<&'a str>,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// `:authority` of HTTP/2, or the authority of a target in absolute form.
    pub authority: Option<&'a str>,
}

/// What the service that answers expects of a signature.
#[derive(Clone, Copy)]
pub struct Expectation<'a> {
    /// The signing name of the service: `kms`.
    pub service: &'a str,
    /// Whether a Region is served here.
    pub serves: &'a dyn Fn(&str) -> bool,
    /// How lenient the service is.
    pub policy: Policy,
}

/// How lenient a service is.
#[derive(Clone, Copy)]
pub struct Policy {
    /// How far the date of a request may be from now, either way, in seconds.
    pub skew_seconds: u32,
    /// The fewest characters of an access key id; the most are 128.
    pub shortest_access_key_id: usize,
    /// Whether a presigned request is valid for as long as it says, and not as long as others.
    pub heeds_expires: bool,
}

impl Policy {
    /// KMS: five minutes.
    pub const KMS: Self =
        Self { skew_seconds: 300, shortest_access_key_id: 16, heeds_expires: true };
    /// IAM and most services of AWS: fifteen minutes.
    pub const GENERAL: Self = Self { skew_seconds: 900, ..Self::KMS };
    /// STS: fifteen minutes, whatever a presigned request says. Such requests are tokens that prove
    /// to others who somebody is, and those who make them rely on all of that time.
    pub const STS: Self = Self { heeds_expires: false, ..Self::GENERAL };
}

/// The credential and signature that a request presents: well-formed and in time, **not** verified.
pub struct Presented<'a> {
    head: Head<'a>,
    /// INVARIANT: five elements, separated by slashes; a suitable scope.
    credential: Cow<'a, str>,
    /// INVARIANT: sorted, unique, in lower case, each there, among them all that must be.
    signed_headers: Cow<'a, str>,
    moment: Moment,
    session_token: Option<Cow<'a, str>>,
    signature: [u8; 32],
}

/// Reads what `head` presents, and makes all checks that need no key, in the order of AWS.
///
/// # Errors
///
/// The first check that fails.
pub fn present<'a>(
    head: Head<'a>,
    expected: &Expectation<'_>,
    now: jiff::Timestamp,
) -> Result<Presented<'a>, Refusal> {
    let claim = match headers::single(head.headers, headers::AUTHORIZATION)? {
        Some(value) => authorization::claim(&head, value)?,
        None => query::claim(&head)?,
    };
    let expires = claim.expires_seconds.filter(|_| expected.policy.heeds_expires);
    claim.moment.check(now, expected.policy.skew_seconds, expires)?;
    headers::check(&head, &claim.signed_headers, claim.date_header)?;
    if claim.algorithm != ALGORITHM {
        return Err(Refusal::algorithm(&claim.algorithm));
    }
    let access_key_id = check_scope(&claim.credential, &claim.moment, expected)?;
    let length = expected.policy.shortest_access_key_id..=LONGEST_ACCESS_KEY_ID;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !length.contains(&access_key_id.len()) || !access_key_id.bytes().all(is_word) {
        return Err(Refusal::unrecognized_client());
    }
    let signature = parse_signature(&claim.signature).ok_or_else(Refusal::mismatch)?;
    Ok(Presented {
        head,
        credential: claim.credential,
        signed_headers: claim.signed_headers,
        moment: claim.moment,
        session_token: claim.session_token,
        signature,
    })
}

impl Presented<'_> {
    /// Whose key is said to have signed: word characters, at most 128, and unknown as yet.
    pub fn access_key_id(&self) -> &str {
        self.credential_element(0)
    }

    /// The day of the signing key, `YYYYMMDD` in UTC; also the day of the request.
    pub fn date(&self) -> &str {
        self.credential_element(1)
    }

    /// The Region of the signing key; one that is served here.
    pub fn region(&self) -> &str {
        self.credential_element(2)
    }

    /// The signing name of the service; the expected one.
    pub fn service(&self) -> &str {
        self.credential_element(3)
    }

    /// The session token of temporary credentials, as the client sent it.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Checks the signature over the head and `body`, in constant time.
    ///
    /// # Errors
    ///
    /// One refusal for every kind of mismatch, which does not tell what was expected.
    pub fn verify(&self, body: &[u8], key: &SigningKey) -> Result<Verified, Refusal> {
        let payload = hex(Sha256::digest(body).into());
        // Also what refuses `UNSIGNED-PAYLOAD` and `STREAMING-…`, which only S3 knows.
        let mut declared = self.head.headers.get_all(headers::CONTENT_SHA256).iter();
        if declared.any(|value| value.as_bytes() != payload) {
            return Err(Refusal::mismatch());
        }
        let mut mac = hmac(key.0.as_slice());
        self.write_string_to_sign(&payload, &mut |bytes| mac.update(bytes));
        mac.verify_slice(&self.signature).map_err(|_| Refusal::mismatch())?;
        Ok(Verified(()))
    }

    /// The canonical request over `body`. It holds the session token, so no answer and no log may
    /// show it; it is public for tests and for tools that explain a mismatch.
    pub fn canonical_request(&self, body: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        let payload = hex(Sha256::digest(body).into());
        canonical::write(&self.head, &self.signed_headers, &payload, &mut |bytes| {
            text.extend(bytes)
        });
        text
    }

    /// The string to sign over `body`; public like [`Self::canonical_request`].
    pub fn string_to_sign(&self, body: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        let payload = hex(Sha256::digest(body).into());
        self.write_string_to_sign(&payload, &mut |bytes| text.extend(bytes));
        text
    }

    fn write_string_to_sign(&self, payload: &[u8; 64], out: &mut impl FnMut(&[u8])) {
        let mut hash = Sha256::new();
        canonical::write(&self.head, &self.signed_headers, payload, &mut |bytes| {
            hash.update(bytes)
        });
        let (_, scope) = self.credential.split_once('/').expect("a credential has five elements");
        for part in [ALGORITHM, "\n", self.moment.text(), "\n", scope, "\n"] {
            out(part.as_bytes());
        }
        out(&hex(hash.finalize().into()));
    }

    fn credential_element(&self, index: usize) -> &str {
        self.credential.split('/').nth(index).expect("a credential has five elements")
    }
}

/// The proof that a request was signed with the key it names. Only [`Presented::verify`] makes one.
#[must_use]
pub struct Verified(());

/// What signs for one access key on one day, in one Region, for one service.
pub struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    /// The key from its bytes.
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }
}

/// Derives a signing key from the secret of an access key. For clients and tests only: in the
/// service the secret never leaves the account's isolate, which derives the key itself.
pub fn derive(secret: &[u8], date: &str, region: &str, service: &str) -> SigningKey {
    let mut key = Zeroizing::new([b"AWS4", secret].concat());
    for part in [date, region, service, TERMINATOR] {
        let mut mac = hmac(&key);
        mac.update(part.as_bytes());
        key = Zeroizing::new(mac.finalize().into_bytes().to_vec());
    }
    let bytes = <[u8; 32]>::try_from(key.as_slice()).expect("HMAC-SHA256 gives 32 bytes");
    SigningKey(Zeroizing::new(bytes))
}

/// What a request says of itself, complete but unchecked.
struct Claim<'a> {
    algorithm: Cow<'a, str>,
    credential: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    signature: Cow<'a, str>,
    moment: Moment,
    session_token: Option<Cow<'a, str>>,
    /// The header that `moment` was read from, if it was a header.
    date_header: Option<headers::Name>,
    /// For how long a presigned request says that it is valid, if it does.
    expires_seconds: Option<u32>,
}

/// Checks all but the first element of a credential, and returns the first: the access key id.
fn check_scope<'a>(
    credential: &'a str,
    moment: &Moment,
    expected: &Expectation<'_>,
) -> Result<&'a str, Refusal> {
    let mut elements = credential.split('/');
    let mut next = || elements.next().ok_or_else(|| Refusal::credential(credential));
    let (access_key_id, date, region) = (next()?, next()?, next()?);
    let (service, terminator) = (next()?, next()?);
    if elements.next().is_some() {
        return Err(Refusal::credential(credential));
    }
    let right_region = (expected.serves)(region);
    let right_service = service == expected.service;
    if right_region && right_service && terminator == TERMINATOR && date == moment.day() {
        return Ok(access_key_id);
    }
    let mut wrong = refusal::WrongScope::default();
    if !right_region {
        wrong.region(region);
    }
    if !right_service {
        wrong.service(expected.service);
    }
    if terminator != TERMINATOR {
        wrong.terminator(terminator);
    }
    if date != moment.day() {
        wrong.date(date, moment);
    }
    Err(wrong.into())
}

/// Reads 64 digits of lower-case hex.
fn parse_signature(text: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut bytes = [0; 32];
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(bytes)
}

fn hex(digest: [u8; 32]) -> [u8; 64] {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    let mut text = [0; 64];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(digest) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    text
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
/// The bound of IAM's model for `accessKeyIdType`.
const LONGEST_ACCESS_KEY_ID: usize = 128;
