//! The members of KMS requests, each with its rules, once.
//!
//! Source: the KMS model, version 2014-11-01.

mod choice_list;
mod choices;
pub mod cloudtrail;
mod context;
mod grants;
pub mod iam;
mod moment;
mod reading;
mod region;
mod structures;
pub mod sts;
mod tags;

use serde_json::Value;
use zeroize::Zeroizing;

use super::{
    error::Result,
    member::{Echo, Kind, Member, Shape, Violations},
};

pub use choice_list::{Choice, ChoiceList, DryRunModifiers, ResourceOwners};
pub use choices::*;
pub use context::EncryptionContext;
pub use grants::{GrantConstraints, GrantOperations, GrantTokenText, GrantTokens};
pub use moment::{Moment, in_words};
use reading::{
    ALIAS, DESCRIPTION, HEXADECIMAL, MARKER, POLICY, PRINCIPAL, SERVICE, SOURCE, WORD, read_blob,
    read_integer, read_text,
};
pub use region::RegionName;
pub use tags::{Tag, TagKeys, TagList};

/// Texts with a length in characters, and some with a pattern.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident $min:literal ..= $max:literal $(, $pattern:ident)?;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Member for $name {
            const SHAPE: Shape = {
                let pattern = [$(Some($pattern.0),)? None][0];
                Shape { kind: Kind::Text(($min, $max), pattern), required: true, sensitive: false }
            };

            fn read(
                value: Option<&Value>,
                path: &str,
                violations: &mut Violations,
            ) -> Result<Option<Self>> {
                let pattern = [$(Some($pattern),)? None][0];
                let text = read_text(value, path, ($min, $max), pattern, violations)?;
                Ok(text.map(Self))
            }

            fn echo(&self, name: &str, echo: &mut Echo) {
                echo.text(name, &self.0);
            }
        }
    )*};
}

pub(crate) use texts;

texts! {
    /// A key id, a key ARN, an alias name or an alias ARN, as given.
    KeyRef 1..=2048;
    /// The same where an alias will not do.
    KeyTarget 1..=2048;
    /// The name of an alias, as given.
    AliasName 1..=256, ALIAS;
    /// What a key is for, in its owner's words.
    Description 0..=8192;
    /// A policy document, as it was written.
    PolicyText 1..=131_072, POLICY;
    /// The name of one of a key's policies.
    PolicyName 1..=128, WORD;
    /// Where a list goes on.
    Marker 1..=1024, MARKER;
    /// Names a material of a key.
    KeyMaterialId 64..=64, HEXADECIMAL;
    /// What a material is, in its owner's words.
    KeyMaterialDescription 0..=256, DESCRIPTION;
    /// The name of a tag.
    TagKey 1..=128;
    /// What it says.
    TagValue 0..=256;
    /// Its maker's name for a grant.
    GrantName 1..=256, ALIAS;
    /// Names a grant.
    GrantIdText 1..=128;
    /// Who gets a grant or retires it.
    PrincipalId 1..=256, PRINCIPAL;
    /// The same, if it is a service.
    ServicePrincipal 1..=128, SERVICE;
    /// On whose behalf a request must be made.
    SourceArn 20..=512, SOURCE;
}

/// Blobs with a length in decoded bytes. Records never show them.
macro_rules! blobs {
    ($($(#[$doc:meta])* $name:ident $min:literal ..= $max:literal, $sensitive:literal;)*) => {$(
        $(#[$doc])*
        pub struct $name(Zeroizing<Vec<u8>>);

        impl $name {
            /// The bytes.
            pub fn bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl Member for $name {
            const SHAPE: Shape = Shape {
                kind: Kind::Blob(($min, $max)),
                required: true,
                sensitive: $sensitive,
            };

            fn read(
                value: Option<&Value>,
                path: &str,
                violations: &mut Violations,
            ) -> Result<Option<Self>> {
                Ok(read_blob(value, path, ($min, $max), violations)?.map(Self))
            }

            fn echo(&self, _: &str, _: &mut Echo) {}
        }
    )*};
}

blobs! {
    /// What is to be encrypted.
    Plaintext 1..=4096, true;
    /// What was encrypted.
    CiphertextBlob 1..=6144, false;
    /// What is signed or authenticated, or its digest.
    Message 1..=4096, true;
    /// What was made of a message, with a key.
    Signature 1..=6144, false;
    /// The same by HMAC.
    Mac 1..=6144, false;
    /// Somebody else's public key: SubjectPublicKeyInfo (DER).
    PublicKey 1..=8192, false;
    /// What GetParametersForImport gave.
    ImportToken 1..=6144, false;
}

/// Whole numbers with bounds.
macro_rules! integers {
    ($($(#[$doc:meta])* $name:ident $min:literal ..= $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(u32);

        impl $name {
            /// The number.
            pub fn get(&self) -> u32 {
                self.0
            }
        }

        impl Member for $name {
            const SHAPE: Shape = Shape {
                kind: Kind::Integer(($min, $max)),
                required: true,
                sensitive: false,
            };

            fn read(
                value: Option<&Value>,
                path: &str,
                violations: &mut Violations,
            ) -> Result<Option<Self>> {
                Ok(read_integer(value, path, ($min, $max), violations)?.map(Self))
            }

            fn echo(&self, name: &str, echo: &mut Echo) {
                echo.plain(name, self.0);
            }
        }
    )*};
}

pub(crate) use integers;

integers! {
    /// How long a data key is, in bytes.
    NumberOfBytes 1..=1024;
    /// How many entries a page has at most.
    Limit 1..=1000;
    /// How long a key waits for its deletion.
    PendingWindowInDays 1..=365;
    /// How often a key is rotated.
    RotationPeriodInDays 90..=2560;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::Error;

    fn context(value: Value) -> EncryptionContext {
        let mut violations = Violations::default();
        EncryptionContext::read(Some(&value), "c", &mut violations).unwrap().unwrap()
    }

    #[test]
    fn the_order_of_an_encryption_context_does_not_matter_and_its_borders_do() {
        let one = context(json!({"a": "1", "b": "2"})).canonical();
        assert_eq!(one, context(json!({"b": "2", "a": "1"})).canonical());
        assert_ne!(one, context(json!({"a": "1b", "": "2"})).canonical());
        assert!(context(json!({})).canonical().is_empty());
    }

    #[test]
    fn violations_are_worded_as_aws_does() {
        let mut violations = Violations::default();
        AliasName::read(Some(&json!("é")), "aliasName", &mut violations).unwrap();
        NumberOfBytes::read(Some(&json!(1025)), "numberOfBytes", &mut violations).unwrap();
        Plaintext::read(Some(&json!("")), "plaintext", &mut violations).unwrap();
        KeyRef::read(None, "keyId", &mut violations).unwrap();
        DataKeySpec::read(Some(&json!("DES")), "keySpec", &mut violations).unwrap();
        let Err(Error::Caller(error)) = violations.check() else { panic!("five rules are broken") };
        assert_eq!(
            error.message.unwrap(),
            "5 validation errors detected: Value 'é' at 'aliasName' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$; Value '1025' at \
             'numberOfBytes' failed to satisfy constraint: Member must have value less than or \
             equal to 1024; Value at 'plaintext' failed to satisfy constraint: Member must have \
             length greater than or equal to 1; Value null at 'keyId' failed to satisfy \
             constraint: Member must not be null; Value 'DES' at 'keySpec' failed to satisfy \
             constraint: Member must satisfy enum value set: [AES_256, AES_128]"
        );
    }
}
