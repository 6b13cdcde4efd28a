//! Why a request is not authenticated, in AWS's words; values that are echoed are cut to a bound.
//!
//! Source of the texts: IAM user guide, "Troubleshoot Signature Version 4 signing", and answers
//! of the service. Texts of checks that AWS does not make are our own.

use std::borrow::Cow;

use super::moment::Moment;

/// A request that is not authenticated.
#[derive(Debug)]
pub struct Refusal {
    code: Code,
    message: Cow<'static, str>,
}

/// The kinds of refusal; each protocol has its own error codes for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// There is no signature.
    MissingAuthenticationToken,
    /// The signature is not well-formed, or a part of it is missing.
    IncompleteSignature,
    /// The signature does not hold, or not here, or not now, or does not cover enough.
    InvalidSignature,
    /// The access key id is none that could exist.
    UnrecognizedClient,
}

impl Refusal {
    /// Which kind of refusal it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The text for the client; at most a few KiB.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn missing_authentication_token() -> Self {
        let message = Cow::Borrowed("Missing Authentication Token");
        Self { code: Code::MissingAuthenticationToken, message }
    }

    pub(super) fn unrecognized_client() -> Self {
        let message = Cow::Borrowed("The security token included in the request is invalid.");
        Self { code: Code::UnrecognizedClient, message }
    }

    /// The signature does not match; what was expected instead is nobody's business.
    pub(super) fn mismatch() -> Self {
        Self::invalid(MISMATCH)
    }

    pub(super) fn found_both(parameter: &str) -> Self {
        Self::invalid(format!(
            "Found both '{parameter}' as a query-string param and 'Authorization' as HTTP header."
        ))
    }

    pub(super) fn header_beside_query(header: &str) -> Self {
        Self::invalid(format!(
            "Found both 'X-Amz-Algorithm' as a query-string param and '{header}' as HTTP header."
        ))
    }

    pub(super) fn repeated_header(header: &str) -> Self {
        Self::invalid(format!("'{header}' must not be given more than once."))
    }

    pub(super) fn repeated_query_parameter(name: &str) -> Self {
        Self::invalid(format!("'{}' must not be given more than once.", echo(name)))
    }

    pub(super) fn many_query_parameters(most: usize) -> Self {
        Self::invalid(format!("'X-Amz-' query-string params must be at most {most}."))
    }

    pub(super) fn not_ascii(header: &str) -> Self {
        Self::invalid(format!("'{header}' must be ASCII."))
    }

    pub(super) fn signed_headers(most: usize) -> Self {
        Self::invalid(format!(
            "'SignedHeaders' must be sorted, unique, in lower case and at most {most}."
        ))
    }

    pub(super) fn unsigned_header(header: &str) -> Self {
        Self::invalid(format!("'{header}' must be a 'SignedHeader' in the AWS Authorization."))
    }

    pub(super) fn two_hosts() -> Self {
        Self::invalid("'Host' must be the authority of the request.")
    }

    pub(super) fn expired(date: &str, earliest: &str, now: &str, seconds: u32) -> Self {
        let period = period(seconds);
        Self::invalid(format!(
            "Signature expired: {date} is now earlier than {earliest} ({now} - {period})"
        ))
    }

    pub(super) fn not_yet_current(date: &str, latest: &str, now: &str, seconds: u32) -> Self {
        let period = period(seconds);
        Self::invalid(format!(
            "Signature not yet current: {date} is still later than {latest} ({now} + {period})"
        ))
    }

    pub(super) fn expires() -> Self {
        Self::invalid("'X-Amz-Expires' must be a number of seconds between 1 and 604800.")
    }

    pub(super) fn empty_authorization() -> Self {
        Self::incomplete("Authorization header cannot be empty.")
    }

    pub(super) fn long_authorization(longest: usize) -> Self {
        Self::incomplete(format!("Authorization header cannot be longer than {longest} bytes."))
    }

    pub(super) fn no_equal_sign(part: &str, header: &str) -> Self {
        Self::incomplete(format!(
            "'{}' not a valid key=value pair (missing equal-sign) in Authorization header: '{}'.",
            echo(part),
            echo(header)
        ))
    }

    pub(super) fn repeated_authorization_parameter(name: &str) -> Self {
        Self::incomplete(format!("Authorization header requires only one '{name}' parameter."))
    }

    pub(super) fn incomplete_authorization<'a>(
        missing: impl Iterator<Item = &'a str>,
        no_date: bool,
        header: &str,
    ) -> Self {
        let mut message: String = missing
            .map(|name| format!("Authorization header requires '{name}' parameter. "))
            .collect();
        if no_date {
            message += NO_DATE;
        }
        Self::incomplete(message + "Authorization=" + &echo(header))
    }

    pub(super) fn incomplete_query<'a>(missing: impl Iterator<Item = &'a str>) -> Self {
        let message: String = missing
            .map(|name| format!("AWS query-string parameters must include '{name}'. "))
            .collect();
        Self::incomplete(message + "Re-examine the query-string parameters.")
    }

    pub(super) fn date(given: &str) -> Self {
        Self::incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{}'. \
             See http://en.wikipedia.org/wiki/ISO_8601",
            echo(given)
        ))
    }

    pub(super) fn algorithm(given: &str) -> Self {
        Self::incomplete(format!(
            "Unsupported AWS 'algorithm': '{}' (only AWS4-HMAC-SHA256 for now). ",
            echo(given)
        ))
    }

    pub(super) fn credential(given: &str) -> Self {
        Self::incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, \
             e.g. keyid/date/region/service/term, got '{}'",
            echo(given)
        ))
    }

    fn incomplete(message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Code::IncompleteSignature, message: message.into() }
    }

    fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Code::InvalidSignature, message: message.into() }
    }
}

/// All that is wrong with a credential's scope, which AWS tells at once.
#[derive(Default)]
pub(super) struct WrongScope(String);

impl WrongScope {
    pub(super) fn region(&mut self, given: &str) {
        let given = echo(given);
        self.0 += &format!("Credential should be scoped to a valid region, not '{given}'. ");
    }

    pub(super) fn service(&mut self, expected: &str) {
        self.0 += &format!("Credential should be scoped to correct service: '{expected}'. ");
    }

    pub(super) fn terminator(&mut self, given: &str) {
        let given = echo(given);
        self.0 += &format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{given}'. "
        );
    }

    pub(super) fn date(&mut self, given: &str, moment: &Moment) {
        self.0 += &format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{}' != '{}', from '{}'.",
            echo(given),
            moment.day(),
            moment.text()
        );
    }
}

impl From<WrongScope> for Refusal {
    fn from(wrong: WrongScope) -> Self {
        Self::invalid(wrong.0)
    }
}

/// `given`, cut to a bound and without control characters, which XML could not carry.
fn echo(given: &str) -> String {
    let kept = given.get(..given.floor_char_boundary(LONGEST_ECHO)).unwrap_or_default();
    let mut shown = kept.replace(char::is_control, "\u{FFFD}");
    if kept.len() < given.len() {
        shown += "…";
    }
    shown
}

fn period(seconds: u32) -> String {
    match seconds % 60 {
        0 => format!("{} min.", seconds / 60),
        _ => format!("{seconds} sec."),
    }
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult \
                        the service documentation for details.";
const NO_DATE: &str = "Authorization header requires existence of either a 'X-Amz-Date' or a \
                       'Date' header. ";
/// Bytes of one value that a text repeats; a text repeats at most four.
const LONGEST_ECHO: usize = 1024;
