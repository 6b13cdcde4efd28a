//! The configuration file, parsed into types that have no invalid state.
//!
//! ```toml
//! regions = ["eu-central-1", "eu-west-1"]   # default: all commercial Regions
//! unseal_key = "/run/secrets/unseal.key"    # default: unseal.key in the data folder
//! memory = ["secret", "locked"]             # of isolates: off, locked or secret; in a list, what
//!                                           # else will do; default: ["locked", "off"]
//! tenants = 100                             # isolates that live at once; default: all there is
//!                                           # room for
//! keys = 100000                             # that a tenant may have
//!
//! # Who acts as which service: see `identity/acting.rs`.
//! [services]
//! "s3.amazonaws.com" = ["arn:aws:iam::111122223333:user/store"]
//!
//! # Who stands in front of the service and is believed, and the headers in which it tells where a
//! # request comes from (these are the defaults). It must remove what clients send in them.
//! [front]
//! peers = ["10.0.0.0/8", "::1"]
//! source_address = "X-Forwarded-For"
//! protocol = "X-Forwarded-Proto"            # https, if the client's connection was encrypted
//! tls_version = "X-Amzn-Tls-Version"        # how, for `tlsDetails` of records
//! cipher_suite = "X-Amzn-Tls-Cipher-Suite"
//! vpc = "X-Keycell-Vpc"
//! vpc_endpoint = "X-Keycell-Vpc-Endpoint"
//!
//! [trail]
//! segment_mib = 64
//! sync_delay_ms = 0                         # for benchmarks: makes every sync slower
//!
//! # Where log files and digests go: a folder, or s3://BUCKET/PREFIX, gs://…, az://….
//! [trail.delivery]
//! url = "s3://audit/keycell"                # default: folder cloudtrail in the data folder
//! bucket = "keycell-trail"                  # what a folder is called in digests (the default)
//! log_seconds = 300                         # between log files
//! digest_seconds = 3600                     # between digests
//! keep_days = 90                            # that segments stay after their last record
//! unproved = 0                              # the last batch that is delivered although it is
//!                                           # missing or not what was written
//!
//! # Options of crate object_store for such a store. Secrets are better kept in the environment:
//! # KEYCELL_STORE_SECRET_ACCESS_KEY is option secret_access_key.
//! [trail.delivery.options]
//! endpoint = "http://127.0.0.1:9000"
//! allow_http = "true"
//! ```

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use crate::{
    arn::Region,
    audit::{
        delivery::{self, Target},
        trail,
    },
    front::Front,
    identity::Actors,
    isolates::{Levels, Options},
    regions::Regions,
};

/// All that a service is told at its start.
pub struct Config {
    /// Where everything is stored.
    pub data: PathBuf,
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Which Regions are served.
    pub regions: Regions,
    /// How the trail is written.
    pub trail: trail::Options,
    /// How the trail is delivered.
    pub delivery: delivery::Options,
    /// How isolates are kept.
    pub isolates: Options,
    /// How many keys a tenant may have.
    pub keys: usize,
    /// Who acts as which service.
    pub actors: Actors,
    /// Who is believed when it tells where a request comes from.
    pub front: Front,
    unseal_key: Option<PathBuf>,
}

/// What the file may say.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    regions: Option<Vec<Region>>,
    unseal_key: Option<PathBuf>,
    memory: Option<Levels>,
    tenants: Option<usize>,
    keys: Option<usize>,
    trail: TrailSection,
    services: BTreeMap<String, Vec<String>>,
    front: FrontSection,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FrontSection {
    peers: Vec<String>,
    source_address: Option<String>,
    protocol: Option<String>,
    tls_version: Option<String>,
    cipher_suite: Option<String>,
    vpc: Option<String>,
    vpc_endpoint: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TrailSection {
    segment_mib: Option<u16>,
    sync_delay_ms: u16,
    delivery: DeliverySection,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeliverySection {
    url: Option<String>,
    bucket: Option<String>,
    log_seconds: Option<u32>,
    digest_seconds: Option<u32>,
    keep_days: Option<u32>,
    unproved: u64,
    options: BTreeMap<String, OptionValue>,
}

/// An option of the store's: whoever writes `true` or `3` means the text.
#[derive(Deserialize)]
#[serde(untagged)]
enum OptionValue {
    Text(String),
    Flag(bool),
    Number(i64),
}

impl Config {
    /// The configuration of a data folder without a file.
    pub fn new(data: PathBuf, listen: SocketAddr) -> Self {
        Self::from_file(data, listen, File::default())
    }

    /// Reads the file, if one is named.
    pub fn read(data: PathBuf, listen: SocketAddr, file: Option<&Path>) -> Result<Self, String> {
        let Some(path) = file else {
            return Ok(Self::new(data, listen));
        };
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let file = text.and_then(|text| Self::parse(&text));
        let file = file.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self::from_file(data, listen, file))
    }

    /// Takes what the environment says of the store that the trail is delivered to. Only names that
    /// begin with `KEYCELL_STORE_` count: those of AWS's are set for clients.
    pub fn take_environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        for (name, value) in variables {
            if let Some(name) = name.strip_prefix(STORE) {
                self.delivery.target.options.push((name.to_ascii_lowercase(), value));
            }
        }
    }

    /// Where the unseal key is.
    pub fn unseal_key(&self) -> PathBuf {
        self.unseal_key.clone().unwrap_or_else(|| self.data.join("unseal.key"))
    }

    fn parse(text: &str) -> Result<File, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        if file.regions.as_ref().is_some_and(Vec::is_empty) {
            return Err("`regions` names no Region".to_owned());
        }
        if file.trail.segment_mib.is_some_and(|mib| !(1..=LARGEST_SEGMENT).contains(&mib)) {
            return Err(format!("`segment_mib` must be from 1 to {LARGEST_SEGMENT}"));
        }
        let DeliverySection { log_seconds, digest_seconds, .. } = &file.trail.delivery;
        for (name, seconds) in [("log_seconds", log_seconds), ("digest_seconds", digest_seconds)] {
            if seconds.is_some_and(|seconds| !(1..=DAY).contains(&seconds)) {
                return Err(format!("`{name}` must be 1 to {DAY}"));
            }
        }
        file.actors()?;
        file.front()?;
        Ok(file)
    }

    fn from_file(data: PathBuf, listen: SocketAddr, file: File) -> Self {
        let actors = file.actors().expect("they were read when the file was");
        let front = file.front().expect("it was read when the file was");
        let mut trail = trail::Options::default();
        if let Some(mib) = file.trail.segment_mib {
            trail.segment_bytes = u64::from(mib) << 20;
        }
        trail.sync_delay = Duration::from_millis(file.trail.sync_delay_ms.into());
        let delivery = file.trail.delivery.options(&data);
        let regions = file.regions.map_or_else(Regions::default, Regions::only);
        let isolates = Options { memory: file.memory.unwrap_or_default(), tenants: file.tenants };
        let keys = file.keys.unwrap_or(KEYS);
        let unseal_key = file.unseal_key;
        Self { data, listen, regions, trail, delivery, isolates, keys, actors, front, unseal_key }
    }
}

impl DeliverySection {
    fn options(self, data: &Path) -> delivery::Options {
        let folder = || data.join("cloudtrail").to_string_lossy().into_owned();
        let options = self.options.into_iter().map(|(name, value)| {
            let value = match value {
                OptionValue::Text(text) => text,
                OptionValue::Flag(flag) => flag.to_string(),
                OptionValue::Number(number) => number.to_string(),
            };
            (name, value)
        });
        let options = options.collect();
        let url = self.url.unwrap_or_else(folder);
        let usual = delivery::Options::to(Target { url, bucket: self.bucket, options });
        delivery::Options {
            log_seconds: self.log_seconds.unwrap_or(usual.log_seconds),
            digest_seconds: self.digest_seconds.unwrap_or(usual.digest_seconds),
            keep_days: self.keep_days.unwrap_or(usual.keep_days),
            unproved: self.unproved,
            ..usual
        }
    }
}

impl File {
    fn actors(&self) -> Result<Actors, String> {
        let mut actors = Actors::default();
        for (service, all) in &self.services {
            all.iter().try_for_each(|actor| actors.register(service, actor))?;
        }
        Ok(actors)
    }

    fn front(&self) -> Result<Front, String> {
        let told = &self.front;
        let mut front = Front::default();
        front.believe(&told.peers)?;
        let names = [
            &told.source_address,
            &told.protocol,
            &told.tls_version,
            &told.cipher_suite,
            &told.vpc,
            &told.vpc_endpoint,
        ];
        front.read(names.map(Option::as_deref))?;
        Ok(front)
    }
}

/// Where the server listens if nobody says otherwise.
pub const LISTEN: &str = "127.0.0.1:7480";
/// In MiB: an index tells places in a segment with 32 bits, and a start verifies two segments.
const LARGEST_SEGMENT: u16 = 1024;
/// Keys that a tenant may have if nobody says otherwise: an AWS quota.
const KEYS: usize = 100_000;
/// How names of options begin in the environment.
const STORE: &str = "KEYCELL_STORE_";
/// The longest time between deliveries, in seconds.
const DAY: u32 = 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_narrows_the_regions() {
        let file = Config::parse("regions = [\"eu-west-1\"]").unwrap();
        let config = Config::from_file("d".into(), LISTEN.parse().unwrap(), file);
        assert!(config.regions.find("eu-west-1").is_some());
        assert!(config.regions.find("us-east-1").is_none());
        assert_eq!(config.unseal_key(), Path::new("d/unseal.key"));
    }

    #[test]
    fn the_environment_has_options_of_the_store() {
        let text =
            "[trail.delivery]\nurl = \"s3://b\"\n[trail.delivery.options]\nallow_http = true";
        let file = Config::parse(text).unwrap();
        let mut config = Config::from_file("d".into(), LISTEN.parse().unwrap(), file);
        let variables = [("KEYCELL_STORE_SECRET_ACCESS_KEY", "s"), ("AWS_SESSION_TOKEN", "t")];
        config.take_environment(variables.map(|(a, b)| (a.to_owned(), b.to_owned())).into_iter());
        let options = [("allow_http", "true"), ("secret_access_key", "s")];
        let options = options.map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(config.delivery.target.options, options);
        assert_eq!((config.delivery.log_seconds, config.delivery.digest_seconds), (300, 3600));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "regions = []",
            "regions = [\"here\"]",
            "reqions = []",
            "[trail]\nx = 1",
            "memory = \"best\"",
            "memory = []",
            "memory = [\"off\", \"locked\"]",
            "[services]\n\"s3\" = [\"arn:aws:iam::111122223333:root\"]",
            "[services]\n\"s3.amazonaws.com\" = [\"root\"]",
            "[front]\npeers = [\"here\"]",
            "[front]\nvpc = \"a b\"",
            "[front]\nsource = \"a\"",
            "[trail.delivery]\nlog_seconds = 0",
            "[trail.delivery]\ndigest_seconds = 100000",
            "[trail.delivery]\nuri = \"s3://b\"",
            "[trail.delivery.options]\nregion = []",
        ] {
            assert!(Config::parse(text).is_err(), "{text}");
        }
    }
}
