//! Where log files and digests are delivered to: S3 and what speaks its language, Google Cloud
//! Storage, Azure, or a folder. The only user of object_store.
//!
//! A digest's signature is metadata of its object. A folder has no metadata, and Azure allows no
//! hyphen in their names: there a file beside the digest, its name with `.signature`, holds them.

use std::{
    fmt, fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path as FilePath, time::Duration,
};

use futures_util::TryStreamExt;
use object_store::{
    Attribute, Attributes, ObjectStore, ObjectStoreExt, PutOptions, RetryConfig,
    aws::AmazonS3Builder, azure::MicrosoftAzureBuilder, gcp::GoogleCloudStorageBuilder,
    local::LocalFileSystem, path::Path,
};
use serde::{Deserialize, Serialize};

use super::digest::ALGORITHM;

/// Where to, and how.
#[derive(Clone, Default)]
pub struct Target {
    /// `s3://BUCKET[/PREFIX]`, `gs://…`, `az://CONTAINER…`, `file:///FOLDER` or a folder's path.
    pub url: String,
    /// What a folder is called in digests.
    pub bucket: Option<String>,
    /// Options of object_store; some are secret.
    pub options: Vec<(String, String)>,
}

/// An open store.
pub struct Store {
    inner: Box<dyn ObjectStore>,
    /// What it is called in digests.
    pub bucket: String,
    /// The part of it that is delivered to; empty for all of it.
    pub prefix: String,
    is_folder: bool,
    has_metadata: bool,
    secrets: Vec<String>,
}

/// What was fetched.
pub struct Fetched {
    /// The object.
    pub bytes: Vec<u8>,
    /// Its metadata, as far as they are those of a digest.
    pub signature: Option<Signature>,
}

/// The metadata of a digest.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Signature {
    /// In hexadecimal digits.
    pub signature: String,
    /// [`ALGORITHM`].
    pub signature_algorithm: String,
}

/// Why the store did not do what it was asked.
#[derive(Debug)]
pub struct StoreError {
    /// In CloudTrail's words.
    pub code: &'static str,
    text: String,
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.text)
    }
}

impl std::error::Error for StoreError {}

impl Store {
    /// Opens it; nothing is asked of it yet, but a folder is made.
    ///
    /// # Errors
    ///
    /// What is wrong with the target.
    pub fn open(target: &Target) -> Result<Self, String> {
        let (scheme, rest) = match target.url.split_once("://") {
            Some(parts) => parts,
            None => ("file", target.url.as_str()),
        };
        if scheme == "file" {
            return Self::folder(FilePath::new(rest), target);
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        if bucket.is_empty() || !rest.chars().all(is_plain) || prefix.split('/').any(is_dots) {
            return Err(format!("`url` names no bucket and prefix: {}", target.url));
        }
        if target.bucket.is_some() {
            return Err("`bucket` is for folders: others have their own".to_owned());
        }
        // Whoever has installed another one before has installed one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let inner: Box<dyn ObjectStore> = match scheme {
            "s3" if !names_credentials(&target.options) => return Err(NO_CREDENTIALS.to_owned()),
            "s3" => {
                let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
                for (name, value) in &target.options {
                    builder = builder.with_config(name.parse().map_err(unknown(name))?, value);
                }
                Box::new(builder.with_retry(retry()).build().map_err(|e| target.wrong(&e))?)
            }
            "gs" => {
                let mut builder = GoogleCloudStorageBuilder::new().with_bucket_name(bucket);
                for (name, value) in &target.options {
                    builder = builder.with_config(name.parse().map_err(unknown(name))?, value);
                }
                Box::new(builder.with_retry(retry()).build().map_err(|e| target.wrong(&e))?)
            }
            "az" => {
                let mut builder = MicrosoftAzureBuilder::new().with_container_name(bucket);
                for (name, value) in &target.options {
                    builder = builder.with_config(name.parse().map_err(unknown(name))?, value);
                }
                Box::new(builder.with_retry(retry()).build().map_err(|e| target.wrong(&e))?)
            }
            _ => return Err(format!("`url` begins with none of s3, gs, az, file: {scheme}")),
        };
        let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
        let (is_folder, has_metadata) = (false, scheme != "az");
        Ok(Self { inner, bucket, prefix, is_folder, has_metadata, secrets: target.secrets() })
    }

    fn folder(path: &FilePath, target: &Target) -> Result<Self, String> {
        if let Some((name, _)) = target.options.first() {
            return Err(format!("a folder has no option `{name}`"));
        }
        let bucket = target.bucket.clone().unwrap_or_else(|| BUCKET.to_owned());
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if bucket.is_empty() || !bucket.chars().all(is_plain) {
            return Err(format!("`bucket` is no name of a bucket: {bucket}"));
        }
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| format!("{}: {error}", path.display()))?;
        let inner = LocalFileSystem::new_with_prefix(path);
        let inner = inner.map_err(|error| error.to_string())?.with_fsync(true);
        Ok(Self {
            inner: Box::new(inner),
            bucket,
            prefix: String::new(),
            is_folder: true,
            has_metadata: false,
            secrets: Vec::new(),
        })
    }

    /// Whether it has a name of its own; what a folder is called only digests say.
    pub fn has_bucket(&self) -> bool {
        !self.is_folder
    }

    /// Writes an object, a digest with its signature.
    ///
    /// # Errors
    ///
    /// What the store answered.
    pub async fn put(
        &self,
        object: &str,
        bytes: Vec<u8>,
        signature: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut options = PutOptions::default();
        if let Some(signature) = signature {
            let (signature, signature_algorithm) = (signature.to_owned(), ALGORITHM.to_owned());
            if self.has_metadata {
                let mut attributes = Attributes::new();
                let mut insert = |name: &'static str, value: String| {
                    attributes.insert(Attribute::Metadata(name.into()), value.into());
                };
                insert(SIGNATURE, signature);
                insert(SIGNATURE_ALGORITHM, signature_algorithm);
                options.attributes = attributes;
            } else {
                // First, so that no digest is ever without.
                let text = serde_json::to_vec(&Signature { signature, signature_algorithm });
                let text = text.expect("texts have a JSON form");
                let path = self.path(&beside(object))?;
                let put = self.inner.put(&path, text.into()).await;
                put.map_err(|error| self.failed(&error))?;
            }
        }
        let put = self.inner.put_opts(&self.path(object)?, bytes.into(), options).await;
        put.map(drop).map_err(|error| self.failed(&error))
    }

    /// Reads an object of at most `most` bytes; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// What the store answered; also if the object is longer.
    pub async fn get(&self, object: &str, most: u64) -> Result<Option<Fetched>, StoreError> {
        let result = match self.inner.get(&self.path(object)?).await {
            Ok(result) => result,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.failed(&error)),
        };
        if result.meta.size > most {
            let text = format!("{object} has {} bytes", result.meta.size);
            return Err(StoreError { code: "EntityTooLarge", text });
        }
        let metadata = |name: &'static str| {
            let value = result.attributes.get(&Attribute::Metadata(name.into()));
            value.map(|value| value.as_ref().to_owned())
        };
        let signature = metadata(SIGNATURE)
            .zip(metadata(SIGNATURE_ALGORITHM))
            .map(|(signature, signature_algorithm)| Signature { signature, signature_algorithm });
        let bytes = result.bytes().await.map_err(|error| self.failed(&error))?;
        Ok(Some(Fetched { bytes: bytes.into(), signature }))
    }

    /// Reads a digest with its signature, wherever that is.
    ///
    /// # Errors
    ///
    /// What the store answered.
    pub async fn get_signed(&self, object: &str, most: u64) -> Result<Option<Fetched>, StoreError> {
        let Some(mut fetched) = self.get(object, most).await? else { return Ok(None) };
        if !self.has_metadata {
            let beside = self.get(&beside(object), LONGEST_SIGNATURE).await?;
            fetched.signature = beside.and_then(|file| serde_json::from_slice(&file.bytes).ok());
        }
        Ok(Some(fetched))
    }

    /// The names of all objects in a folder and below, in order.
    ///
    /// # Errors
    ///
    /// What the store answered; also if there are more than [`MOST_OBJECTS`].
    pub async fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let path = self.path(folder)?;
        let mut stream = self.inner.list(Some(&path));
        let mut names = Vec::new();
        while let Some(object) = stream.try_next().await.map_err(|error| self.failed(&error))? {
            if names.len() == MOST_OBJECTS {
                let text = format!("there are too many objects in {folder}");
                return Err(StoreError { code: "EntityTooLarge", text });
            }
            names.push(object.location.to_string());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The names of the folders in a folder, in order.
    ///
    /// # Errors
    ///
    /// What the store answered.
    pub async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let listed = self.inner.list_with_delimiter(Some(&self.path(folder)?)).await;
        let listed = listed.map_err(|error| self.failed(&error))?;
        let name = |path: &Path| path.filename().map(str::to_owned);
        let mut names: Vec<_> = listed.common_prefixes.iter().filter_map(name).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn path(&self, object: &str) -> Result<Path, StoreError> {
        Path::parse(object)
            .map_err(|error| StoreError { code: "InvalidObjectName", text: error.to_string() })
    }

    /// An error, in which nothing of the options is told.
    fn failed(&self, error: &object_store::Error) -> StoreError {
        let code = match error {
            object_store::Error::NotFound { .. } => "NoSuchBucket",
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => "AccessDenied",
            _ => "ServiceUnavailable",
        };
        let source: &(dyn std::error::Error + 'static) = error;
        let causes = std::iter::successors(source.source(), |error| error.source());
        let text = causes.fold(error.to_string(), |all, cause| format!("{all}: {cause}"));
        let hide = |text: String, secret: &String| text.replace(secret.as_str(), "…");
        StoreError { code, text: self.secrets.iter().fold(text, hide) }
    }
}

impl Target {
    /// Texts that no message may show: long values, and their parts if they are lists.
    fn secrets(&self) -> Vec<String> {
        let values = self.options.iter().filter(|(name, _)| !is_told(name));
        let parts = values.flat_map(|(_, value)| value.split(['&', '=', '\n', '"']));
        let long = parts.filter(|part| part.len() >= SECRET).map(str::to_owned);
        let mut secrets: Vec<_> = long.collect();
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    fn wrong(&self, error: &object_store::Error) -> String {
        let hide = |text: String, secret: &String| text.replace(secret.as_str(), "…");
        let text = self.secrets().iter().fold(error.to_string(), hide);
        format!("`url` and `options` do not go together: {text}")
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Target").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Whether an option's value may stand in messages.
fn is_told(name: &str) -> bool {
    ["endpoint", "region", "allow_http", "bucket"].iter().any(|word| name.contains(word))
}

fn unknown<E>(name: &str) -> impl Fn(E) -> String {
    move |_| format!("there is no option `{name}` for such a store")
}

fn is_dots(part: &str) -> bool {
    matches!(part, "." | "..")
}

/// Where the metadata of a digest are if the store has none.
fn beside(object: &str) -> String {
    format!("{object}{BESIDE}")
}

/// Short: whoever delivers tries again by itself, and tells what is wrong meanwhile.
fn retry() -> RetryConfig {
    RetryConfig { max_retries: 2, retry_timeout: Duration::from_secs(60), ..RetryConfig::default() }
}

/// What a folder is called if nobody says otherwise.
pub const BUCKET: &str = "keycell-trail";
/// What is behind the name of a digest in the name of the file that holds its metadata.
pub const BESIDE: &str = ".signature";
/// The objects of an account in a Region that are listed: 100 years of hourly digests, or nine
/// years of log files each five minutes.
pub const MOST_OBJECTS: usize = 1_000_000;
const SIGNATURE: &str = "signature";
const SIGNATURE_ALGORITHM: &str = "signature-algorithm";
/// The signature of an RSA key with 8192 bits has 2048 digits.
const LONGEST_SIGNATURE: u64 = 4096;
/// From how many characters on a part of an option is hidden wherever it appears.
const SECRET: usize = 8;

/// Whether it is said who writes to S3. Else whoever answers at the address of a cloud's metadata
/// would be asked for credentials, because somebody has forgotten to name them.
fn names_credentials(options: &[(String, String)]) -> bool {
    let sources = [
        "access_key_id",
        "skip_signature",
        "metadata_endpoint",
        "web_identity_token_file",
        "container_credentials_relative_uri",
        "container_credentials_full_uri",
    ];
    options.iter().any(|(name, _)| sources.iter().any(|source| name.ends_with(source)))
}

const NO_CREDENTIALS: &str = "nobody is named who writes to S3: KEYCELL_STORE_ACCESS_KEY_ID and \
    KEYCELL_STORE_SECRET_ACCESS_KEY in the environment, or among `options` metadata_endpoint for \
    who the machine is";
