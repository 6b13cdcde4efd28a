//! The kinds of keys, in the words of both sides.

use keycell::isolates::{self, Signing as GuestSigning};
use keycell_core::algorithm::Signing;
use keycell_core::binding::{KeySpec, KeyUsage};

/// What kind of key.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) native: (KeySpec, KeyUsage),
    pub(super) guest: (isolates::KeySpec, isolates::KeyUsage),
}

macro_rules! kind {
    ($name:literal, $spec:ident, $usage:ident) => {
        Kind {
            name: $name,
            native: (KeySpec::$spec, KeyUsage::$usage),
            guest: (isolates::KeySpec::$spec, isolates::KeyUsage::$usage),
        }
    };
}

macro_rules! signing {
    ($($name:literal $spec:ident: $algorithm:ident $in_guest:ident;)*) => {
        [$((kind!($name, $spec, SignVerify), Signing::$algorithm, GuestSigning::$in_guest)),*]
    };
}

pub(super) const SYMMETRIC: Kind = kind!("SYMMETRIC_DEFAULT", Symmetric, EncryptDecrypt);

pub(super) const MAC: [Kind; 4] = [
    kind!("HMAC_224", Hmac224, Mac),
    kind!("HMAC_256", Hmac256, Mac),
    kind!("HMAC_384", Hmac384, Mac),
    kind!("HMAC_512", Hmac512, Mac),
];

pub(super) const RSA_ENCRYPTING: [Kind; 3] = [
    kind!("RSA_2048", Rsa2048, EncryptDecrypt),
    kind!("RSA_3072", Rsa3072, EncryptDecrypt),
    kind!("RSA_4096", Rsa4096, EncryptDecrypt),
];

pub(super) const SIGNING: [(Kind, Signing, GuestSigning); 12] = signing! {
    "RSA_2048" Rsa2048: PssSha256 RsassaPssSha256;
    "RSA_2048" Rsa2048: Pkcs1Sha256 RsassaPkcs1Sha256;
    "RSA_3072" Rsa3072: PssSha256 RsassaPssSha256;
    "RSA_4096" Rsa4096: PssSha256 RsassaPssSha256;
    "ECC_NIST_P256" P256: EcdsaSha256 EcdsaSha256;
    "ECC_NIST_P384" P384: EcdsaSha384 EcdsaSha384;
    "ECC_NIST_P521" P521: EcdsaSha512 EcdsaSha512;
    "ECC_SECG_P256K1" Secp256k1: EcdsaSha256 EcdsaSha256;
    "ECC_NIST_EDWARDS25519" Ed25519: Ed25519 Ed25519;
    "ML_DSA_44" MlDsa44: MlDsa MlDsaShake256;
    "ML_DSA_65" MlDsa65: MlDsa MlDsaShake256;
    "ML_DSA_87" MlDsa87: MlDsa MlDsaShake256;
};

pub(super) const AGREEING: [Kind; 3] = [
    kind!("ECC_NIST_P256", P256, KeyAgreement),
    kind!("ECC_NIST_P384", P384, KeyAgreement),
    kind!("ECC_NIST_P521", P521, KeyAgreement),
];

pub(super) const ENCAPSULATING: [Kind; 3] = [
    kind!("ML_KEM_512", MlKem512, Encapsulation),
    kind!("ML_KEM_768", MlKem768, Encapsulation),
    kind!("ML_KEM_1024", MlKem1024, Encapsulation),
];

/// RSA keys are not among them: how long the search for primes takes is luck.
pub(super) const MAKING: [Kind; 8] = [
    SYMMETRIC,
    kind!("HMAC_256", Hmac256, Mac),
    kind!("ECC_NIST_P256", P256, SignVerify),
    kind!("ECC_NIST_P384", P384, SignVerify),
    kind!("ECC_NIST_P521", P521, SignVerify),
    kind!("ECC_NIST_EDWARDS25519", Ed25519, SignVerify),
    kind!("ML_DSA_65", MlDsa65, SignVerify),
    kind!("ML_KEM_768", MlKem768, Encapsulation),
];
