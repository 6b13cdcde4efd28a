//! `KeyMetadata`: what is told of a key.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::{
    arn::{Arn, Region},
    keys::{Algorithm, Key, Manager, Origin, Spec, State, Usage},
    wire::{
        member::camel_case,
        members::{
            EncapsulationAlgorithm, EncryptionAlgorithm, ExpirationModel, KeyAgreementAlgorithm,
            MacAlgorithm, SigningAlgorithm, in_words,
        },
    },
};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<f64>,
    origin: Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_model: Option<ExpirationModel>,
    key_manager: Manager,
    customer_master_key_spec: Spec,
    key_spec: Spec,
    #[serde(flatten)]
    algorithms: Algorithms,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    mac_algorithms: &'static [MacAlgorithm],
    multi_region: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_region_configuration: Option<MultiRegionConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_deletion_window_in_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_key_material_id: Option<String>,
}

/// In which Regions a multi-Region key is.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MultiRegionConfiguration {
    multi_region_key_type: &'static str,
    primary_key: MultiRegionKey,
    replica_keys: Vec<MultiRegionKey>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MultiRegionKey {
    arn: String,
    region: String,
}

/// The algorithms of a key pair or of a symmetric key: one list, that of its usage.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Algorithms {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    encryption_algorithms: &'static [EncryptionAlgorithm],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    signing_algorithms: &'static [SigningAlgorithm],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    key_agreement_algorithms: &'static [KeyAgreementAlgorithm],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    encapsulation_algorithms: &'static [EncapsulationAlgorithm],
}

impl KeyMetadata {
    /// What is told of a key now, in milliseconds since 1970.
    pub(super) fn of(key: &Key, now: i64) -> Self {
        let state = key.state(now);
        // Nothing is told of expiry while material is missing.
        let is_imported = key.origin == Origin::External && state != State::PendingImport;
        let valid_to = key.earliest_expiry().filter(|_| is_imported);
        let model = match valid_to {
            Some(_) => ExpirationModel::Expires,
            None => ExpirationModel::DoesNotExpire,
        };
        Self {
            account: key.account.to_string(),
            key_id: key.id.to_string(),
            arn: key.arn().to_string(),
            creation_date: seconds(key.created),
            enabled: state == State::Enabled,
            description: key.description.clone(),
            key_usage: key.usage,
            key_state: state.as_str(),
            deletion_date: key.deletion.and_then(|deletion| deletion.at).map(seconds),
            valid_to: valid_to.map(seconds),
            origin: key.origin,
            expiration_model: is_imported.then_some(model),
            key_manager: key.manager,
            customer_master_key_spec: key.spec,
            key_spec: key.spec,
            algorithms: Algorithms::of(key),
            mac_algorithms: of_usage(key),
            multi_region: key.id.is_multi_region(),
            multi_region_configuration: MultiRegionConfiguration::of(key),
            pending_deletion_window_in_days: key
                .deletion
                .filter(|deletion| deletion.at.is_none())
                .map(|deletion| deletion.window),
            current_key_material_id: key
                .newest()
                .filter(|_| key.spec.is_symmetric())
                .map(|newest| newest.id.to_string()),
        }
    }
}

impl KeyMetadata {
    /// What is told of a replica by the request that makes it. It is ready then, but AWS's is not,
    /// and whoever waits for it to become so relies on being told that it is under way.
    pub(super) fn creating(key: &Key, now: i64) -> Self {
        let is_imported = key.origin == Origin::External;
        Self {
            enabled: false,
            key_state: "Creating",
            expiration_model: is_imported.then_some(ExpirationModel::DoesNotExpire),
            current_key_material_id: None,
            ..Self::of(key, now)
        }
    }

    /// The same as records show it.
    pub(super) fn in_record(&self, created: i64) -> Option<Value> {
        let mut metadata = serde_json::to_value(self).ok()?;
        let created = Timestamp::from_millisecond(created).ok()?;
        *metadata.get_mut("CreationDate")? = in_words(created).into();
        Some(in_camel_case(metadata))
    }
}

/// An object whose members are spelt as in records.
pub(super) fn in_camel_case(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| (spelling(&name), in_camel_case(value)))
                .collect(),
        ),
        Value::Array(values) => values.into_iter().map(in_camel_case).collect(),
        other => other,
    }
}

fn spelling(name: &str) -> String {
    match name {
        "AWSAccountId" => "aWSAccountId".to_owned(),
        name => camel_case(name),
    }
}

impl MultiRegionConfiguration {
    fn of(key: &Key) -> Option<Self> {
        let topology = key.topology.as_ref()?;
        let is_in = |region: Region| MultiRegionKey {
            arn: Arn::key(region, key.account, &key.id).to_string(),
            region: region.to_string(),
        };
        Some(Self {
            multi_region_key_type: if key.is_primary() { "PRIMARY" } else { "REPLICA" },
            primary_key: is_in(topology.primary),
            replica_keys: topology.replicas.iter().copied().map(is_in).collect(),
        })
    }
}

impl Algorithms {
    pub(super) fn of(key: &Key) -> Self {
        Self {
            encryption_algorithms: of_usage(key),
            signing_algorithms: of_usage(key),
            key_agreement_algorithms: of_usage(key),
            encapsulation_algorithms: of_usage(key),
        }
    }
}

/// The key's algorithms of one kind; none if it was made for another.
fn of_usage<A: Algorithm>(key: &Key) -> &'static [A] {
    if key.usage == A::USAGE { A::of(key.spec) } else { &[] }
}

/// A timestamp of JSON 1.1: seconds since 1970, with a fraction.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this age are far below 2^52")]
pub(super) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
