//! All that is secret in a data folder, computed from its unseal key as the isolates do, natively.

use std::{collections::BTreeMap, fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use hkdf::Hkdf;
use keycell::storage::{Options, Storage};
use keycell_core::{
    binding::{Binding, KeySpec, KeyUsage},
    domain::SealedDomain,
    encoding,
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
};
use serde_json::Value;
use sha2::{Sha256, block_api::compress256};

use crate::parts::{SHA256, parts};

use super::{aes::round_keys, patterns::Patterns};

/// What is known of a data folder whose server has stopped.
pub(crate) struct Material {
    /// The unseal key and the domain keys.
    pub(crate) service: Patterns,
    /// The roots and keys of each tenant, by account and Region.
    pub(crate) tenants: BTreeMap<(String, String), Patterns>,
    keys: BTreeMap<String, Vec<u8>>,
}

impl Material {
    /// Opens everything.
    pub(crate) fn open(data: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(Self::read(data))
    }

    async fn read(data: &Path) -> Self {
        let storage = Storage::open(&data.join("keycell.redb"), Options::default());
        let storage = storage.expect("the server has stopped");
        let mut service = Patterns::default();
        let unseal = fs::read(data.join("unseal.key")).expect("there is an unseal key");
        service.extend(sealing("unseal key", &unseal));
        let sealed = storage.get("domain").await.expect("it is read").expect("it is there").value;
        let sealed = SealedDomain::parse(&sealed).expect("sealed domain keys");
        let unseal = SealingKey::new(Secret::from_slice(&unseal).expect("32 bytes"));
        let domain = sealed.open(&unseal).expect("it opens");
        for key in domain.all() {
            service.extend(sealing("domain key", key.secret().expose()));
        }

        let mut material = Self { service, tenants: BTreeMap::new(), keys: BTreeMap::new() };
        let mut roots = BTreeMap::new();
        for (path, record) in records(&storage, "root/").await {
            let [_, account, region] = *path.split('/').collect::<Vec<_>>() else {
                panic!("{path}")
            };
            let context = encoding::fields(&[account.as_bytes(), region.as_bytes()]);
            let of_tenant = list(&record["sealed"]).map(|sealed| {
                let root = domain.open(Purpose::TenantRoot, &context, &blob(sealed));
                root.expect("it opens").to_vec()
            });
            let of_tenant: Vec<_> = of_tenant.collect();
            let place = (account.to_owned(), region.to_owned());
            let patterns = material.tenants.entry(place.clone()).or_default();
            for root in &of_tenant {
                patterns.extend(root_patterns(&format!("root of {account} in {region}"), root));
            }
            roots.insert(place, keys(&of_tenant));
        }
        for (_, record) in records(&storage, "key/").await {
            let text = |name: &str| record[name].as_str().expect("a text").to_owned();
            let (place, id) = ((text("account"), text("region")), text("id"));
            let context = binding(&place, &id).encode();
            let patterns = material.tenants.entry(place.clone()).or_default();
            for sealed in list(&record["materials"]) {
                let sealed = blob(&sealed["sealed"]);
                let opened = roots[&place].open(Purpose::Key, &context, &sealed).expect("it opens");
                patterns.extend(keyed(&format!("material of {id}"), MESSAGES, &opened));
                material.keys.insert(id.clone(), opened.to_vec());
            }
        }
        material
    }

    /// Everything.
    pub(crate) fn all(&self) -> Patterns {
        let mut all = self.service.clone();
        self.tenants.values().for_each(|tenant| all.extend(tenant.clone()));
        all
    }

    /// What encrypts one message: see `guest/core/src/cipher.rs`.
    pub(crate) fn message(&self, key: &str, ciphertext: &[u8]) -> Patterns {
        let salt = ciphertext.get(33..49).expect("a ciphertext has a salt");
        let mut output = [0; 44];
        let derive = Hkdf::<Sha256>::new(Some(MESSAGES), &self.keys[key]);
        derive.expand(salt, &mut output).expect("44 bytes");
        let mut patterns = Patterns::default();
        for (number, round_key) in round_keys(output[..32].try_into().expect("32")).enumerate() {
            patterns.add(format!("round key {number} of a message of {key}"), &round_key);
        }
        patterns
    }
}

/// All that is secret in a key, in the forms that isolates make of it.
pub(super) fn key_patterns(name: &str, spec: KeySpec, stored: &[u8]) -> Patterns {
    let mut patterns = keyed(name, b"keycell material id v1", stored);
    for part in parts(spec, stored) {
        patterns.add(format!("{name}: {}", part.name), &part.bytes);
    }
    if spec == KeySpec::Symmetric {
        patterns.extend(extracted(name, MESSAGES, stored));
    }
    patterns
}

/// A key that seals.
pub(super) fn sealing(name: &str, secret: &[u8]) -> Patterns {
    keyed(name, b"keycell seal v1", secret)
}

/// A tenant root seals, vouches and is mixed into the generator.
pub(super) fn root_patterns(name: &str, secret: &[u8]) -> Patterns {
    let mut patterns = sealing(name, secret);
    for salt in [b"keycell notary v1".as_slice(), b"keycell drbg v1"] {
        patterns.extend(extracted(name, salt, secret));
    }
    patterns
}

/// A secret with what HKDF makes of it.
fn keyed(name: &str, salt: &[u8], secret: &[u8]) -> Patterns {
    let mut patterns = Patterns::default();
    patterns.add(name, secret);
    patterns.extend(extracted(name, salt, secret));
    patterns
}

/// The pseudorandom key of HKDF, and the two states of SHA-256 that stand for it in HMAC: as good
/// as the key itself.
fn extracted(name: &str, salt: &[u8], secret: &[u8]) -> Patterns {
    let salt_name = String::from_utf8_lossy(salt);
    let (key, _) = Hkdf::<Sha256>::extract(Some(salt), secret);
    let mut patterns = Patterns::default();
    patterns.add(format!("{name}, extracted for {salt_name}"), &key);
    for (half, pad) in [("inner", 0x36), ("outer", 0x5c)] {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        let mut state = SHA256;
        compress256(&mut state, &[block]);
        let bytes: Vec<u8> = state.iter().flat_map(|word| word.to_le_bytes()).collect();
        patterns.add(format!("{name}, {half} state for {salt_name}"), &bytes);
    }
    patterns
}

fn keys(secrets: &[Vec<u8>]) -> SealingKeys {
    let keys = secrets.iter().map(|secret| Secret::from_slice(secret).expect("32 bytes"));
    SealingKeys::new(keys.map(SealingKey::new).collect()).expect("at least one")
}

fn binding((account, region): &(String, String), id: &str) -> Binding {
    Binding {
        account: account.as_bytes().to_vec(),
        region: region.as_bytes().to_vec(),
        key_id: id.as_bytes().to_vec(),
        spec: KeySpec::Symmetric,
        usage: KeyUsage::EncryptDecrypt,
        multi_region: false,
    }
}

async fn records(storage: &Storage, prefix: &str) -> Vec<(String, Value)> {
    let page = storage.scan(prefix, None, 1000).await.expect("it is read");
    let parse = |bytes: &[u8]| serde_json::from_slice(bytes).expect("a record is JSON");
    page.into_iter().map(|(path, record)| (path, parse(&record.value))).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn blob(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("a text")).expect("base64")
}

/// The salt of `guest/core/src/material.rs`.
const MESSAGES: &[u8] = b"keycell message v1";
