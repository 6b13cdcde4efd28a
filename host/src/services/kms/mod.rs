//! AWS KMS, `TrentService`, version 2014-11-01.

use crate::operations;

mod metadata;

operations! { "kms":
    create_alias::CreateAlias,
    create_key::CreateKey,
    decrypt::Decrypt,
    delete_alias::DeleteAlias,
    describe_key::DescribeKey,
    disable_key::DisableKey,
    enable_key::EnableKey,
    encrypt::Encrypt,
    generate_data_key::GenerateDataKey,
    generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext,
    generate_random::GenerateRandom,
    list_aliases::ListAliases,
    list_keys::ListKeys,
    re_encrypt::ReEncrypt,
    update_alias::UpdateAlias,
    update_key_description::UpdateKeyDescription,
}

/// The prefix of `X-Amz-Target`.
pub const TARGET: &str = "TrentService.";
/// The name that requests are signed for.
pub const SIGNING_NAME: &str = "kms";
