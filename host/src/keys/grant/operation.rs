//! The operations that grants may allow: with which keys they go, and which have an encryption
//! context.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    keys::{Spec, Usage},
    wire::members::GrantOperation,
};

use GrantOperation::{
    CreateGrant, Decapsulate, Decrypt, DeriveSharedSecret, DescribeKey, Encapsulate, Encrypt,
    GenerateDataKey, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext,
    GenerateDataKeyWithoutPlaintext, GenerateMac, GetPublicKey, ReEncryptFrom, ReEncryptTo,
    RetireGrant, Sign, Verify, VerifyMac,
};

impl GrantOperation {
    /// The operation that policies call `kms:…`.
    pub fn of_action(action: &str) -> Option<Self> {
        Self::named(action.strip_prefix("kms:")?)
    }

    /// Whether its requests have an encryption context: constraints are about that.
    pub fn has_context(self) -> bool {
        match self {
            Decrypt
            | Encrypt
            | GenerateDataKey
            | GenerateDataKeyWithoutPlaintext
            | GenerateDataKeyPair
            | GenerateDataKeyPairWithoutPlaintext
            | ReEncryptFrom
            | ReEncryptTo => true,
            Sign | Verify | GetPublicKey | CreateGrant | RetireGrant | DescribeKey
            | GenerateMac | VerifyMac | DeriveSharedSecret | Encapsulate | Decapsulate => false,
        }
    }
}

/// What a grant for such a key may allow.
///
/// Source: KMS developer guide, "Grant operations"; the order is that of the wire, as far as it was
/// seen there.
pub fn operations_of(spec: Spec, usage: Usage) -> Vec<GrantOperation> {
    let mut operations = vec![CreateGrant, RetireGrant, DescribeKey];
    if spec.has_public_key() {
        operations.push(GetPublicKey);
    }
    operations.extend_from_slice(match usage {
        Usage::EncryptDecrypt if spec.is_symmetric() => &[
            Encrypt,
            Decrypt,
            ReEncryptFrom,
            ReEncryptTo,
            GenerateDataKey,
            GenerateDataKeyWithoutPlaintext,
            GenerateDataKeyPair,
            GenerateDataKeyPairWithoutPlaintext,
        ],
        Usage::EncryptDecrypt => &[Encrypt, Decrypt, ReEncryptFrom, ReEncryptTo],
        Usage::SignVerify => &[Sign, Verify],
        Usage::GenerateVerifyMac => &[GenerateMac, VerifyMac],
        Usage::KeyAgreement => &[DeriveSharedSecret],
        Usage::EncapsulateDecapsulate => &[Encapsulate, Decapsulate],
    });
    operations
}

/// Records tell operations by their names.
pub(super) mod by_name {
    use super::*;

    pub fn serialize<S: Serializer>(
        operations: &[GrantOperation],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        operations.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<GrantOperation>, D::Error> {
        let names = Vec::<String>::deserialize(from)?;
        let unknown = || D::Error::custom("a grant allows what there is not");
        names.iter().map(|name| GrantOperation::named(name).ok_or_else(unknown)).collect()
    }
}
