//! The `Authorization` header: parses what it claims. May not judge whether the claim is right.

use std::borrow::Cow;

use super::moment::Moment;
use super::{Claim, Head, Refusal, headers};

/// Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` and the headers that go
/// with it.
pub(super) fn claim<'a>(head: &Head<'a>, value: &'a str) -> Result<Claim<'a>, Refusal> {
    if let Some(name) = head.query.and_then(super::query::authentication_parameter) {
        return Err(Refusal::found_both(name));
    }
    let value = value.trim();
    if value.is_empty() {
        return Err(Refusal::empty_authorization());
    }
    if value.len() > LONGEST {
        return Err(Refusal::long_authorization(LONGEST));
    }
    if !value.starts_with("AWS4-") {
        return Err(Refusal::missing_authentication_token());
    }
    let (algorithm, parameters) = value.split_once(' ').unwrap_or((value, ""));
    let parameters = parse(parameters, value)?;

    let (date_header, date) = match headers::single(head.headers, headers::X_AMZ_DATE)? {
        Some(date) => (headers::X_AMZ_DATE, Some(date)),
        None => (headers::DATE, headers::single(head.headers, headers::DATE)?),
    };
    let ([Some(credential), Some(signature), Some(signed_headers)], Some(date)) =
        (parameters, date)
    else {
        let given = PARAMETERS.into_iter().zip(parameters);
        let missing = given.filter(|(_, value)| value.is_none()).map(|(name, _)| name);
        return Err(Refusal::incomplete_authorization(missing, date.is_none(), value));
    };
    let moment = match date_header {
        headers::X_AMZ_DATE => Moment::parse(date),
        _ => Moment::parse(date).or_else(|| Moment::parse_rfc1123(date)),
    };
    Ok(Claim {
        algorithm: Cow::Borrowed(algorithm),
        credential: Cow::Borrowed(credential),
        signed_headers: Cow::Borrowed(signed_headers),
        signature: Cow::Borrowed(signature),
        moment: moment.ok_or_else(|| Refusal::date(date))?,
        session_token: headers::single(head.headers, headers::SECURITY_TOKEN)?.map(Cow::Borrowed),
        date_header: Some(date_header),
        expires_seconds: None,
    })
}

/// Reads the values of [`PARAMETERS`], of which an empty one counts as absent. Commas and spaces
/// both separate, as at AWS; parameters that are not known are ignored.
fn parse<'a>(text: &'a str, header: &str) -> Result<[Option<&'a str>; 3], Refusal> {
    let mut values = [None; 3];
    for part in text.split([',', ' ']).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            return Err(Refusal::no_equal_sign(part, header));
        };
        let place = PARAMETERS.iter().zip(&mut values).find(|(known, _)| **known == name);
        if let Some((_, place)) = place.filter(|_| !value.is_empty())
            && place.replace(value).is_some()
        {
            return Err(Refusal::repeated_authorization_parameter(name));
        }
    }
    Ok(values)
}

/// In the order in which AWS says that they are missing.
const PARAMETERS: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];
/// Room for one hundred signed headers; above it only mischief.
const LONGEST: usize = 8 * 1024;
