//! The headers: which must be signed, and which may stand only once. May not read their meaning.

use http::HeaderMap;

use super::{Head, Refusal};

/// A header's name, to look up and to show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    lower: &'static str,
    pub(super) shown: &'static str,
}

/// The value of a header that may be given once.
pub(super) fn single(headers: &HeaderMap, name: Name) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(name.lower).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::repeated_header(name.shown));
    }
    value.to_str().map(Some).map_err(|_| Refusal::not_ascii(name.shown))
}

/// Checks that `signed`, the list of signed headers, is well-formed, names nothing that is absent,
/// and covers the host, the date and every header that decides what the request does.
pub(super) fn check(head: &Head<'_>, signed: &str, date: Option<Name>) -> Result<(), Refusal> {
    let mut previous = "";
    for (index, name) in signed.split(';').enumerate() {
        if index >= MOST_SIGNED || name <= previous || !name.bytes().all(is_lower_token) {
            return Err(Refusal::signed_headers(MOST_SIGNED));
        }
        previous = name;
    }
    let must_be_signed = |name: Name| match signed.split(';').any(|found| found == name.lower) {
        true => Ok(()),
        false => Err(Refusal::unsigned_header(name.shown)),
    };
    must_be_signed(HOST)?;
    date.map_or(Ok(()), must_be_signed)?;
    for name in SIGNED_IF_GIVEN {
        if single(head.headers, name)?.is_some() {
            must_be_signed(name)?;
        }
    }
    single(head.headers, CONTENT_TYPE)?;
    if let (Some(host), Some(authority)) = (single(head.headers, HOST)?, head.authority)
        && host != authority
    {
        return Err(Refusal::two_hosts());
    }
    let given = |name: &str| head.headers.contains_key(name) || host_is_authority(head, name);
    match signed.split(';').all(given) {
        true => Ok(()),
        false => Err(Refusal::mismatch()),
    }
}

/// Whether `name` is the host and stands for `:authority`: HTTP/2 need not send a `Host` header.
pub(super) fn host_is_authority(head: &Head<'_>, name: &str) -> bool {
    name == HOST.lower && head.authority.is_some() && !head.headers.contains_key(name)
}

/// RFC 9110, section 5.6.2, without upper case.
fn is_lower_token(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

pub(super) const AUTHORIZATION: Name = Name { lower: "authorization", shown: "Authorization" };
pub(super) const HOST: Name = Name { lower: "host", shown: "Host" };
pub(super) const DATE: Name = Name { lower: "date", shown: "Date" };
pub(super) const X_AMZ_DATE: Name = Name { lower: "x-amz-date", shown: "X-Amz-Date" };
pub(super) const SECURITY_TOKEN: Name =
    Name { lower: "x-amz-security-token", shown: "X-Amz-Security-Token" };
/// Not a [`Name`]: never shown.
pub(super) const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// How the body is read. Several SDKs leave it unsigned, and AWS takes that; as a service reads
/// bodies in one way only, changing it can do no more than have the request refused.
const CONTENT_TYPE: Name = Name { lower: "content-type", shown: "Content-Type" };
/// What decides which operation runs, and for whom.
const SIGNED_IF_GIVEN: [Name; 6] = [
    Name { lower: "x-amz-target", shown: "X-Amz-Target" },
    SECURITY_TOKEN,
    Name { lower: "x-keycell-service", shown: "X-Keycell-Service" },
    Name { lower: "x-keycell-on-behalf-of", shown: "X-Keycell-On-Behalf-Of" },
    Name { lower: "x-keycell-source-arn", shown: "X-Keycell-Source-Arn" },
    Name { lower: "x-keycell-source-account", shown: "X-Keycell-Source-Account" },
];
/// Five times what the SDKs sign.
const MOST_SIGNED: usize = 100;
