//! The members of STS requests, each with its rules, once.
//!
//! Source: the model of STS, version 2011-06-15.

use serde_json::Value;

use super::{
    integers,
    reading::{Allows, POLICY, Pattern, WORD, read_integer, read_secret_text, read_text},
    structures::{lists, structure},
    texts,
};
use crate::wire::{
    error::Result,
    member::{ANY_NUMBER, Echo, Kind, Member, Shape, Violations},
};

/// A pattern that a text without characters keeps, too.
const NAME: Pattern = ("[\\w+=,.@-]*", Allows::Each(is_name));
const EXTERNAL_ID: Pattern =
    ("[\\w+=,.@:\\/-]*", Allows::Each(|c| is_name(c) || matches!(c, ':' | '/')));
const SERIAL: Pattern = ("[\\w+=/:,.@-]*", Allows::Each(|c| is_name(c) || matches!(c, ':' | '/')));
const DIGITS: Pattern = ("[\\d]*", Allows::Each(|c| c.is_ascii_digit()));
const KEY_ID: Pattern = ("[\\w]*", WORD.1);
const ARN: Pattern = (
    "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF\
     ]+",
    Allows::Each(|c| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}')
            || c >= '\u{10000}'
    }),
);

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

texts! {
    /// The ARN of a role or a managed policy.
    Arn 20..=2048, ARN;
    /// The name of a session of a role.
    RoleSessionName 2..=64, NAME;
    /// The name of a federated user.
    FederatedName 2..=32, NAME;
    /// What a session is limited to.
    SessionPolicyText 1..=2048, POLICY;
    /// The same where the model leaves its length to the size of the session.
    UnboundedSessionPolicyText 1..=4_294_967_295, POLICY;
    /// What a role's owner has agreed on with who may assume it.
    ExternalId 2..=1224, EXTERNAL_ID;
    /// Who is behind a session.
    SourceIdentity 2..=64, NAME;
    /// Names a device.
    SerialNumber 9..=256, SERIAL;
    /// The id of an access key.
    AccessKeyIdText 16..=128, KEY_ID;
}

/// What a device shows at the moment: no record shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCode(String);

impl Member for TokenCode {
    const SHAPE: Shape =
        Shape { kind: Kind::Text((6, 6), Some(DIGITS.0)), required: true, sensitive: false };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        Ok(read_secret_text(value, path, (6, 6), Some(DIGITS), violations)?.map(Self))
    }

    fn echo(&self, _: &str, _: &mut Echo) {}
}

integers! {
    /// How long a session of a role is to be, in seconds.
    RoleDurationSeconds 900..=43_200;
    /// How long another session is to be.
    DurationSeconds 900..=129_600;
    /// The fewest characters of a session token.
    MinimumSessionTokenSize 0..=4096;
}

structure! {
    /// A managed policy that is to limit a session.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PolicyDescriptor {
        /// Its ARN.
        arn "arn": Option<Arn>,
    }
}

lists! {
    /// Managed policies that are to limit a session.
    PolicyDescriptors of PolicyDescriptor, policies, ANY_NUMBER,
        |policies, name, echo| echo.structures(name, policies.iter().map(PolicyDescriptor::shown));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::Error;

    #[test]
    fn no_violation_quotes_a_code() {
        let mut violations = Violations::default();
        TokenCode::read(Some(&json!("12345x7")), "tokenCode", &mut violations).unwrap();
        let Err(Error::Caller(error)) = violations.check() else { panic!("two rules are broken") };
        let message = error.message.unwrap();
        assert!(message.starts_with("2 validation errors detected: Value at 'tokenCode' failed"));
        assert!(!message.contains("12345"), "{message}");
    }
}
