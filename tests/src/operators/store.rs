//! The data folder of a server that does not run: what lies in it, and what opens what.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use keycell::{
    arn::AccountId,
    storage::{Options, Storage},
};
use keycell_core::{
    domain::SealedDomain,
    encoding::fields,
    sealed::{Purpose, SealingKey, SealingKeys},
    secret::Secret,
};
use serde_json::Value;

use crate::kit::Server;

/// All records, opened as far as the unseal key in the file opens them.
pub(super) struct Store {
    records: Vec<(String, Vec<u8>)>,
    pub(super) unseal: [u8; 32],
    /// The living domain keys.
    pub(super) domain: SealingKeys,
}

impl Store {
    /// Reads the store of a server that was ended.
    pub(super) fn read(server: &Server) -> Self {
        let records = records(server);
        let unseal = fs::read(server.data().join("unseal.key")).expect("the file seal");
        let unseal = unseal.try_into().expect("32 bytes");
        let domain = &records.iter().find(|(key, _)| key == "domain").expect("it is there").1;
        let domain = open_domain(&unseal, domain).expect("its own unseal key");
        Self { records, unseal, domain }
    }

    /// The records behind a prefix, as JSON.
    pub(super) fn behind(&self, prefix: &str) -> Vec<(String, Value)> {
        let found = self.records.iter().filter(|(key, _)| key.starts_with(prefix));
        found.map(|(key, value)| (key.clone(), json(value))).collect()
    }

    /// Everything that is sealed, in the records behind a prefix.
    pub(super) fn sealed(&self, prefix: &str) -> Vec<Vec<u8>> {
        self.behind(prefix).iter().flat_map(|(_, record)| sealed_in(record)).collect()
    }

    /// The living roots of a tenant.
    pub(super) fn roots(&self, account: &str, place: &str) -> SealingKeys {
        let context = fields(&[account.as_bytes(), place.as_bytes()]);
        let sealed = self.sealed(&format!("root/{account}/{place}"));
        let roots = sealed.iter().map(|sealed| {
            let root = self.domain.open(Purpose::TenantRoot, &context, sealed);
            let root = root.expect("a living domain key opens it");
            SealingKey::new(Secret::from_slice(&root).expect("32 bytes"))
        });
        SealingKeys::new(roots.collect()).expect("there are some")
    }

    /// The bytes of the domain record.
    pub(super) fn sealed_domain(&self) -> &[u8] {
        &self.records.iter().find(|(key, _)| key == "domain").expect("it is there").1
    }
}

/// All records, whoever unseals.
pub(super) fn records(server: &Server) -> Vec<(String, Vec<u8>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let path = server.data().join("keycell.redb");
        let storage = Storage::open(&path, Options::default()).expect("nobody else has it");
        let (mut all, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = storage.scan("", after.as_deref(), 1000).await.expect("it can be read");
            let Some((last, _)) = page.last() else { return all };
            after = Some(last.clone());
            all.extend(page.into_iter().map(|(key, record)| (key, record.value)));
        }
    })
}

/// The domain keys, if this unseal key opens them.
pub(super) fn open_domain(unseal: &[u8; 32], sealed: &[u8]) -> Option<SealingKeys> {
    let unseal = SealingKey::new(Secret::new(unseal));
    SealedDomain::parse(sealed).ok()?.open(&unseal).ok()
}

/// Every file of the data folder, as it lies on the disk.
pub(super) fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("it can be read") {
        let path = entry.expect("it can be read").path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            // A socket that was left behind has no bytes.
            false => files.extend(fs::read(&path)),
        }
    }
    files
}

/// Whether any file has these bytes, as they are or in base64.
pub(super) fn lies_in(files: &[Vec<u8>], bytes: &[u8]) -> bool {
    let text = STANDARD.encode(bytes);
    let has =
        |file: &Vec<u8>, bytes: &[u8]| file.windows(bytes.len()).any(|window| window == bytes);
    files.iter().any(|file| has(file, bytes) || has(file, text.as_bytes()))
}

/// Everything that could be a sealed blob: each run of base64, and each place where version and
/// purpose stand as they do in a sealed domain.
pub(super) fn candidates(files: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let mut found = Vec::new();
    for file in files {
        let runs = file.split(|byte| !is_base64(byte)).filter(|run| run.len() >= 64);
        found.extend(runs.filter_map(|run| STANDARD.decode(run).ok()));
        for (at, window) in file.windows(5).enumerate() {
            if window == [1, 1, 0, 1, 1] {
                // With one key or more, the newest last.
                for keys in 1..4 {
                    let end = at + 3 + 34 + 32 * keys + 16;
                    found.extend(file.get(at..end).map(<[u8]>::to_vec));
                }
            }
        }
    }
    found
}

/// What the roots of an account open under: its places.
pub(super) fn contexts(account: &str) -> Vec<Vec<u8>> {
    let account: AccountId = account.parse().expect("twelve digits");
    let places = ["global", "us-east-1", "eu-west-1"];
    places.map(|place| fields(&[account.as_str().as_bytes(), place.as_bytes()])).into()
}

/// The texts under `sealed`, at any depth.
fn sealed_in(value: &Value) -> Vec<Vec<u8>> {
    let decode = |text: &str| STANDARD.decode(text).expect("base64");
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("sealed", Value::String(text)) => vec![decode(text)],
                ("sealed", Value::Array(texts)) => {
                    texts.iter().map(|text| decode(text.as_str().expect("a text"))).collect()
                }
                (_, value) => sealed_in(value),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(sealed_in).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("records are JSON")
}
