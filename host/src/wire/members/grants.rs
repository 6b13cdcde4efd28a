//! Grants, as requests give them, and their tokens.

use serde_json::Value;

use crate::wire::{
    error::Result,
    member::{ANY_NUMBER, Echo, Kind, Member, Shape, Violations},
};

use super::{
    ChoiceList, EncryptionContext, GrantOperation, SourceArn,
    reading::read_secret_text,
    structures::{lists, structure},
};

structure! {
    /// Under which conditions a grant allows anything.
    pub struct GrantConstraints {
        /// Pairs that an encryption context must have among its own.
        subset "EncryptionContextSubset": Option<EncryptionContext>,
        /// Pairs that it must consist of.
        equals "EncryptionContextEquals": Option<EncryptionContext>,
        /// On whose behalf a request must be made.
        source_arn "SourceArn": Option<SourceArn>,
    }
}

/// A grant's token. It is no secret, but records do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTokenText(String);

/// What a grant is to allow.
pub type GrantOperations = ChoiceList<GrantOperation, 0, ANY_NUMBER>;

impl GrantTokenText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Member for GrantTokenText {
    const SHAPE: Shape = Shape { kind: Kind::Text(TOKEN, None), required: true, sensitive: false };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        Ok(read_secret_text(value, path, TOKEN, None, violations)?.map(Self))
    }

    fn echo(&self, _: &str, _: &mut Echo) {}
}

lists! {
    /// Grant tokens: at most ten. Records do without them.
    GrantTokens of GrantTokenText, tokens, TOKENS, |_tokens, _name, _echo| ();
}

/// Characters of a token, and tokens of a request.
const TOKEN: (u32, u32) = (1, 8192);
const TOKENS: u32 = 10;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::Error;

    #[test]
    fn no_violation_quotes_a_token() {
        let mut violations = Violations::default();
        let tokens = json!(["t".repeat(8193), ""]);
        GrantTokens::read(Some(&tokens), "grantTokens", &mut violations).unwrap();
        let Err(Error::Caller(error)) = violations.check() else { panic!("two rules are broken") };
        assert_eq!(
            error.message.unwrap(),
            "2 validation errors detected: Value at 'grantTokens.1.member' failed to satisfy \
             constraint: Member must have length less than or equal to 8192; Value '' at \
             'grantTokens.2.member' failed to satisfy constraint: Member must have length greater \
             than or equal to 1"
        );
    }
}
