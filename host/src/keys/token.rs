//! Import tokens: what GetParametersForImport gives out and ImportKeyMaterial takes back. A token
//! carries the sealed wrapping key itself, so that nothing of it is stored here.
//!
//! ```text
//! version 1 | wrapping key spec (1) | wrapping algorithm (1)
//!   | valid until, in milliseconds since 1970, big-endian (8) | length of the tag (1) | tag
//!   | sealed wrapping key
//! ```
//!
//! The tag is one of the tenant's isolate, over all the rest and the key that the token is for.

use crate::{
    arn::Arn,
    wire::{
        Error, Result,
        members::{WrappingAlgorithm, WrappingKeySpec},
    },
};

use super::{Kind, Spec};

/// How material is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// `RSAES_OAEP_SHA_1`.
    OaepSha1,
    /// `RSAES_OAEP_SHA_256`.
    OaepSha256,
    /// `RSA_AES_KEY_WRAP_SHA_1`.
    AesKeyWrapSha1,
    /// `RSA_AES_KEY_WRAP_SHA_256`.
    AesKeyWrapSha256,
}

/// What wraps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrappingSpec {
    /// `RSA_2048`.
    Rsa2048,
    /// `RSA_3072`.
    Rsa3072,
    /// `RSA_4096`.
    Rsa4096,
}

/// An import token, but for its tag.
#[derive(Debug, PartialEq, Eq)]
pub struct ImportToken {
    /// Of the wrapping key.
    pub spec: WrappingSpec,
    /// How the material will be wrapped.
    pub wrapping: Wrapping,
    /// In milliseconds since 1970.
    pub valid_until: i64,
    /// The wrapping key, which opens in the isolate of the key's tenant only.
    pub sealed: Vec<u8>,
}

impl Spec {
    /// How material of this spec may be wrapped.
    ///
    /// Source: KMS developer guide, "Step 2: Download the wrapping public key and import token".
    pub fn wrapping(
        self,
        algorithm: WrappingAlgorithm,
        key: WrappingKeySpec,
    ) -> Result<(Wrapping, WrappingSpec)> {
        let wrapping = match algorithm {
            WrappingAlgorithm::RsaesOaepSha1 => Some(Wrapping::OaepSha1),
            WrappingAlgorithm::RsaesOaepSha256 => Some(Wrapping::OaepSha256),
            WrappingAlgorithm::RsaAesKeyWrapSha1 => Some(Wrapping::AesKeyWrapSha1),
            WrappingAlgorithm::RsaAesKeyWrapSha256 => Some(Wrapping::AesKeyWrapSha256),
            WrappingAlgorithm::RsaesPkcs1V15 | WrappingAlgorithm::Sm2Pke => None,
        };
        let spec = match key {
            WrappingKeySpec::Rsa2048 => Some(WrappingSpec::Rsa2048),
            WrappingKeySpec::Rsa3072 => Some(WrappingSpec::Rsa3072),
            WrappingKeySpec::Rsa4096 => Some(WrappingSpec::Rsa4096),
            WrappingKeySpec::Sm2 => None,
        };
        match wrapping.zip(spec) {
            Some((wrapping, spec)) if self.goes_with(wrapping, spec) => Ok((wrapping, spec)),
            Some(_) | None => Err(Error::validation(format!(
                "Wrapping algorithm {} and wrapping key spec {} cannot be used to import a {} key.",
                algorithm.as_str(),
                key.as_str(),
                self.as_str(),
            ))),
        }
    }

    fn goes_with(self, wrapping: Wrapping, spec: WrappingSpec) -> bool {
        let is_direct = matches!(wrapping, Wrapping::OaepSha1 | Wrapping::OaepSha256);
        match self.kind() {
            Kind::Symmetric | Kind::Mac => is_direct,
            Kind::Rsa => !is_direct,
            // PKCS #8 of these two is too long for OAEP under 2048 bits.
            Kind::NistCurve | Kind::SigningCurve => {
                let is_long = matches!(self, Self::EccNistP521 | Self::EccNistEdwards25519);
                !(is_direct && is_long && spec == WrappingSpec::Rsa2048)
            }
            Kind::MlDsa | Kind::MlKem => false,
        }
    }
}

impl ImportToken {
    /// What the tag of a token for that key authenticates.
    pub fn message(&self, key: &Arn<'_>) -> Vec<u8> {
        let arn = key.to_string();
        let length = u32::try_from(arn.len()).expect("an ARN has some hundred bytes");
        [&length.to_be_bytes()[..], arn.as_bytes(), &self.head(), &self.sealed].concat()
    }

    /// The token as its owner gets it.
    pub fn encode(&self, tag: &[u8]) -> Result<Vec<u8>> {
        let length = u8::try_from(tag.len()).map_err(Error::world)?;
        Ok([&self.head()[..], &[length], tag, &self.sealed].concat())
    }

    /// Reads what looks like a token, and its tag. Whether it is one is for the isolate to say.
    pub fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&[version, spec, wrapping], rest) = bytes.split_first_chunk()?;
        let (valid_until, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first()?;
        let (tag, sealed) = rest.split_at_checked(usize::from(*length))?;
        let token = Self {
            spec: *SPECS.get(usize::from(spec))?,
            wrapping: *WRAPPINGS.get(usize::from(wrapping))?,
            valid_until: i64::from_be_bytes(*valid_until),
            sealed: sealed.to_vec(),
        };
        (version == VERSION).then_some((token, tag))
    }

    fn head(&self) -> Vec<u8> {
        let number = |at: Option<usize>| at.and_then(|at| u8::try_from(at).ok());
        let spec = number(SPECS.iter().position(|spec| *spec == self.spec));
        let wrapping = number(WRAPPINGS.iter().position(|wrapping| *wrapping == self.wrapping));
        let listed = "each stands in its list of a few";
        let mut head = vec![VERSION, spec.expect(listed), wrapping.expect(listed)];
        head.extend_from_slice(&self.valid_until.to_be_bytes());
        head
    }

    /// How long a token is good, in milliseconds: a day.
    pub const LIFE: i64 = 24 * 60 * 60 * 1000;
    /// What the tag of a token is called, where tags are made.
    pub const LABEL: &'static [u8] = b"import token";
}

const VERSION: u8 = 1;
const SPECS: [WrappingSpec; 3] =
    [WrappingSpec::Rsa2048, WrappingSpec::Rsa3072, WrappingSpec::Rsa4096];
const WRAPPINGS: [Wrapping; 4] = [
    Wrapping::OaepSha1,
    Wrapping::OaepSha256,
    Wrapping::AesKeyWrapSha1,
    Wrapping::AesKeyWrapSha256,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn token(spec: WrappingSpec, wrapping: Wrapping, valid_until: i64) -> ImportToken {
        ImportToken { spec, wrapping, valid_until, sealed: b"sealed".to_vec() }
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        for spec in SPECS {
            for wrapping in WRAPPINGS {
                let token = token(spec, wrapping, 1_795_294_256_355);
                let bytes = token.encode(b"tag").unwrap();
                assert_eq!(ImportToken::parse(&bytes), Some((token, &b"tag"[..])));
            }
        }
    }

    #[test]
    fn a_tag_is_good_for_one_key_and_every_byte_of_its_token() {
        let arn = |key: &str| {
            let key = format!("{key}234abcd-12ab-34cd-56ef-1234567890ab").parse().unwrap();
            Arn::key("us-east-1".parse().unwrap(), "111122223333".parse().unwrap(), &key)
                .to_string()
        };
        let (one, two) = (arn("1"), arn("2"));
        let (one, two) = (Arn::parse(&one).unwrap(), Arn::parse(&two).unwrap());
        let first = token(WrappingSpec::Rsa2048, Wrapping::OaepSha1, 1);
        assert_ne!(first.message(&one), first.message(&two));
        for other in [
            token(WrappingSpec::Rsa3072, Wrapping::OaepSha1, 1),
            token(WrappingSpec::Rsa2048, Wrapping::OaepSha256, 1),
            token(WrappingSpec::Rsa2048, Wrapping::OaepSha1, 2),
        ] {
            assert_ne!(first.message(&one), other.message(&one));
        }
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        let bytes = token(WrappingSpec::Rsa2048, Wrapping::OaepSha1, 1).encode(b"tag").unwrap();
        for length in 0..15 {
            assert_eq!(ImportToken::parse(&bytes[..length]), None);
        }
        for (at, byte) in [(0, 2), (1, 3), (2, 4), (11, 200)] {
            let mut spoilt = bytes.clone();
            spoilt[at] = byte;
            assert_eq!(ImportToken::parse(&spoilt), None);
        }
    }
}
