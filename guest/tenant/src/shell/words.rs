//! The words of the boundary and those of the core: the same, in two sets of types.

use keycell_core::{algorithm, binding, error, tenant};

use super::{Error, cipher, data_keys, material, signing, types};

impl types::Key {
    /// Hands the key to a method of the core.
    pub(super) fn lend<T>(
        self,
        run: impl FnOnce(&tenant::Key<'_>) -> error::Result<T>,
    ) -> Result<T, Error> {
        let binding = self.binding.into();
        Ok(run(&tenant::Key { sealed: &self.sealed, binding: &binding })?)
    }
}

impl cipher::Side {
    /// Hands the side to a method of the core.
    pub(super) fn lend<T>(
        self,
        run: impl FnOnce(&tenant::Side<'_>) -> error::Result<T>,
    ) -> Result<T, Error> {
        let binding = self.key.binding.into();
        let key = tenant::Key { sealed: &self.key.sealed, binding: &binding };
        let algorithm = self.algorithm.into();
        Ok(run(&tenant::Side { key, algorithm, context: &self.context })?)
    }
}

impl signing::Message {
    /// As the core wants it.
    pub(super) fn lend(&self) -> algorithm::Message<'_> {
        match self {
            Self::Raw(message) => algorithm::Message::Raw(message),
            Self::Digest(digest) => algorithm::Message::Digest(digest),
            Self::ExternalMu(representative) => algorithm::Message::ExternalMu(representative),
        }
    }
}

impl From<types::Binding> for binding::Binding {
    fn from(binding: types::Binding) -> Self {
        let types::Binding { account, region, key_id, spec, usage, multi_region } = binding;
        let (spec, usage) = (spec.into(), usage.into());
        Self { account, region, key_id, spec, usage, multi_region }
    }
}

impl From<tenant::SealedMaterial> for types::SealedMaterial {
    fn from(made: tenant::SealedMaterial) -> Self {
        Self { sealed: made.sealed, material_id: made.material_id.to_vec() }
    }
}

impl From<tenant::DataKey> for data_keys::DataKey {
    fn from(mut made: tenant::DataKey) -> Self {
        let plaintext = core::mem::take(&mut *made.plaintext);
        Self { plaintext, ciphertext: made.ciphertext }
    }
}

/// Enumerations that have the same names on both sides.
macro_rules! words {
    ($($from:ty => $to:ty { $($name:ident)* })*) => {$(
        impl From<$from> for $to {
            fn from(word: $from) -> Self {
                match word {
                    $(<$from>::$name => Self::$name,)*
                }
            }
        }
    )*};
}

words! {
    types::KeySpec => binding::KeySpec {
        Symmetric Hmac224 Hmac256 Hmac384 Hmac512 Rsa2048 Rsa3072 Rsa4096 P256 P384 P521 Secp256k1
        Ed25519 MlDsa44 MlDsa65 MlDsa87 MlKem512 MlKem768 MlKem1024
    }
    types::KeyUsage => binding::KeyUsage {
        EncryptDecrypt SignVerify Mac KeyAgreement Encapsulation
    }
    error::Error => Error { Locked Foreign Unsupported Invalid Unverified Failed }
}

impl From<cipher::Algorithm> for algorithm::Encryption {
    fn from(algorithm: cipher::Algorithm) -> Self {
        match algorithm {
            cipher::Algorithm::SymmetricDefault => Self::Symmetric,
            cipher::Algorithm::RsaesOaepSha1 => Self::OaepSha1,
            cipher::Algorithm::RsaesOaepSha256 => Self::OaepSha256,
        }
    }
}

impl From<signing::Algorithm> for algorithm::Signing {
    fn from(algorithm: signing::Algorithm) -> Self {
        use signing::Algorithm as Word;
        match algorithm {
            Word::RsassaPssSha256 => Self::PssSha256,
            Word::RsassaPssSha384 => Self::PssSha384,
            Word::RsassaPssSha512 => Self::PssSha512,
            Word::RsassaPkcs1Sha256 => Self::Pkcs1Sha256,
            Word::RsassaPkcs1Sha384 => Self::Pkcs1Sha384,
            Word::RsassaPkcs1Sha512 => Self::Pkcs1Sha512,
            Word::EcdsaSha256 => Self::EcdsaSha256,
            Word::EcdsaSha384 => Self::EcdsaSha384,
            Word::EcdsaSha512 => Self::EcdsaSha512,
            Word::Ed25519 => Self::Ed25519,
            Word::Ed25519Ph => Self::Ed25519Ph,
            Word::MlDsaShake256 => Self::MlDsa,
        }
    }
}

impl From<material::Wrapping> for algorithm::Wrapping {
    fn from(wrapping: material::Wrapping) -> Self {
        match wrapping {
            material::Wrapping::RsaesOaepSha1 => Self::OaepSha1,
            material::Wrapping::RsaesOaepSha256 => Self::OaepSha256,
            material::Wrapping::RsaAesKeyWrapSha1 => Self::AesKeyWrapSha1,
            material::Wrapping::RsaAesKeyWrapSha256 => Self::AesKeyWrapSha256,
        }
    }
}
