//! What kinds of keys there are, what each is made for, and where its material is from.

use serde::{Deserialize, Serialize};

/// Enumerations whose names are AWS's.
macro_rules! named {
    ($(
        $(#[$doc:meta])*
        $name:ident { $($(#[$own:meta])* $variant:ident $text:literal),* $(,)? }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the variants are AWS's own names")]
        pub enum $name { $(#[serde(rename = $text)] $(#[$own])* $variant),* }

        impl $name {
            /// AWS's name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// What AWS calls so, if it is served.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    )*};
}

named! {
    /// `KeySpec`.
    Spec {
        SymmetricDefault "SYMMETRIC_DEFAULT",
        Hmac224 "HMAC_224", Hmac256 "HMAC_256", Hmac384 "HMAC_384", Hmac512 "HMAC_512",
        Rsa2048 "RSA_2048", Rsa3072 "RSA_3072", Rsa4096 "RSA_4096",
        EccNistP256 "ECC_NIST_P256", EccNistP384 "ECC_NIST_P384", EccNistP521 "ECC_NIST_P521",
        EccSecgP256k1 "ECC_SECG_P256K1", EccNistEdwards25519 "ECC_NIST_EDWARDS25519",
        MlDsa44 "ML_DSA_44", MlDsa65 "ML_DSA_65", MlDsa87 "ML_DSA_87",
        MlKem512 "ML_KEM_512", MlKem768 "ML_KEM_768", MlKem1024 "ML_KEM_1024",
    }
    /// `KeyUsage`.
    Usage {
        EncryptDecrypt "ENCRYPT_DECRYPT", SignVerify "SIGN_VERIFY",
        GenerateVerifyMac "GENERATE_VERIFY_MAC", KeyAgreement "KEY_AGREEMENT",
        EncapsulateDecapsulate "ENCAPSULATE_DECAPSULATE",
    }
    /// `Origin`.
    Origin { AwsKms "AWS_KMS", External "EXTERNAL" }
    /// `KeyManager`.
    #[derive(Default)]
    Manager { #[default] Customer "CUSTOMER", Aws "AWS" }
}

impl Manager {
    /// Whether it is the key's owner.
    pub fn is_customer(&self) -> bool {
        *self == Self::Customer
    }
}

/// What kinds of material there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// AES-256-GCM.
    Symmetric,
    /// HMAC.
    Mac,
    /// RSA key pairs.
    Rsa,
    /// Key pairs on the curves of NIST.
    NistCurve,
    /// Key pairs on the other curves, which sign only.
    SigningCurve,
    /// ML-DSA key pairs.
    MlDsa,
    /// ML-KEM key pairs.
    MlKem,
}

impl Spec {
    /// What kind of material a key of this spec has.
    pub fn kind(self) -> Kind {
        match self {
            Self::SymmetricDefault => Kind::Symmetric,
            Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512 => Kind::Mac,
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => Kind::Rsa,
            Self::EccNistP256 | Self::EccNistP384 | Self::EccNistP521 => Kind::NistCurve,
            Self::EccSecgP256k1 | Self::EccNistEdwards25519 => Kind::SigningCurve,
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => Kind::MlDsa,
            Self::MlKem512 | Self::MlKem768 | Self::MlKem1024 => Kind::MlKem,
        }
    }

    /// What a key of this spec can be made for.
    pub fn usages(self) -> &'static [Usage] {
        match self.kind() {
            Kind::Symmetric => &[Usage::EncryptDecrypt],
            Kind::Mac => &[Usage::GenerateVerifyMac],
            Kind::Rsa => &[Usage::EncryptDecrypt, Usage::SignVerify],
            Kind::NistCurve => &[Usage::SignVerify, Usage::KeyAgreement],
            Kind::SigningCurve | Kind::MlDsa => &[Usage::SignVerify],
            Kind::MlKem => &[Usage::EncapsulateDecapsulate],
        }
    }

    /// Whether it is the one kind that has an encryption context, versions of its material, and
    /// ciphertexts that name it.
    pub fn is_symmetric(self) -> bool {
        self.kind() == Kind::Symmetric
    }

    /// Whether it is a key pair.
    pub fn has_public_key(self) -> bool {
        !matches!(self.kind(), Kind::Symmetric | Kind::Mac)
    }

    /// Whether its material can be made elsewhere.
    pub fn is_importable(self) -> bool {
        !matches!(self.kind(), Kind::MlDsa | Kind::MlKem)
    }
}
