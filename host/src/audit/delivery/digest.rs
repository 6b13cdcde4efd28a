//! A digest: which log files were delivered in some time, and the digest before it. Written, read,
//! and the text that is signed. Pure: it does no I/O and holds no key.
//!
//! Source: CloudTrail user guide, "CloudTrail digest file structure".

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::wire::hex;

/// A digest, its members in the order of CloudTrail's.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// Whose log files they are.
    pub aws_account_id: String,
    /// From when on they were delivered.
    pub digest_start_time: String,
    /// Until when.
    pub digest_end_time: String,
    /// Where the digest lies.
    pub digest_s3_bucket: String,
    /// Its name there.
    pub digest_s3_object: String,
    /// Which key it is signed with.
    pub digest_public_key_fingerprint: String,
    /// How: [`ALGORITHM`].
    pub digest_signature_algorithm: String,
    /// The newest event of all files; none without files.
    pub newest_event_time: Option<String>,
    /// The oldest.
    pub oldest_event_time: Option<String>,
    /// Where the digest before lies; this and what follows is missing in the first.
    pub previous_digest_s3_bucket: Option<String>,
    /// Its name there.
    pub previous_digest_s3_object: Option<String>,
    /// The SHA-256 of what it holds.
    pub previous_digest_hash_value: Option<String>,
    /// [`HASH`].
    pub previous_digest_hash_algorithm: Option<String>,
    /// Its signature, in hexadecimal digits.
    pub previous_digest_signature: Option<String>,
    /// The log files.
    pub log_files: Vec<Listed>,
}

/// A log file in a digest.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Where it lies.
    pub s3_bucket: String,
    /// Its name there.
    pub s3_object: String,
    /// The SHA-256 of what it holds, in hexadecimal digits.
    pub hash_value: String,
    /// [`HASH`].
    pub hash_algorithm: String,
    /// When its newest event happened.
    pub newest_event_time: Option<String>,
    /// When its oldest did.
    pub oldest_event_time: Option<String>,
}

/// The digest before.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, Debug)]
pub struct Previous {
    /// Its name.
    pub object: String,
    /// The SHA-256 of what it holds, in hexadecimal digits.
    pub hash: String,
    /// Its signature, in hexadecimal digits.
    pub signature: String,
}

impl Digest {
    /// What the file holds.
    ///
    /// # Panics
    ///
    /// Never: a struct of texts has a JSON form.
    pub fn content(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts have a JSON form")
    }

    /// What a file says.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(content: &[u8]) -> Result<Self, String> {
        let digest: Self = serde_json::from_slice(content).map_err(|error| error.to_string())?;
        digest.times().ok_or("its times are no times")?;
        Ok(digest)
    }

    /// When it begins and ends, in seconds since 1970.
    pub fn times(&self) -> Option<(i64, i64)> {
        let second = |text: &str| Some(text.parse::<Timestamp>().ok()?.as_second());
        Some((second(&self.digest_start_time)?, second(&self.digest_end_time)?))
    }

    /// The digest before, if there is one.
    pub fn previous(&self) -> Option<Previous> {
        Some(Previous {
            object: self.previous_digest_s3_object.clone()?,
            hash: self.previous_digest_hash_value.clone().unwrap_or_default(),
            signature: self.previous_digest_signature.clone().unwrap_or_default(),
        })
    }

    /// What is signed, of a digest that holds `content`.
    pub fn string_to_sign(&self, content: &[u8]) -> String {
        let Self { digest_end_time, digest_s3_bucket, digest_s3_object, .. } = self;
        let hash = hash(content);
        let previous = self.previous_digest_signature.as_deref().unwrap_or("null");
        format!("{digest_end_time}\n{digest_s3_bucket}/{digest_s3_object}\n{hash}\n{previous}")
    }
}

/// The SHA-256 of what a file holds, in hexadecimal digits.
pub fn hash(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// A second since 1970, as digests write it.
pub fn written(second: i64) -> String {
    Timestamp::from_second(second).unwrap_or_default().to_string()
}

/// How digests are signed: RSASSA-PKCS1-v1_5.
pub const ALGORITHM: &str = "SHA256withRSA";
/// How files are hashed.
pub const HASH: &str = "SHA-256";

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> Digest {
        Digest {
            aws_account_id: "111122223333".into(),
            digest_start_time: written(0),
            digest_end_time: written(3600),
            digest_s3_bucket: "b".into(),
            digest_s3_object: "o".into(),
            digest_public_key_fingerprint: "f".into(),
            digest_signature_algorithm: ALGORITHM.into(),
            newest_event_time: None,
            oldest_event_time: None,
            previous_digest_s3_bucket: None,
            previous_digest_s3_object: None,
            previous_digest_hash_value: None,
            previous_digest_hash_algorithm: None,
            previous_digest_signature: None,
            log_files: Vec::new(),
        }
    }

    #[test]
    fn the_first_digest_has_nulls() {
        let content = digest().content();
        let text = str::from_utf8(&content).unwrap();
        assert!(text.contains("\"previousDigestSignature\":null"), "{text}");
        assert!(text.contains("\"digestS3Object\":\"o\""), "{text}");
        assert!(text.ends_with("\"logFiles\":[]}"), "{text}");
        assert_eq!(Digest::parse(&content), Ok(digest()));
        let signed = digest().string_to_sign(b"x");
        let hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
        assert_eq!(signed, format!("1970-01-01T01:00:00Z\nb/o\n{hash}\nnull"));
    }

    #[test]
    fn a_digest_without_times_is_none() {
        let digest = Digest { digest_end_time: "noon".into(), ..digest() };
        assert!(Digest::parse(&digest.content()).is_err());
        assert!(Digest::parse(b"{}").is_err());
    }
}
