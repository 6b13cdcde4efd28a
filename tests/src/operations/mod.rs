//! The operations of KMS, one file each as in `host/src/services/kms`. What is asked of them all is
//! in [`every`], [`identifiers`] and [`members`].

mod cancel_key_deletion;
mod create_alias;
mod create_grant;
mod create_key;
mod custom_key_stores;
mod decapsulate;
mod decrypt;
mod delete_alias;
mod delete_imported_key_material;
mod derive_shared_secret;
mod describe_key;
mod disable_key;
mod disable_key_rotation;
mod enable_key;
mod enable_key_rotation;
mod encapsulate;
mod encrypt;
mod every;
mod generate_data_key;
mod generate_data_key_pair;
mod generate_data_key_pair_without_plaintext;
mod generate_data_key_without_plaintext;
mod generate_mac;
mod generate_random;
mod get_key_last_usage;
mod get_key_policy;
mod get_key_rotation_status;
mod get_parameters_for_import;
mod get_public_key;
mod grants;
mod identifiers;
mod import_key_material;
pub(crate) mod keys;
mod list_aliases;
mod list_grants;
mod list_key_policies;
mod list_key_rotations;
mod list_keys;
mod list_resource_tags;
mod list_retirable_grants;
mod members;
mod paging;
mod principals;
mod put_key_policy;
mod re_encrypt;
mod regions;
mod replicate_key;
mod retire_grant;
mod revoke_grant;
mod rotate_key_on_demand;
mod schedule_key_deletion;
mod sign;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_key_description;
mod update_primary_region;
mod verify;
mod verify_mac;

use keycell::services::{Descriptor, kms};
use serde_json::Value;

use crate::kit::Client;

/// A call that succeeds, with all members that are no names of lists.
pub(crate) struct Example {
    pub(crate) operation: &'static str,
    pub(crate) input: fn(&Client) -> Value,
}

pub(crate) const EXAMPLES: &[Example] = &[
    Example { operation: "CancelKeyDeletion", input: cancel_key_deletion::example },
    Example { operation: "CreateAlias", input: create_alias::example },
    Example { operation: "CreateGrant", input: create_grant::example },
    Example { operation: "CreateKey", input: create_key::example },
    Example { operation: "Decapsulate", input: decapsulate::example },
    Example { operation: "Decrypt", input: decrypt::example },
    Example { operation: "DeleteAlias", input: delete_alias::example },
    Example {
        operation: "DeleteImportedKeyMaterial",
        input: delete_imported_key_material::example,
    },
    Example { operation: "DeriveSharedSecret", input: derive_shared_secret::example },
    Example { operation: "DescribeKey", input: describe_key::example },
    Example { operation: "DisableKey", input: disable_key::example },
    Example { operation: "DisableKeyRotation", input: disable_key_rotation::example },
    Example { operation: "EnableKey", input: enable_key::example },
    Example { operation: "EnableKeyRotation", input: enable_key_rotation::example },
    Example { operation: "Encapsulate", input: encapsulate::example },
    Example { operation: "Encrypt", input: encrypt::example },
    Example { operation: "GenerateDataKey", input: generate_data_key::example },
    Example { operation: "GenerateDataKeyPair", input: generate_data_key_pair::example },
    Example {
        operation: "GenerateDataKeyPairWithoutPlaintext",
        input: generate_data_key_pair_without_plaintext::example,
    },
    Example {
        operation: "GenerateDataKeyWithoutPlaintext",
        input: generate_data_key_without_plaintext::example,
    },
    Example { operation: "GenerateMac", input: generate_mac::example },
    Example { operation: "GenerateRandom", input: generate_random::example },
    Example { operation: "GetKeyLastUsage", input: get_key_last_usage::example },
    Example { operation: "GetKeyPolicy", input: get_key_policy::example },
    Example { operation: "GetKeyRotationStatus", input: get_key_rotation_status::example },
    Example { operation: "GetParametersForImport", input: get_parameters_for_import::example },
    Example { operation: "GetPublicKey", input: get_public_key::example },
    Example { operation: "ImportKeyMaterial", input: import_key_material::example },
    Example { operation: "ListAliases", input: list_aliases::example },
    Example { operation: "ListGrants", input: list_grants::example },
    Example { operation: "ListKeyPolicies", input: list_key_policies::example },
    Example { operation: "ListKeyRotations", input: list_key_rotations::example },
    Example { operation: "ListKeys", input: list_keys::example },
    Example { operation: "ListResourceTags", input: list_resource_tags::example },
    Example { operation: "ListRetirableGrants", input: list_retirable_grants::example },
    Example { operation: "PutKeyPolicy", input: put_key_policy::example },
    Example { operation: "ReEncrypt", input: re_encrypt::example },
    Example { operation: "ReplicateKey", input: replicate_key::example },
    Example { operation: "RetireGrant", input: retire_grant::example },
    Example { operation: "RevokeGrant", input: revoke_grant::example },
    Example { operation: "RotateKeyOnDemand", input: rotate_key_on_demand::example },
    Example { operation: "ScheduleKeyDeletion", input: schedule_key_deletion::example },
    Example { operation: "Sign", input: sign::example },
    Example { operation: "TagResource", input: tag_resource::example },
    Example { operation: "UntagResource", input: untag_resource::example },
    Example { operation: "UpdateAlias", input: update_alias::example },
    Example { operation: "UpdateKeyDescription", input: update_key_description::example },
    Example { operation: "UpdatePrimaryRegion", input: update_primary_region::example },
    Example { operation: "Verify", input: verify::example },
    Example { operation: "VerifyMac", input: verify_mac::example },
];

impl Example {
    /// What the service itself says of the operation.
    fn descriptor(&self) -> &'static Descriptor {
        let mut all = kms::OPERATIONS.iter();
        all.find(|found| found.name == self.operation).expect("an operation of that name")
    }

    fn has(&self, member: &str) -> bool {
        self.descriptor().members.iter().any(|(name, _)| *name == member)
    }

    /// The members that name keys.
    pub(crate) fn key_members(&self) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 4] = ["KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"];
        NAMES.into_iter().filter(|name| self.has(name))
    }

    /// Whether aliases name keys here. Source: KMS API reference, "KeyId" of each operation.
    fn takes_aliases(&self) -> bool {
        self.is_cryptographic() || matches!(self.operation, "DescribeKey" | "GetPublicKey")
    }

    /// Whether a disabled key refuses it.
    fn wants_enabled(&self) -> bool {
        let is_about_material = matches!(
            self.operation,
            "DisableKeyRotation"
                | "EnableKeyRotation"
                | "ReplicateKey"
                | "RotateKeyOnDemand"
                | "UpdatePrimaryRegion"
        );
        is_about_material || self.is_cryptographic() || self.operation == "CreateGrant"
    }

    /// Whether it uses a key's material.
    fn is_cryptographic(&self) -> bool {
        matches!(
            self.operation,
            "Decapsulate"
                | "Decrypt"
                | "DeriveSharedSecret"
                | "Encapsulate"
                | "Encrypt"
                | "GenerateDataKey"
                | "GenerateDataKeyPair"
                | "GenerateDataKeyPairWithoutPlaintext"
                | "GenerateDataKeyWithoutPlaintext"
                | "GenerateMac"
                | "ReEncrypt"
                | "Sign"
                | "Verify"
                | "VerifyMac"
        )
    }
}

/// The action that is asked for when a member names a key.
pub(crate) fn action(operation: &str, member: &str) -> String {
    match member {
        "SourceKeyId" => "kms:ReEncryptFrom".to_owned(),
        "DestinationKeyId" => "kms:ReEncryptTo".to_owned(),
        _ => format!("kms:{operation}"),
    }
}

#[test]
fn every_operation_has_its_tests() {
    let tested: Vec<_> = EXAMPLES.iter().map(|example| example.operation).collect();
    let served: Vec<_> = kms::OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(tested, served);
}
