//! The query string: what a presigned request claims, and the canonical form. May not judge.

use std::borrow::Cow;

use super::moment::Moment;
use super::{Claim, Head, Refusal, canonical, headers};

/// Reads the `X-Amz-…` parameters of a presigned request.
pub(super) fn claim<'a>(head: &Head<'a>) -> Result<Claim<'a>, Refusal> {
    let mut parameters = AmzParameters::parse(head.query.unwrap_or_default())?;
    if parameters.find(ALGORITHM).is_none() {
        return Err(Refusal::missing_authentication_token());
    }
    // A signed query says when and with which token; a header that says it too is a second opinion.
    for name in [headers::X_AMZ_DATE, headers::SECURITY_TOKEN] {
        if headers::single(head.headers, name)?.is_some() {
            return Err(Refusal::header_beside_query(name.shown));
        }
    }
    let missing = |name: &&str| parameters.find(name).is_none_or(str::is_empty);
    if REQUIRED.iter().any(missing) {
        return Err(Refusal::incomplete_query(REQUIRED.into_iter().filter(missing)));
    }
    let date = parameters.take(DATE);
    let expires = parameters.find(EXPIRES).map(parse_expires);
    let session_token = parameters.find(SECURITY_TOKEN).is_some();
    Ok(Claim {
        algorithm: parameters.take(ALGORITHM),
        credential: parameters.take(CREDENTIAL),
        signed_headers: parameters.take(SIGNED_HEADERS),
        signature: parameters.take(SIGNATURE),
        moment: Moment::parse(&date).ok_or_else(|| Refusal::date(&date))?,
        session_token: session_token.then(|| parameters.take(SECURITY_TOKEN)),
        date_header: None,
        expires_seconds: expires.transpose()?,
    })
}

/// The first parameter of `query` that belongs to presigned requests, in any case and encoding.
pub(super) fn authentication_parameter(query: &str) -> Option<&'static str> {
    pairs(query).find_map(|(name, _)| {
        let (name, mut known) = (text(name), REQUIRED.into_iter().chain([EXPIRES, SECURITY_TOKEN]));
        known.find(|known| known.eq_ignore_ascii_case(&name))
    })
}

/// Writes the canonical query: decoded, encoded anew, sorted by name then value, no signature.
pub(super) fn write_canonical(query: &str, out: &mut impl FnMut(&[u8])) {
    let encoded = |raw: &str| {
        let mut bytes = Vec::with_capacity(raw.len());
        canonical::encode(&decode(raw), &mut |piece| bytes.extend(piece));
        bytes
    };
    let mut parameters: Vec<_> = pairs(query)
        .map(|(name, value)| (encoded(name), encoded(value)))
        .filter(|(name, _)| name != SIGNATURE.as_bytes())
        .collect();
    parameters.sort_unstable();
    let mut separator: &[u8] = b"";
    for (name, value) in &parameters {
        for piece in [separator, name, b"=", value] {
            out(piece);
        }
        separator = b"&";
    }
}

/// The parameters whose decoded names start with `X-Amz-`; each name once, whatever its case.
struct AmzParameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> AmzParameters<'a> {
    fn parse(query: &'a str) -> Result<Self, Refusal> {
        let mut found: Vec<(Cow<'_, str>, _)> = Vec::new();
        for (name, value) in pairs(query) {
            let name = text(name);
            if !name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)) {
                continue;
            }
            if found.iter().any(|(seen, _)| seen.eq_ignore_ascii_case(&name)) {
                return Err(Refusal::repeated_query_parameter(&name));
            }
            if found.len() == MOST {
                return Err(Refusal::many_query_parameters(MOST));
            }
            found.push((name, text(value)));
        }
        Ok(Self(found))
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_ref())
    }

    /// The value, which is there, out of the list.
    fn take(&mut self, name: &str) -> Cow<'a, str> {
        let found = self.0.iter_mut().find(|(found, _)| found == name);
        found.map(|(_, value)| std::mem::take(value)).unwrap_or_default()
    }
}

fn parse_expires(text: &str) -> Result<u32, Refusal> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    seconds.filter(|seconds| (1..=LONGEST_EXPIRES).contains(seconds)).ok_or_else(Refusal::expires)
}

/// The names and values of a query, still encoded; a bare name has an empty value.
fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    parameters.map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
}

/// Undoes percent-encoding. A `%` without two hex digits stands for itself, as does `+`.
fn decode(raw: &str) -> Cow<'_, [u8]> {
    let mut rest = raw.as_bytes();
    if !rest.contains(&b'%') {
        return Cow::Borrowed(rest);
    }
    let value = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
    let mut bytes = Vec::with_capacity(raw.len());
    while let [first, after @ ..] = rest {
        let escaped = match after {
            [high, low, ..] if *first == b'%' => value(*high).zip(value(*low)),
            _ => None,
        };
        bytes.push(escaped.map_or(*first, |(high, low)| high << 4 | low));
        rest = after.get(escaped.map_or(0, |_| 2)..).unwrap_or_default();
    }
    Cow::Owned(bytes)
}

fn text(raw: &str) -> Cow<'_, str> {
    match decode(raw) {
        Cow::Borrowed(_) => Cow::Borrowed(raw),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

const ALGORITHM: &str = "X-Amz-Algorithm";
const CREDENTIAL: &str = "X-Amz-Credential";
const SIGNATURE: &str = "X-Amz-Signature";
const SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";
const DATE: &str = "X-Amz-Date";
const EXPIRES: &str = "X-Amz-Expires";
const SECURITY_TOKEN: &str = "X-Amz-Security-Token";

/// In the order in which AWS says that they are missing.
const REQUIRED: [&str; 5] = [ALGORITHM, CREDENTIAL, SIGNATURE, SIGNED_HEADERS, DATE];
const PREFIX: &str = "X-Amz-";
/// Parameters with that prefix: the seven, and room for what SDKs add, such as their user agent.
const MOST: usize = 32;
/// One week, as documented for presigned requests.
const LONGEST_EXPIRES: u32 = 604_800;
