//! `KeyMetadata`: what is told of a key.

use serde::Serialize;

use crate::keys::{Key, Spec, State, Usage};

/// The members of `KeyMetadata` that a key has.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyMetadata {
    #[serde(rename = "AWSAccountId")]
    account: String,
    key_id: String,
    arn: String,
    creation_date: f64,
    enabled: bool,
    description: String,
    key_usage: Usage,
    key_state: &'static str,
    origin: crate::keys::Origin,
    key_manager: &'static str,
    customer_master_key_spec: Spec,
    key_spec: Spec,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_algorithms: Option<&'static [&'static str]>,
    multi_region: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_key_material_id: Option<String>,
}

impl From<&Key> for KeyMetadata {
    fn from(key: &Key) -> Self {
        let Spec::SymmetricDefault = key.spec;
        Self {
            account: key.account.to_string(),
            key_id: key.id.to_string(),
            arn: key.arn().to_string(),
            creation_date: seconds(key.created),
            enabled: key.state == State::Enabled,
            description: key.description.clone(),
            key_usage: key.usage,
            key_state: key.state.as_str(),
            origin: key.origin,
            key_manager: "CUSTOMER",
            customer_master_key_spec: key.spec,
            key_spec: key.spec,
            encryption_algorithms: match key.usage {
                Usage::EncryptDecrypt => Some(&["SYMMETRIC_DEFAULT"]),
            },
            multi_region: key.id.is_multi_region(),
            current_key_material_id: key.materials.last().map(|newest| newest.id.to_string()),
        }
    }
}

/// A timestamp of JSON 1.1: seconds since 1970, with a fraction.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this age are far below 2^52")]
pub(super) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
