//! Which algorithm goes with which key, and which message with which algorithm.
//!
//! Source: KMS developer guide, "Key spec reference".

use crate::wire::{
    Error, Result,
    members::{
        EncapsulationAlgorithm, EncryptionAlgorithm, EncryptionContext, KeyAgreementAlgorithm,
        MacAlgorithm, MessageType, SigningAlgorithm,
    },
};

use super::{Key, Kind, Spec, Usage};

/// An algorithm of one usage.
pub trait Algorithm: Copy + PartialEq + 'static {
    /// What a key must have been made for.
    const USAGE: Usage;

    /// The algorithms of a spec, of this usage, in AWS's order.
    fn of(spec: Spec) -> &'static [Self];

    /// AWS's name.
    fn name(self) -> &'static str;
}

/// A message in the form that goes with its key and algorithm.
#[derive(Clone, Copy)]
pub enum Message<'a> {
    /// The message itself.
    Raw(&'a [u8]),
    /// Its digest, of the algorithm's length.
    Digest(&'a [u8]),
    /// The 64 bytes `mu` of FIPS 204.
    ExternalMu(&'a [u8]),
}

impl Key {
    /// Whether the key may be used with this algorithm now: state before usage before algorithm, as
    /// AWS does.
    pub fn check_use<A: Algorithm>(&self, algorithm: A, operation: &str, now: i64) -> Result<()> {
        self.check_usable(now)?;
        if self.usage != A::USAGE {
            return Err(Error::invalid_usage(&self.arn(), self.usage.as_str(), operation));
        }
        self.check_algorithm(algorithm)
    }

    /// The same for what was encrypted: a key that never encrypts cannot be the right one, and an
    /// RSA key takes everything that is not made by its algorithms for no ciphertext.
    pub fn check_decryption(&self, algorithm: EncryptionAlgorithm, now: i64) -> Result<()> {
        self.check_usable(now)?;
        if self.usage != Usage::EncryptDecrypt {
            return Err(Error::incorrect_key());
        }
        if self.spec.kind() == Kind::Rsa && algorithm == EncryptionAlgorithm::SymmetricDefault {
            return Err(Error::invalid_ciphertext());
        }
        self.check_algorithm(algorithm)
    }

    /// Key pairs know no encryption context.
    pub fn check_context(&self, context: &EncryptionContext) -> Result<()> {
        if self.spec.is_symmetric() || context.is_empty() {
            return Ok(());
        }
        Err(Error::validation(
            "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.",
        ))
    }

    fn check_algorithm<A: Algorithm>(&self, algorithm: A) -> Result<()> {
        if A::of(self.spec).contains(&algorithm) {
            return Ok(());
        }
        Err(Error::incompatible_algorithm(algorithm.name(), self.spec.as_str()))
    }
}

impl Spec {
    /// What is said of a plaintext that is longer than RSA leaves room for.
    pub fn check_length(self, algorithm: EncryptionAlgorithm, length: usize) -> Result<()> {
        match self.room(algorithm) {
            Some(room) if length > room => Err(self.too_long(algorithm)),
            Some(_) | None => Ok(()),
        }
    }

    /// A plaintext has no room under RSA.
    pub fn too_long(self, algorithm: EncryptionAlgorithm) -> Error {
        let (algorithm_name, spec) = (algorithm.as_str(), self.as_str());
        let room = self.room(algorithm).unwrap_or_default();
        Error::validation(format!(
            "Algorithm {algorithm_name} and key spec {spec} cannot encrypt data larger than {room} \
             bytes."
        ))
    }

    /// The longest plaintext under RSAES-OAEP (RFC 8017): what the modulus leaves beside two hashes
    /// and two bytes.
    fn room(self, algorithm: EncryptionAlgorithm) -> Option<usize> {
        let modulus = match self {
            Self::Rsa2048 => 256,
            Self::Rsa3072 => 384,
            Self::Rsa4096 => 512,
            _ => return None,
        };
        match algorithm {
            EncryptionAlgorithm::RsaesOaepSha1 => Some(modulus - 2 * 20 - 2),
            EncryptionAlgorithm::RsaesOaepSha256 => Some(modulus - 2 * 32 - 2),
            EncryptionAlgorithm::SymmetricDefault | EncryptionAlgorithm::Sm2Pke => None,
        }
    }
}

impl<'a> Message<'a> {
    /// Checks the form and the length of a message.
    pub fn new(
        spec: Spec,
        algorithm: SigningAlgorithm,
        form: MessageType,
        bytes: &'a [u8],
    ) -> Result<Self> {
        let wrong_form = |what: String| {
            let form = form.as_str();
            Error::validation(format!("Message type {form} is incompatible with {what}."))
        };
        let takes_form = match spec.kind() {
            Kind::MlDsa => form != MessageType::Digest,
            _ => form != MessageType::ExternalMu,
        };
        if !takes_form {
            return Err(wrong_form(format!("key spec {}", spec.as_str())));
        }
        let only = match algorithm {
            SigningAlgorithm::Ed25519Sha512 => Some(MessageType::Raw),
            SigningAlgorithm::Ed25519PhSha512 => Some(MessageType::Digest),
            _ => None,
        };
        if only.is_some_and(|only| only != form) {
            return Err(wrong_form(format!("algorithm {}", algorithm.as_str())));
        }
        if form != MessageType::Raw && bytes.len() != digest_length(algorithm) {
            let algorithm = algorithm.as_str();
            let message = format!("Digest is invalid length for algorithm {algorithm}.");
            return Err(Error::validation(message));
        }
        Ok(match form {
            MessageType::Raw => Self::Raw(bytes),
            MessageType::Digest => Self::Digest(bytes),
            MessageType::ExternalMu => Self::ExternalMu(bytes),
        })
    }
}

fn digest_length(algorithm: SigningAlgorithm) -> usize {
    match algorithm {
        SigningAlgorithm::RsassaPssSha256
        | SigningAlgorithm::RsassaPkcs1V15Sha256
        | SigningAlgorithm::EcdsaSha256
        | SigningAlgorithm::Sm2Dsa => 32,
        SigningAlgorithm::RsassaPssSha384
        | SigningAlgorithm::RsassaPkcs1V15Sha384
        | SigningAlgorithm::EcdsaSha384 => 48,
        SigningAlgorithm::RsassaPssSha512
        | SigningAlgorithm::RsassaPkcs1V15Sha512
        | SigningAlgorithm::EcdsaSha512
        | SigningAlgorithm::Ed25519Sha512
        | SigningAlgorithm::Ed25519PhSha512
        | SigningAlgorithm::MlDsaShake256 => 64,
    }
}

/// The usages and what goes with which spec.
macro_rules! algorithms {
    ($($name:ident for $usage:ident { $($specs:pat => $all:expr),* $(,)? })*) => {$(
        impl Algorithm for $name {
            const USAGE: Usage = Usage::$usage;

            fn of(spec: Spec) -> &'static [Self] {
                match spec {
                    $($specs => &$all,)*
                    _ => &[],
                }
            }

            fn name(self) -> &'static str {
                self.as_str()
            }
        }
    )*};
}

use EncryptionAlgorithm as Encryption;
use SigningAlgorithm as Signing;

algorithms! {
    EncryptionAlgorithm for EncryptDecrypt {
        Spec::SymmetricDefault => [Encryption::SymmetricDefault],
        Spec::Rsa2048 | Spec::Rsa3072 | Spec::Rsa4096 =>
            [Encryption::RsaesOaepSha1, Encryption::RsaesOaepSha256],
    }
    SigningAlgorithm for SignVerify {
        Spec::Rsa2048 | Spec::Rsa3072 | Spec::Rsa4096 => [
            Signing::RsassaPkcs1V15Sha256, Signing::RsassaPkcs1V15Sha384,
            Signing::RsassaPkcs1V15Sha512, Signing::RsassaPssSha256, Signing::RsassaPssSha384,
            Signing::RsassaPssSha512,
        ],
        Spec::EccNistP256 | Spec::EccSecgP256k1 => [Signing::EcdsaSha256],
        Spec::EccNistP384 => [Signing::EcdsaSha384],
        Spec::EccNistP521 => [Signing::EcdsaSha512],
        Spec::EccNistEdwards25519 => [Signing::Ed25519PhSha512, Signing::Ed25519Sha512],
        Spec::MlDsa44 | Spec::MlDsa65 | Spec::MlDsa87 => [Signing::MlDsaShake256],
    }
    MacAlgorithm for GenerateVerifyMac {
        Spec::Hmac224 => [MacAlgorithm::HmacSha224],
        Spec::Hmac256 => [MacAlgorithm::HmacSha256],
        Spec::Hmac384 => [MacAlgorithm::HmacSha384],
        Spec::Hmac512 => [MacAlgorithm::HmacSha512],
    }
    KeyAgreementAlgorithm for KeyAgreement {
        Spec::EccNistP256 | Spec::EccNistP384 | Spec::EccNistP521 =>
            [KeyAgreementAlgorithm::Ecdh],
    }
    EncapsulationAlgorithm for EncapsulateDecapsulate {
        Spec::MlKem512 | Spec::MlKem768 | Spec::MlKem1024 => [EncapsulationAlgorithm::MlKem],
    }
}
