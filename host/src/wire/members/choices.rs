//! The members that are one of a few texts.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::choice_list::Choice;
use crate::wire::{
    error::Result,
    member::{Echo, Kind, Member, Shape, Violations, text},
};

/// Enumerations.
macro_rules! choices {
    ($(
        $(#[$meta:meta])*
        $name:ident { $($(#[$own:meta])* $variant:ident $text:literal),* $(,)? }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the variants are AWS's own names")]
        pub enum $name { $($(#[$own])* $variant),* }

        impl $name {
            /// As it stands on the wire.
            pub fn as_str(&self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The one that stands so on the wire.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl Choice for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn text(&self) -> &'static str {
                self.as_str()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(
                &self,
                serializer: S,
            ) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
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
                let name = text(value)?;
                let choice = Self::named(name);
                if choice.is_none() {
                    let all = [$($text),*].join(", ");
                    let rule = format!("Member must satisfy enum value set: [{all}]");
                    violations.add(name, path, &rule);
                }
                Ok(choice)
            }

            fn echo(&self, name: &str, echo: &mut Echo) {
                echo.text(name, self.as_str());
            }
        }
    )*};
}

pub(crate) use choices;

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
    /// `KeyPairSpec`: the key pairs that are made for use outside.
    KeyPairSpec {
        Rsa2048 "RSA_2048", Rsa3072 "RSA_3072", Rsa4096 "RSA_4096",
        EccNistP256 "ECC_NIST_P256", EccNistP384 "ECC_NIST_P384", EccNistP521 "ECC_NIST_P521",
        EccSecgP256k1 "ECC_SECG_P256K1", Sm2 "SM2", EccNistEdwards25519 "ECC_NIST_EDWARDS25519",
        MlKem512 "ML_KEM_512", MlKem768 "ML_KEM_768", MlKem1024 "ML_KEM_1024",
    }
    /// `SigningAlgorithm`.
    SigningAlgorithm {
        RsassaPssSha256 "RSASSA_PSS_SHA_256", RsassaPssSha384 "RSASSA_PSS_SHA_384",
        RsassaPssSha512 "RSASSA_PSS_SHA_512",
        RsassaPkcs1V15Sha256 "RSASSA_PKCS1_V1_5_SHA_256",
        RsassaPkcs1V15Sha384 "RSASSA_PKCS1_V1_5_SHA_384",
        RsassaPkcs1V15Sha512 "RSASSA_PKCS1_V1_5_SHA_512",
        EcdsaSha256 "ECDSA_SHA_256", EcdsaSha384 "ECDSA_SHA_384", EcdsaSha512 "ECDSA_SHA_512",
        Sm2Dsa "SM2DSA", MlDsaShake256 "ML_DSA_SHAKE_256",
        Ed25519Sha512 "ED25519_SHA_512", Ed25519PhSha512 "ED25519_PH_SHA_512",
    }
    /// `MessageType`: in which form a message comes.
    #[derive(Default)]
    MessageType { #[default] Raw "RAW", Digest "DIGEST", ExternalMu "EXTERNAL_MU" }
    /// `MacAlgorithm`, in the order in which AWS's errors name them.
    MacAlgorithm {
        HmacSha384 "HMAC_SHA_384", HmacSha256 "HMAC_SHA_256", HmacSha224 "HMAC_SHA_224",
        HmacSha512 "HMAC_SHA_512",
    }
    /// `KeyAgreementAlgorithm`.
    KeyAgreementAlgorithm { Ecdh "ECDH" }
    /// `EncapsulationAlgorithm`.
    EncapsulationAlgorithm { MlKem "ML_KEM" }
    /// `WrappingAlgorithm`: how material is wrapped on its way in.
    WrappingAlgorithm {
        RsaesPkcs1V15 "RSAES_PKCS1_V1_5", RsaesOaepSha1 "RSAES_OAEP_SHA_1",
        RsaesOaepSha256 "RSAES_OAEP_SHA_256", RsaAesKeyWrapSha1 "RSA_AES_KEY_WRAP_SHA_1",
        RsaAesKeyWrapSha256 "RSA_AES_KEY_WRAP_SHA_256", Sm2Pke "SM2PKE",
    }
    /// `WrappingKeySpec`.
    WrappingKeySpec {
        Rsa2048 "RSA_2048", Rsa3072 "RSA_3072", Rsa4096 "RSA_4096", Sm2 "SM2",
    }
    /// `ExpirationModel`.
    #[derive(Default)]
    ExpirationModel {
        #[default] Expires "KEY_MATERIAL_EXPIRES", DoesNotExpire "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }
    /// `IncludeKeyMaterial`: which materials a key's history names.
    #[derive(Default)]
    IncludeKeyMaterial { All "ALL_KEY_MATERIAL", #[default] Rotations "ROTATIONS_ONLY" }
    /// `DryRunModifiers`: what a dry run does without.
    DryRunModifier { IgnoreCiphertext "IGNORE_CIPHERTEXT" }
    /// `ResourceOwners`: whose keys are listed.
    ResourceOwner { Own "SELF", OtherAccountsViaRam "OTHER_ACCOUNTS_VIA_RAM" }
    /// `ImportType`.
    ImportType { New "NEW_KEY_MATERIAL", Existing "EXISTING_KEY_MATERIAL" }
    /// `GrantOperation`.
    GrantOperation {
        Decrypt "Decrypt", Encrypt "Encrypt", GenerateDataKey "GenerateDataKey",
        GenerateDataKeyWithoutPlaintext "GenerateDataKeyWithoutPlaintext",
        ReEncryptFrom "ReEncryptFrom", ReEncryptTo "ReEncryptTo", Sign "Sign", Verify "Verify",
        GetPublicKey "GetPublicKey", CreateGrant "CreateGrant", RetireGrant "RetireGrant",
        DescribeKey "DescribeKey", GenerateDataKeyPair "GenerateDataKeyPair",
        GenerateDataKeyPairWithoutPlaintext "GenerateDataKeyPairWithoutPlaintext",
        GenerateMac "GenerateMac", VerifyMac "VerifyMac",
        DeriveSharedSecret "DeriveSharedSecret", Encapsulate "Encapsulate",
        Decapsulate "Decapsulate",
    }
}
