//! The members of KMS requests, each with its rules, once.
//!
//! Source: the KMS model, version 2014-11-01.

use std::collections::BTreeMap;

use serde_json::Value;
use zeroize::Zeroizing;

use super::{
    blob,
    error::{Error, Result},
    member::{Bounds, Echo, Kind, Member, Shape, Violations, mistyped, text},
};

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

texts! {
    /// A key id, a key ARN, an alias name or an alias ARN, as given.
    KeyRef 1..=2048;
    /// The same where an alias will not do.
    KeyTarget 1..=2048;
    /// The name of an alias, as given.
    AliasName 1..=256, ALIAS;
    /// What a key is for, in its owner's words.
    Description 0..=8192;
    /// Where a list goes on.
    Marker 1..=1024, MARKER;
}

/// Enumerations.
macro_rules! choices {
    ($(
        $(#[$meta:meta])*
        $name:ident { $($(#[$own:meta])* $variant:ident $text:literal),* $(,)? }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the variants are AWS's own names")]
        pub enum $name { $($(#[$own])* $variant),* }

        impl $name {
            /// As it stands on the wire.
            pub fn as_str(&self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl Member for $name {
            const SHAPE: Shape =
                Shape { kind: Kind::Choice(&[$($text),*]), required: true, sensitive: false };

            fn read(
                value: Option<&Value>,
                path: &str,
                violations: &mut Violations,
            ) -> Result<Option<Self>> {
                let Some(value) = value else {
                    violations.add_missing(path);
                    return Ok(None);
                };
                let choice = match text(value)? {
                    $($text => Some(Self::$variant),)*
                    other => {
                        let all = [$($text),*].join(", ");
                        let rule = format!("Member must satisfy enum value set: [{all}]");
                        violations.add(other, path, &rule);
                        None
                    }
                };
                Ok(choice)
            }

            fn echo(&self, name: &str, echo: &mut Echo) {
                echo.text(name, self.as_str());
            }
        }
    )*};
}

choices! {
    /// `KeySpec`.
    #[derive(Default)]
    KeySpecName {
        Rsa2048 "RSA_2048", Rsa3072 "RSA_3072", Rsa4096 "RSA_4096",
        EccNistP256 "ECC_NIST_P256", EccNistP384 "ECC_NIST_P384", EccNistP521 "ECC_NIST_P521",
        EccSecgP256k1 "ECC_SECG_P256K1", #[default] SymmetricDefault "SYMMETRIC_DEFAULT",
        Hmac224 "HMAC_224", Hmac256 "HMAC_256", Hmac384 "HMAC_384", Hmac512 "HMAC_512",
        Sm2 "SM2", MlDsa44 "ML_DSA_44", MlDsa65 "ML_DSA_65", MlDsa87 "ML_DSA_87",
        EccNistEdwards25519 "ECC_NIST_EDWARDS25519",
        MlKem512 "ML_KEM_512", MlKem768 "ML_KEM_768", MlKem1024 "ML_KEM_1024",
    }
    /// `CustomerMasterKeySpec`, the name that `KeySpec` had before 2021.
    CustomerMasterKeySpec {
        Rsa2048 "RSA_2048", Rsa3072 "RSA_3072", Rsa4096 "RSA_4096",
        EccNistP256 "ECC_NIST_P256", EccNistP384 "ECC_NIST_P384", EccNistP521 "ECC_NIST_P521",
        EccSecgP256k1 "ECC_SECG_P256K1", SymmetricDefault "SYMMETRIC_DEFAULT",
        Hmac224 "HMAC_224", Hmac256 "HMAC_256", Hmac384 "HMAC_384", Hmac512 "HMAC_512",
        Sm2 "SM2",
    }
    /// `KeyUsage`.
    KeyUsageName {
        SignVerify "SIGN_VERIFY", EncryptDecrypt "ENCRYPT_DECRYPT",
        GenerateVerifyMac "GENERATE_VERIFY_MAC", KeyAgreement "KEY_AGREEMENT",
        EncapsulateDecapsulate "ENCAPSULATE_DECAPSULATE",
    }
    /// `Origin`.
    #[derive(Default)]
    OriginName {
        #[default] AwsKms "AWS_KMS", External "EXTERNAL", AwsCloudHsm "AWS_CLOUDHSM",
        ExternalKeyStore "EXTERNAL_KEY_STORE",
    }
    /// `EncryptionAlgorithm`.
    #[derive(Default)]
    EncryptionAlgorithm {
        #[default] SymmetricDefault "SYMMETRIC_DEFAULT", RsaesOaepSha1 "RSAES_OAEP_SHA_1",
        RsaesOaepSha256 "RSAES_OAEP_SHA_256", Sm2Pke "SM2PKE",
    }
    /// `KeySpec` of data keys.
    DataKeySpec { Aes256 "AES_256", Aes128 "AES_128" }
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

integers! {
    /// How long a data key is, in bytes.
    NumberOfBytes 1..=1024;
    /// How many entries a page has at most.
    Limit 1..=1000;
}

/// Grant tokens: at most ten, of 1 to 8192 characters. They are no secrets, but records do without.
pub struct GrantTokens(Vec<String>);

impl GrantTokens {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Member for GrantTokens {
    const SHAPE: Shape = Shape {
        kind: Kind::List(&Kind::Text((1, 8192), None), 10),
        required: true,
        sensitive: false,
    };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        let Some(value) = value else {
            violations.add_missing(path);
            return Ok(None);
        };
        let Value::Array(values) = value else {
            return Err(Error::serialization("Expected list or null"));
        };
        if values.len() > 10 {
            let rule = "Member must have length less than or equal to 10";
            violations.add_masked(path, rule);
            return Ok(None);
        }
        let mut tokens = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let path = format!("{path}.{}.member", index + 1);
            tokens.extend(read_text(Some(value), &path, (1, 8192), None, violations)?);
        }
        Ok((tokens.len() == values.len()).then_some(Self(tokens)))
    }

    fn echo(&self, _: &str, _: &mut Echo) {}
}

/// Encryption context: authenticated, never secret, and shown in records. Absent and empty are the
/// same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncryptionContext(BTreeMap<String, String>);

impl EncryptionContext {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one encoding of the map: sorted by name, each name and value behind its length (four
    /// bytes, big-endian). The order in which a request names the pairs does not matter.
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_length());
        for text in self.0.iter().flat_map(|(name, value)| [name, value]) {
            let length =
                u32::try_from(text.len()).expect("at most 8 KiB: checked when it was read");
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        out
    }

    fn encoded_length(&self) -> usize {
        self.0.iter().map(|(name, value)| 8 + name.len() + value.len()).sum()
    }
}

impl Member for EncryptionContext {
    const SHAPE: Shape = Shape { kind: Kind::TextMap, required: false, sensitive: false };

    fn read(
        value: Option<&Value>,
        path: &str,
        violations: &mut Violations,
    ) -> Result<Option<Self>> {
        let Some(value) = value else {
            return Ok(Some(Self::default()));
        };
        let Value::Object(entries) = value else {
            return Err(Error::serialization("Expected map or null"));
        };
        let mut context = BTreeMap::new();
        for (name, value) in entries {
            context.insert(name.clone(), text(value)?.to_owned());
        }
        let context = Self(context);
        if context.encoded_length() > CONTEXT {
            let rule = format!("Member must have length less than or equal to {CONTEXT}");
            violations.add_masked(path, &rule);
            return Ok(None);
        }
        Ok(Some(context))
    }

    fn echo(&self, name: &str, echo: &mut Echo) {
        if !self.is_empty() {
            echo.map(name, self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        }
    }
}

/// A rule on characters: as AWS words it, and as a function.
type Pattern = (&'static str, fn(char) -> bool);

const ALIAS: Pattern =
    ("^[a-zA-Z0-9:/_-]+$", |c| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-'));
const MARKER: Pattern = ("[\\u0020-\\u00FF]*", |c| ('\u{20}'..='\u{ff}').contains(&c));

fn read_text(
    value: Option<&Value>,
    path: &str,
    (min, max): Bounds,
    pattern: Option<Pattern>,
    violations: &mut Violations,
) -> Result<Option<String>> {
    let Some(value) = value else {
        violations.add_missing(path);
        return Ok(None);
    };
    let text = text(value)?;
    let length = text.chars().count();
    let mut is_good = true;
    if let Some(rule) = length_rule(length, (min, max)) {
        violations.add(text, path, &rule);
        is_good = false;
    }
    if let Some((pattern, allows)) = pattern
        && (!text.chars().all(allows) || (text.is_empty() && min > 0))
    {
        let rule = format!("Member must satisfy regular expression pattern: {pattern}");
        violations.add(text, path, &rule);
        is_good = false;
    }
    Ok(is_good.then(|| text.to_owned()))
}

fn read_blob(
    value: Option<&Value>,
    path: &str,
    bounds: Bounds,
    violations: &mut Violations,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(value) = value else {
        violations.add_missing(path);
        return Ok(None);
    };
    let Some(bytes) = blob::decode(text(value)?) else {
        return Err(Error::serialization("the value can not be converted to a Blob"));
    };
    if let Some(rule) = length_rule(bytes.len(), bounds) {
        violations.add_masked(path, &rule);
        return Ok(None);
    }
    Ok(Some(bytes))
}

fn read_integer(
    value: Option<&Value>,
    path: &str,
    (min, max): Bounds,
    violations: &mut Violations,
) -> Result<Option<u32>> {
    let Some(value) = value else {
        violations.add_missing(path);
        return Ok(None);
    };
    let Some(number) = value.as_i64().or_else(|| whole(value.as_f64()?)) else {
        return Err(mistyped(value, "Integer"));
    };
    let rule = if number > i64::from(max) {
        format!("Member must have value less than or equal to {max}")
    } else if number < i64::from(min) {
        format!("Member must have value greater than or equal to {min}")
    } else {
        return Ok(u32::try_from(number).ok());
    };
    violations.add(&number.to_string(), path, &rule);
    Ok(None)
}

/// `32.0` is the number 32: some JSON writers know no other numbers.
fn whole(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
    is_whole.then(|| format!("{number:.0}").parse().ok())?
}

fn length_rule(length: usize, (min, max): Bounds) -> Option<String> {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    if length > max {
        Some(format!("Member must have length less than or equal to {max}"))
    } else if length < min {
        Some(format!("Member must have length greater than or equal to {min}"))
    } else {
        None
    }
}

/// The canonical encoding of an encryption context, in bytes.
const CONTEXT: usize = 8192;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
