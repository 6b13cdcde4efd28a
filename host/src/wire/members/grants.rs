//! Grants, as requests give them, and their tokens.

use serde_json::Value;

use crate::wire::{
    error::Result,
    member::{ANY_NUMBER, Echo, Kind, Member, Shape, Violations},
};

use super::{
    ChoiceList, EncryptionContext, GrantOperation, SourceArn,
    reading::{read_list, read_text},
    structures::structure,
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
pub struct GrantTokenText(String);

/// Grant tokens: at most ten.
pub struct GrantTokens(Vec<GrantTokenText>);

/// What a grant is to allow.
pub type GrantOperations = ChoiceList<GrantOperation, 0, ANY_NUMBER>;

impl GrantTokenText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl GrantTokens {
    /// The tokens.
    pub fn tokens(&self) -> &[GrantTokenText] {
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
        Ok(read_text(value, path, TOKEN, None, violations)?.map(Self))
    }

    fn echo(&self, _: &str, _: &mut Echo) {}
}

impl Member for GrantTokens {
    const SHAPE: Shape = Shape {
        kind: Kind::List(&GrantTokenText::SHAPE.kind, (0, TOKENS)),
        required: true,
        sensitive: false,
    };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        let tokens = read_list(value, path, TOKENS, violations, |token, path, violations| {
            GrantTokenText::read(Some(token), path, violations)
        })?;
        Ok(tokens.map(Self))
    }

    fn echo(&self, _: &str, _: &mut Echo) {}
}

/// Characters of a token, and tokens of a request.
const TOKEN: (u32, u32) = (1, 8192);
const TOKENS: u32 = 10;
