//! `keycell trail verify URL`: what was delivered to a store is verified, with or without the
//! service that has delivered it.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use keycell::{
    audit::delivery::{self, Anchors, Counts, PublicKey, Store, Target},
    config::{Config, LISTEN},
    control,
    storage::{self, Storage},
    witness::{Command, Reply},
};
use serde::Deserialize;
use tracing::Level;

use crate::cli::{DataFolder, Result, environment, start_log};

pub(super) fn run(url: &str, data: &DataFolder, public_keys: Option<&Path>) -> Result {
    start_log(Level::WARN);
    let mut config = Config::read(data.path.clone(), LISTEN.parse()?, data.config.as_deref())?;
    config.take_environment(environment());
    let is_folder = !url.contains("://") || url.starts_with("file://");
    if is_folder && !Path::new(url.strip_prefix("file://").unwrap_or(url)).is_dir() {
        return Err(format!("there is no folder {url}").into());
    }
    // Options of another store are none of a folder.
    let options = if is_folder { Vec::new() } else { config.delivery.target.options };
    let store = Store::open(&Target { url: url.to_owned(), bucket: None, options })?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build()?;
    let anchors = match public_keys {
        Some(file) => Anchors { keys: keys_in(file)?, newest: Vec::new() },
        None => runtime.block_on(anchors_of(&data.path))?,
    };
    if anchors.keys.is_empty() {
        eprintln!("no public key is known yet: no digest was signed");
    }
    let mut tell = |finding: delivery::Finding| println!("{finding}");
    let counts = runtime.block_on(delivery::verify(&store, &anchors, &mut tell))?;
    let Counts { digests, valid_digests, files, valid_files, waiting, findings } = counts;
    println!(
        "{valid_digests} of {digests} digests and {valid_files} of {files} log files are valid"
    );
    if waiting > 0 {
        println!(
            "{waiting} log files are newer than the last digest, and no digest lists them yet"
        );
    }
    match findings {
        0 => Ok(()),
        1 => Err("1 thing is wrong with what was delivered".into()),
        _ => Err(format!("{findings} things are wrong with what was delivered").into()),
    }
}

/// What the service of a data folder knows: told by the running one, or read.
async fn anchors_of(data: &Path) -> Result<Anchors> {
    match control::send(data, &control::Command::Trail(Command::Delivered))? {
        Some(Reply::Delivered(anchors)) => return Ok(anchors),
        Some(Reply::Refused(why)) => return Err(why.into()),
        Some(Reply::Anchors(_) | Reply::Tags(_)) => {
            return Err("the server answers something else: it is of another version".into());
        }
        None => {}
    }
    let path = data.join("keycell.redb");
    if !path.exists() {
        let data = data.display();
        return Err(format!("there is no data in {data}: name a file with --public-keys").into());
    }
    let storage = Storage::open(&path, storage::Options::default())?;
    Ok(delivery::anchors(&storage).await?)
}

/// The answer of ListPublicKeys, as the AWS CLI prints it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PublicKeys {
    public_key_list: Vec<ListedKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedKey {
    value: String,
    validity_start_time: Time,
    validity_end_time: Time,
}

/// A time as the wire has it, or as the AWS CLI prints it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Time {
    Seconds(f64),
    Text(String),
}

fn keys_in(file: &Path) -> Result<Vec<PublicKey>> {
    let named = |error: String| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
    let keys: PublicKeys = serde_json::from_str(&text).map_err(|error| named(error.to_string()))?;
    let parse = |key: ListedKey| {
        let der = STANDARD.decode(key.value).map_err(|error| named(error.to_string()))?;
        let (from, until) = (key.validity_start_time.second(), key.validity_end_time.second());
        let times = from.zip(until).ok_or_else(|| named("a time is none".to_owned()))?;
        Ok(PublicKey { der, from: times.0, until: times.1 })
    };
    keys.public_key_list.into_iter().map(parse).collect()
}

impl Time {
    fn second(&self) -> Option<i64> {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "a time far away is refused")]
            Self::Seconds(seconds) => Timestamp::from_second(*seconds as i64).ok(),
            Self::Text(text) => text.parse().ok(),
        }
        .map(Timestamp::as_second)
    }
}
